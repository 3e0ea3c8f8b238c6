import type { Claim } from "./claim.ts";
import type { FtraceRow } from "./ftrace-row.ts";
import type { PerfRow } from "./perf-row.ts";
import type { RecordingFile } from "./recording-file.ts";
import { Scanner } from "./scanner.ts";
import { SchedWords } from "./sched-words.ts";

/** No row is longer; of lines that are, as scripts in HTML have them, nothing is looked at. */
const LONGEST_ROW = 4096;
/** What a row that cannot be read shows of itself. */
const SHOWN = 120;

type RowReader = FtraceRow | PerfRow;

/** A line that is no row, and says something of the recording nevertheless. */
export type LineReader = (line: string) => readonly Remark[];
export type Remark =
  | { type: "loss"; cpu: number | undefined; events: number | undefined; before?: boolean }
  | { type: "machine"; cpus: number }
  /** So many rows follow in a whole file. */
  | { type: "entries"; entries: number };

/**
 * The claims of a text, a row a line. `columns` makes the reader of a row's columns, `remarks` reads other lines. Times count
 * from the whole second in which the first row lies, so that they stay exact on machines that are up for months.
 */
export async function* textClaims(
  file: RecordingFile,
  columns: (words: Scanner) => RowReader,
  remarks: LineReader,
): AsyncGenerator<readonly Claim[]> {
  const words = new Scanner();
  const rows = columns(words);
  const events = new SchedWords(words);
  const { row } = rows;
  let claims: Claim[] = [];
  let number = 0;
  let base = Number.NaN;
  let last = 0;

  let seen = 0;
  let expected = 0;

  const read = (line: string): boolean => {
    words.on(line);
    if (line.length > LONGEST_ROW || !rows.read()) {
      for (const remark of line.length > LONGEST_ROW ? [] : remarks(line))
        if (remark.type === "entries") expected = remark.entries;
        else claims.push({ ...remark, time: last });
      return false;
    }
    seen++;
    if (Number.isNaN(base)) {
      base = words.seconds;
      for (const claim of claims) claim.time = words.nanoseconds;
    }
    last = row.time = (words.seconds - base) * 1e9 + words.nanoseconds;
    const colon = line.indexOf(":", words.at);
    if (colon < 0) return false;
    const event = line.slice(words.at, colon);
    words.at = colon + 1;
    words.blanks();
    const claim = events.claim(event, row);
    if (claim) claims.push(claim);
    else if (claim === undefined)
      claims.push({ type: "unread", time: last, line: number, text: line.slice(0, SHOWN) });
    return true;
  };

  let rest = "";
  for await (const chunk of file.chunks()) {
    const text = rest + chunk.toString("latin1");
    let at = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", at)) {
      number++;
      if (end > at) read(text.slice(at, endOfLine(text, at, end)));
      at = end + 1;
    }
    rest = text.length - at > LONGEST_ROW ? text.slice(-LONGEST_ROW - 1) : text.slice(at);
    // not a slice of the chunk, which would keep it
    rest = Buffer.from(rest, "latin1").toString("latin1");
    yield claims;
    claims = [];
  }
  if (rest !== "" && !read(rest) && seen > 0 && !rest.startsWith("<"))
    claims.push({ type: "loss", time: last, cpu: undefined, events: undefined }); // cut within a row
  if (seen < expected) claims.push({ type: "loss", time: last, cpu: undefined, events: expected - seen });
  yield claims;
}

/** Without a carriage return, and without what old systrace pages put behind each line: \n\ */
function endOfLine(text: string, from: number, end: number): number {
  const last = text.charCodeAt(end - 1);
  if (last === 0x0d) return end - 1;
  return last === 0x5c && end - from >= 3 && text.startsWith("\\n\\", end - 3) ? end - 3 : end;
}

/** Whether one of the first lines is a row. */
export function hasRow(
  first: Uint8Array,
  columns: (words: Scanner) => RowReader,
  fits: (rows: RowReader) => boolean = () => true,
): boolean {
  const words = new Scanner();
  const rows = columns(words);
  return textOf(first)
    .split("\n")
    .some((line) => {
      words.on(line);
      return line.length <= LONGEST_ROW && rows.read() && fits(rows);
    });
}

export const textOf = (first: Uint8Array): string =>
  Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString("latin1");
