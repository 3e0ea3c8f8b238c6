import type { Claim } from "./claim.ts";
import type { FtraceRow } from "./ftrace-row.ts";
import type { LatencyRow } from "./latency-row.ts";
import type { PerfRow } from "./perf-row.ts";
import type { RecordingFile } from "./recording-file.ts";
import { bytesOf, Scanner, standAt } from "./scanner.ts";
import { SchedWords } from "./sched-words.ts";

/** No row is longer; of lines that are, as scripts in HTML have them, nothing is looked at. */
const LONGEST_ROW = 4096;
/** What a row that cannot be read shows of itself. */
const SHOWN = 120;
const NEWLINE = 0x0a;
const LESS = 0x3c;
const OLD_END = bytesOf("\\n\\");

type RowReader = FtraceRow | LatencyRow | PerfRow;

/** A line that is no row, and says something of the recording nevertheless. */
export type LineReader = (line: string) => readonly Remark[];
export type Remark =
  | { type: "loss"; cpu: number | undefined; events: number | undefined; before?: boolean }
  | { type: "machine"; cpus: number }
  /** So many rows follow in a whole file. */
  | { type: "entries"; entries: number };

/** What the rows and remarks of a text claim, line after line. */
class Rows {
  /** Claims that nobody has taken yet. */
  claims: Claim[] = [];
  /** Lines and rows so far, and the rows that the text itself says it has. */
  lines = 0;
  seen = 0;
  expected = 0;
  /** Time of the last row, ns since the whole second `base`. */
  last = 0;
  private base = Number.NaN;
  private readonly words = new Scanner();
  private readonly columns: RowReader;
  private readonly events = new SchedWords(this.words);
  private readonly remarks: LineReader;

  constructor(columns: (words: Scanner) => RowReader, remarks: LineReader) {
    this.columns = columns(this.words);
    this.remarks = remarks;
  }

  /** Reads a line; false where it is no row. */
  read(bytes: Buffer, from: number, to: number): boolean {
    if (to - from > LONGEST_ROW) return false;
    const { words, columns, claims } = this;
    words.on(bytes, from, to);
    if (!columns.read()) {
      this.remark(bytes.toString("latin1", from, to));
      return false;
    }
    const { row } = columns;
    if (this.seen++ === 0) {
      this.base = words.seconds;
      for (const claim of claims) claim.time = words.nanoseconds;
    }
    row.time = (words.seconds - this.base) * 1e9 + words.nanoseconds;
    this.last = row.time;
    const claim = this.events.claim(row);
    if (claim === false) return false;
    if (claim) claims.push(claim);
    else if (claim === undefined) {
      const text = bytes.toString("utf8", from, Math.min(to, from + SHOWN));
      claims.push({ type: "unread", time: row.time, line: this.lines, text });
    }
    return true;
  }

  take(): readonly Claim[] {
    const { claims } = this;
    this.claims = [];
    return claims;
  }

  /** So many rows are missing. */
  lost(events: number): void {
    this.claims.push({ type: "loss", time: this.last, cpu: undefined, events });
  }

  /** The text breaks off. */
  cut(): void {
    this.claims.push({ type: "loss", time: this.last, cpu: undefined, events: undefined, cut: true });
  }

  trailing(bytes: number): void {
    this.claims.push({ type: "trailing", time: this.last, bytes });
  }

  private remark(line: string): void {
    for (const remark of this.remarks(line))
      if (remark.type === "entries") this.expected = remark.entries;
      else this.claims.push({ ...remark, time: this.last });
  }
}

/**
 * The claims of a text, a row a line. `columns` makes the reader of a row's columns, `remarks` reads other lines. Times count
 * from the whole second in which the first row lies, so that they stay exact on machines that are up for months.
 */
export async function* textClaims(
  file: RecordingFile,
  columns: (words: Scanner) => RowReader,
  remarks: LineReader,
): AsyncGenerator<readonly Claim[]> {
  const rows = new Rows(columns, remarks);
  // the beginning of the line on which the last chunk ended; of one that is too long, enough to see that
  let begun: Buffer = Buffer.alloc(0);
  for await (const chunk of file.chunks()) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      rows.lines++;
      if (begun.length > 0) {
        begun = joined(begun, chunk, 0, end);
        rows.read(begun, 0, endOfLine(begun, 0, begun.length));
        begun = begun.subarray(0, 0);
      } else if (end > at) rows.read(chunk, at, endOfLine(chunk, at, end));
      at = end + 1;
    }
    begun = joined(begun, chunk, at, chunk.length);
    yield rows.take();
  }
  const { cut, trailing } = file.ending;
  const isRow = !cut && rows.read(begun, 0, begun.length);
  if (cut || (begun.length > 0 && !isRow && rows.seen > 0 && begun[0] !== LESS)) rows.cut();
  if (rows.seen < rows.expected) rows.lost(rows.expected - rows.seen);
  if (trailing > 0) rows.trailing(trailing);
  yield rows.take();
}

/** A copy of both, of at most one byte more than a row has. */
const joined = (begun: Buffer, chunk: Buffer, from: number, to: number): Buffer =>
  Buffer.concat([begun, chunk.subarray(from, Math.min(to, from + LONGEST_ROW + 1 - begun.length))]);

/** Without a carriage return, and without what old systrace pages put behind each line: \n\ */
function endOfLine(bytes: Buffer, from: number, end: number): number {
  const last = bytes[end - 1];
  if (last === 0x0d) return end - 1;
  return last === 0x5c && end - from >= 3 && standAt(OLD_END, bytes, end - 3) ? end - 3 : end;
}

/** Whether one of the first lines is a row. */
export function hasRow<R extends RowReader>(
  first: Uint8Array,
  columns: (words: Scanner) => R,
  fits: (rows: R) => boolean = () => true,
): boolean {
  const words = new Scanner();
  const rows = columns(words);
  const bytes = Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    words.on(bytes, at, end);
    if (end - at <= LONGEST_ROW && rows.read() && fits(rows)) return true;
    at = end + 1;
  }
  return false;
}

export const textOf = (first: Uint8Array): string =>
  Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString("latin1");
