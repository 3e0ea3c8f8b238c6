import { type ColumnOptions, mapColumns, REQUIRED_COLUMNS } from "../columns.ts";
import { InputError } from "../input-error.ts";
import { ALL_TEXT_NAMES, NUMERIC_NAMES, type TraceMetadata, type TraceTable } from "../schema.ts";
import { unknownTable } from "../table.ts";
import { parseNumber } from "./cell.ts";
import { sniffDelimiter } from "./delimiter.ts";
import { refuseOtherKinds } from "./other-kinds.ts";
import { PlainRows } from "./plain-rows.ts";
import { type CellTarget, targetOf } from "./target.ts";

const QUOTE = 34;
const HASH = 35;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/** A longer line is no line of a trace, but perhaps a file without line ends. */
const MAX_LINE = 1 << 20;

export interface CsvOptions extends ColumnOptions {
  /** What stands between cells, one ASCII character; by default what the line of column names has most of (delimiter.ts). */
  delimiter?: string;
  /** Takes what was passed over on the way. */
  onRemark?: (text: string) => void;
  /** Rows per chunk. */
  chunkRows?: number;
  /** Called with each chunk before it is handed out; `lineOf` gives the first line of a row of it. */
  inspect?: (chunk: TraceTable, lineOf: (row: number) => number) => void;
}

/**
 * A CSV parser (RFC 4180: quotes, doubled quotes, line ends inside quotes; LF or CRLF) that fills trace columns without
 * a string per cell. Plain rows are read by plain-rows.ts, all others cell by cell here. Cells may be separated by
 * something else than commas; lines that begin with # are comments, unless one holds the column names.
 *
 * Invariants:
 *  C1. `rest` holds the bytes of the row that is not complete yet; `line` is the number of its first line.
 *  C2. Rows `0 .. rows-1` of `chunk` are complete.
 *  C3. Row `r` of the chunk begins in line `r + shift` of the last entry of `shifts` whose `row` is not behind `r`.
 */
export class CsvParser {
  /** Rows parsed so far, in all chunks. */
  total = 0;
  private readonly file: string;
  private readonly options: CsvOptions;
  private readonly capacity: number;
  private rest = new Uint8Array(0);
  private line = 1;
  /** Code of what stands between cells. */
  private delimiter = 0;
  private comments = 0;
  /** For each column of the file: its target, or null to skip it. Undefined before the header. */
  private columns: (CellTarget | null)[] | undefined;
  private plain: PlainRows | undefined;
  private chunk: TraceTable;
  private rows = 0;
  private shifts: { row: number; shift: number }[] = [];
  private readonly where = () => ({ file: this.file, line: this.line });
  private readonly meta: TraceMetadata;

  constructor(file: string, meta: TraceMetadata, options: CsvOptions = {}) {
    this.file = file;
    this.meta = meta;
    this.options = options;
    this.capacity = options.chunkRows ?? 65_536;
    this.chunk = unknownTable(0, meta);
  }

  /** Parses what is complete; returns the chunks that became full. */
  push(data: Uint8Array): TraceTable[] {
    const bytes = this.rest.length === 0 ? data : join(this.rest, data);
    if (!this.columns) refuseOtherKinds(bytes, this.file);
    const full: TraceTable[] = [];
    const last = bytes.lastIndexOf(NEWLINE);
    let at = 0;
    for (;;) {
      let next = at <= last ? this.parsePlainRow(bytes, at, last) : -1;
      if (next < 0) next = this.parseRow(bytes, at, false);
      if (next < 0) break;
      at = next;
      if (this.rows === this.capacity) full.push(this.takeChunk());
    }
    this.rest = bytes.slice(at);
    if (this.rest.length > MAX_LINE)
      throw new InputError("the line is too long", {
        file: this.file,
        line: this.line,
        found: `more than ${MAX_LINE} bytes`,
        expected: "CSV with one row per line",
        hint: "Check that this is a CSV file and that its lines end.",
      });
    return full;
  }

  /** Parses a last row without a line end; returns the last chunk, if any row is in it. */
  end(): TraceTable[] {
    if (this.rest.length > 0) this.parseRow(this.rest, 0, true);
    if (!this.columns)
      throw new InputError("the file is empty", {
        file: this.file,
        expected: "CSV with a line of column names",
      });
    if (this.comments > 0)
      this.options.onRemark?.(
        `${this.file}: ${this.comments} ${this.comments === 1 ? "line that begins" : "lines that begin"} with # passed over as comments`,
      );
    return this.rows > 0 ? [this.takeChunk()] : [];
  }

  private takeChunk(): TraceTable {
    const taken = this.chunk;
    if (this.rows < this.capacity) {
      taken.rows = this.rows;
      for (const name of NUMERIC_NAMES) taken.numeric[name] = taken.numeric[name].slice(0, this.rows);
      for (const name of ALL_TEXT_NAMES) taken.text[name].length = this.rows;
    }
    const { shifts } = this;
    this.options.inspect?.(taken, (row) => row + shifts.findLast((entry) => entry.row <= row)!.shift);
    this.chunk = this.freshChunk();
    this.plain?.fill(this.chunk);
    this.rows = 0;
    this.shifts = [];
    this.noteLine();
    return taken;
  }

  /** To be called wherever `line` and `rows` do not go on by one each, for the next row (C3). */
  private noteLine(): void {
    const shift = this.line - this.rows;
    if (this.shifts.at(-1)?.shift !== shift) this.shifts.push({ row: this.rows, shift });
  }

  /** A chunk in which the columns that the file does not have are unknown; rows fill the others (C2). */
  private freshChunk(): TraceTable {
    const chunk = unknownTable(0, this.meta);
    chunk.rows = this.capacity;
    const filled = new Set(this.columns?.map((target) => target?.numeric));
    for (const name of NUMERIC_NAMES) {
      chunk.numeric[name] = new Float64Array(this.capacity);
      if (!filled.has(name)) chunk.numeric[name].fill(Number.NaN);
    }
    for (const name of ALL_TEXT_NAMES) chunk.text[name] = new Array<string>(this.capacity).fill("");
    return chunk;
  }

  /** Parses one row at `start` if it is a plain one; returns where the next begins, or -1. */
  private parsePlainRow(bytes: Uint8Array, start: number, last: number): number {
    const next = this.plain ? this.plain.read(bytes, start, last, this.rows) : -1;
    if (next < 0) return -1;
    this.rows++;
    this.total++;
    this.line++;
    return next;
  }

  /** Parses one row at `start`; returns where the next begins, or -1 if the row is not complete (C1). */
  private parseRow(bytes: Uint8Array, start: number, last: boolean): number {
    const header: string[] | undefined = this.columns ? undefined : [];
    let lines = 0;
    let cells = 0;
    let at = start;
    if (bytes[start] === HASH && (header || this.columns?.[0]?.text === undefined)) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0 && !last) return -1;
      const next = end < 0 ? bytes.length : end + 1;
      const text = Buffer.from(bytes.subarray(start, end < 0 ? bytes.length : end)).toString("utf8");
      if (!header || !this.isCommentedHeader(text)) {
        this.comments++;
        this.line++;
        this.noteLine();
        return next;
      }
      while (bytes[at] === HASH || bytes[at] === SPACE) at++;
    }
    if (header) this.delimiter = this.options.delimiter?.charCodeAt(0) ?? sniffDelimiter(bytes, at);
    const { delimiter } = this;
    for (;;) {
      // one cell: from .. to, `text` set when it was quoted
      let from = at;
      let to: number;
      let text: string | undefined;
      if (bytes[at] === QUOTE) {
        const close = closingQuote(bytes, at + 1, last);
        if (close < 0) {
          if (last) throw this.error("a quote is not closed", cells);
          return -1;
        }
        text = Buffer.from(bytes.subarray(at + 1, close))
          .toString("utf8")
          .replaceAll('""', '"');
        for (let i = at; i < close; i++) if (bytes[i] === NEWLINE) lines++;
        at = close + 1;
        from = at;
        to = at;
        if (at < bytes.length && !isEndOfCell(bytes, at, delimiter))
          throw this.error("text behind a closing quote", cells);
      }
      while (at < bytes.length && bytes[at] !== delimiter && bytes[at] !== NEWLINE) at++;
      if (at === bytes.length && !last) return -1;
      to = at;
      const ended = at === bytes.length || bytes[at] === NEWLINE;
      if (ended && to > from && bytes[to - 1] === RETURN) to--;
      if (ended && cells === 0 && text === undefined && from === to) {
        this.line += 1; // a blank line
        this.noteLine();
        return at + 1;
      }
      if (header) header.push(text ?? Buffer.from(bytes.subarray(from, to)).toString("utf8"));
      else this.store(bytes, from, to, text, cells);
      cells++;
      at++;
      if (ended) break;
    }
    if (header) this.readHeader(header);
    else {
      if (cells !== this.columns!.length)
        throw new InputError(cells < this.columns!.length ? "the row is too short" : "the row is too long", {
          file: this.file,
          line: this.line,
          found: `${cells} cells`,
          expected: `${this.columns!.length} as in the first line`,
          hint: last
            ? "The file is probably truncated: fetch it again."
            : "Quote the cell if there is a comma in it; otherwise correct the row or leave it out.",
        });
      this.rows++;
      this.total++;
    }
    this.line += lines + 1;
    this.noteLine();
    return at;
  }

  private store(bytes: Uint8Array, from: number, to: number, text: string | undefined, cell: number): void {
    const target = this.columns![cell];
    if (!target) return; // skipped, or too many cells: reported at the end of the row
    const row = this.rows;
    if (target.numeric !== undefined) {
      if (text === undefined)
        this.chunk.numeric[target.numeric][row] = parseNumber(bytes, from, to, target.numeric, this.where);
      else {
        const inner = Buffer.from(text);
        this.chunk.numeric[target.numeric][row] = parseNumber(
          inner,
          0,
          inner.length,
          target.numeric,
          this.where,
        );
      }
    } else this.chunk.text[target.text][row] = text ?? target.intern(bytes, from, to);
  }

  private readHeader(names: string[]): void {
    names[0] = names[0].replace(/^\uFEFF/, "");
    if (names.length === 1 && /\s/.test(names[0].trim()))
      throw new InputError("the column names are not told apart", {
        file: this.file,
        line: this.line,
        found: names[0],
        expected: "commas, semicolons, tabs or bars between cells",
        hint: "Say what stands between cells with `nicetries trace import --delimiter`.",
      });
    const cleaned = names.map((name) => name.trim());
    this.columns = mapColumns(cleaned, this.options, this.file, this.line).map((name) =>
      name === null ? null : targetOf(name),
    );
    this.plain = new PlainRows(this.columns, this.delimiter);
    this.chunk = this.freshChunk();
    this.plain.fill(this.chunk);
  }

  /** `# pid,ts,migration`, as some tools write their column names. */
  private isCommentedHeader(text: string): boolean {
    const names = text.replace(/^[#\s]+/, "").split(/[,;\t|\s]+/);
    const { rename = {}, preset } = this.options;
    const mapped = names.map((name) => rename[name] ?? preset?.rename[name] ?? name);
    return REQUIRED_COLUMNS.every((name) => mapped.includes(name));
  }

  private error(problem: string, cell: number): InputError {
    return new InputError(problem, {
      file: this.file,
      line: this.line,
      field: `cell ${cell + 1}`,
      expected: "CSV as in RFC 4180",
      hint: "Close the quotes around the cell, and double a quote within them.",
    });
  }
}

function isEndOfCell(bytes: Uint8Array, at: number, delimiter: number): boolean {
  const byte = bytes[at] === RETURN ? (bytes[at + 1] ?? NEWLINE) : bytes[at];
  return byte === delimiter || byte === NEWLINE;
}

/** The position of the quote that closes the cell, or -1 if that cannot be known yet. */
function closingQuote(bytes: Uint8Array, from: number, last: boolean): number {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] !== QUOTE) continue;
    if (i + 1 === bytes.length) return last ? i : -1;
    if (bytes[i + 1] !== QUOTE) return i;
    i++;
  }
  return -1;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
