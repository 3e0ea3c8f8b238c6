const QUOTE = 34;
const NEWLINE = 10;

/** What tools put between cells; where a line has equally many, the first. */
const DELIMITERS = [",", ";", "\t", "|"].map((text) => text.charCodeAt(0));

/** What stands most often in the line that begins at `from`, outside quotes: the delimiter of the file. */
export function sniffDelimiter(bytes: Uint8Array, from: number): number {
  const counts = DELIMITERS.map(() => 0);
  let quoted = false;
  for (let at = from; at < bytes.length && bytes[at] !== NEWLINE; at++) {
    if (bytes[at] === QUOTE) quoted = !quoted;
    const which = quoted ? -1 : DELIMITERS.indexOf(bytes[at]);
    if (which >= 0) counts[which]++;
  }
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

const NAMES: Readonly<Record<string, string>> = {
  comma: ",",
  semicolon: ";",
  tab: "\t",
  "\\t": "\t",
  bar: "|",
  space: " ",
};

/** A delimiter as a person writes it: the character, or its name. Undefined where it can be none. */
export function delimiterFrom(text: string): string | undefined {
  const found = Object.hasOwn(NAMES, text) ? NAMES[text] : text;
  return /^[\t -~]$/.test(found) && !/[\w".+-]/.test(found) ? found : undefined;
}

export const DELIMITER_WORDS = "a character such as ; or one of comma, semicolon, tab, bar, space";
