/** What tools put between cells; where a line has equally many, the first. */
const DELIMITERS = [",", ";", "\t", "|"];

/** What stands most often in a line, outside quotes: the delimiter of the file. */
export function sniffDelimiter(line: string): string {
  const plain = line.replace(/"[^"]*"?/g, "");
  const counts = DELIMITERS.map((delimiter) => plain.split(delimiter).length);
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
