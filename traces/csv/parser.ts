import Papa from "papaparse";
import { type ColumnOptions, mapColumns, REQUIRED_COLUMNS } from "../columns.ts";
import { InputError } from "../input-error.ts";
import {
  ALL_TEXT_NAMES,
  type ColumnName,
  FILE_ORDER,
  NUMERIC_COLUMNS,
  NUMERIC_NAMES,
  type NumericColumn,
  type TextColumn,
  type TraceMetadata,
  type TraceTable,
} from "../schema.ts";
import { unknownTable } from "../table.ts";
import { parseNumber } from "./cell.ts";
import { sniffDelimiter } from "./delimiter.ts";
import { refuseOtherKinds } from "./other-kinds.ts";

/** A longer line is no line of a trace, but perhaps a file without line ends. */
const MAX_LINE = 1 << 20;

/** As many texts of a column are kept so that each is one string, however often it comes. */
const MAX_KNOWN = 4096;

/** How a CSV file is read. */
export interface CsvOptions extends ColumnOptions {
  /** What stands between cells, one ASCII character; by default what the line of column names has most of (delimiter.ts). */
  delimiter?: string;
  /** Takes what was passed over on the way. */
  onRemark?: (text: string) => void;
  /** Takes the columns of the schema that the file does not have, when its line of names is read. */
  onMissing?: (columns: readonly ColumnName[]) => void;
  /** Rows per chunk. */
  chunkRows?: number;
  /** Called with each chunk before it is handed out; `lineOf` gives the first line of a row of it. */
  inspect?: (chunk: TraceTable, lineOf: (row: number) => number) => void;
}

/** Where the cells of a column go; no `numeric` means text. */
interface Target {
  name: string;
  numeric: boolean;
  known: Map<string, string>;
}

/**
 * Fills trace columns from CSV (RFC 4180; LF or CRLF), piece by piece, by papaparse. Cells may be separated by something
 * else than commas; lines that begin with # are comments, unless one holds the column names.
 *
 * Invariants:
 *  C1. `rest` holds the text of the row that is not complete yet; `line` is the number of its first line.
 *  C2. Rows `0 .. rows-1` of `chunk` are complete.
 *  C3. Row `r` of the chunk begins in line `r + shift` of the last entry of `shifts` whose `row` is not behind `r`.
 */
export class CsvParser {
  /** Rows parsed so far, in all chunks. */
  total = 0;
  private readonly file: string;
  private readonly options: CsvOptions;
  private readonly capacity: number;
  private readonly decoder = new TextDecoder();
  private begin = Buffer.alloc(0);
  private rest = "";
  private ending = false;
  private line = 1;
  private delimiter = ",";
  private comments = 0;
  /** For each column of the file: its target, or null to skip it. Undefined before the header. */
  private columns: (Target | null)[] | undefined;
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
    if (!this.columns && this.begin.length < 64) {
      this.begin = Buffer.concat([this.begin, data.subarray(0, 64)]);
      refuseOtherKinds(this.begin, this.file);
    }
    return this.take(this.decoder.decode(data, { stream: true }));
  }

  /** Parses a last row without a line end; returns the last chunks, if any row is in them. */
  end(): TraceTable[] {
    this.ending = true;
    const full = this.take(`${this.decoder.decode()}\n`);
    if (!this.columns)
      throw new InputError("the file is empty", {
        file: this.file,
        expected: "CSV with a line of column names",
      });
    if (this.comments > 0)
      this.options.onRemark?.(
        `${this.file}: ${this.comments} ${this.comments === 1 ? "line that begins" : "lines that begin"} with # passed over as comments`,
      );
    if (this.rows > 0) full.push(this.takeChunk());
    return full;
  }

  private take(more: string): TraceTable[] {
    const full: TraceTable[] = [];
    let text = this.rest + more;
    if (!this.columns) text = this.takeHeader(text);
    if (this.columns) text = this.takeRows(text, full);
    this.rest = text;
    if (text.length > MAX_LINE)
      throw new InputError("the line is too long", {
        ...this.where(),
        found: `more than ${MAX_LINE} characters`,
        expected: "CSV with one row per line",
        hint: "Check that this is a CSV file and that its lines end.",
      });
    return full;
  }

  /** Reads all complete rows; returns the text of the one that is not complete (C1). */
  private takeRows(text: string, full: TraceTable[]): string {
    const hashes = this.columns![0] === null || this.columns![0].numeric;
    const comments = hashes && this.delimiter !== "#" ? "#" : undefined;
    let at = 0;
    const step = ({ data: row, errors, meta }: Papa.ParseStepResult<string[]>) => {
      const cells = row as unknown as string[][]; // papaparse's parser hands out a list of one row
      this.takeRow(text, at, meta.cursor, cells[0], errors[0]);
      at = meta.cursor;
      if (this.rows === this.capacity) full.push(this.takeChunk());
    };
    const parser = new Papa.Parser({ delimiter: this.delimiter, newline: "\n", comments, step });
    const { errors } = parser.parse(text, 0, true) as Papa.ParseResult<string[]>;
    for (let end: number; comments && text[at] === "#"; at = end + 1) {
      end = text.indexOf("\n", at);
      if (end < 0) break;
      this.pass();
    }
    const rest = text.slice(at);
    if (rest !== "" && (this.ending || rest.length > MAX_LINE)) this.refuseQuotes(rest, errors[0]);
    return rest;
  }

  /** A row with the comments before it, from `from` to `to` of the text. */
  private takeRow(text: string, from: number, to: number, cells: string[], error?: Papa.ParseError): void {
    let lines = 0;
    for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) lines++;
    const own = lines === 1 ? 1 : cells.reduce((sum, cell) => sum + cell.split("\n").length - 1, 1);
    if (lines > own) this.pass(lines - own);
    const last = cells.length - 1;
    if (text[to - 2] === "\r" && endsWithReturn(cells[last], text, to))
      cells[last] = cells[last].slice(0, -1);
    if (error) this.refuseQuotes(text.slice(from, to), error);
    if (last === 0 && cells[0] === "") {
      this.line += own; // a blank line
      this.noteLine();
      return;
    }
    const { columns, rows } = this;
    if (cells.length !== columns!.length)
      throw new InputError(cells.length < columns!.length ? "the row is too short" : "the row is too long", {
        ...this.where(),
        found: `${cells.length} cells`,
        expected: `${columns!.length} as in the first line`,
        hint: this.ending
          ? "The file is probably truncated: fetch it again."
          : "Quote the cell if there is a comma in it; otherwise correct the row or leave it out.",
      });
    if (rows === 0) this.chunk = this.freshChunk();
    const { chunk } = this;
    for (let c = 0; c < cells.length; c++) {
      const target = columns![c];
      if (target === null) continue;
      if (target.numeric)
        chunk.numeric[target.name as NumericColumn][rows] = parseNumber(
          cells[c],
          target.name as NumericColumn,
          this.where,
        );
      else chunk.text[target.name as TextColumn][rows] = intern(cells[c], target.known);
    }
    this.rows++;
    this.total++;
    this.line += own;
    if (own > 1) this.noteLine();
  }

  /** Comment lines. */
  private pass(lines = 1): void {
    this.comments += lines;
    this.line += lines;
    this.noteLine();
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
    const filled = new Set(this.columns?.map((target) => target?.name));
    for (const name of NUMERIC_NAMES) {
      chunk.numeric[name] = new Float64Array(this.capacity);
      if (!filled.has(name)) chunk.numeric[name].fill(Number.NaN);
    }
    for (const name of ALL_TEXT_NAMES) chunk.text[name] = new Array<string>(this.capacity).fill("");
    return chunk;
  }

  /** Looks for the line of column names, and takes it if it is there; returns the text behind what it has taken. */
  private takeHeader(text: string): string {
    for (let at = 0; ; ) {
      const end = text.indexOf("\n", at);
      if (end < 0) return text.slice(at);
      let line = text.slice(at, end).replace(/\r$/, "");
      at = end + 1;
      if (line.startsWith("#")) {
        if (!this.isCommentedHeader(line)) {
          this.pass();
          continue;
        }
        line = line.replace(/^[# ]+/, "");
      }
      if (line !== "") {
        this.delimiter = this.options.delimiter ?? sniffDelimiter(line);
        this.readHeader(Papa.parse<string[]>(line, { delimiter: this.delimiter }).data[0]);
      }
      this.line++;
      if (!this.columns) continue;
      this.noteLine();
      return text.slice(at);
    }
  }

  private readHeader(names: string[]): void {
    if (names.length === 1 && /\s/.test(names[0].trim()))
      throw new InputError("the column names are not told apart", {
        ...this.where(),
        found: names[0],
        expected: "commas, semicolons, tabs or bars between cells",
        code: "no-delimiter",
        hint: "Import the file and say what stands between its cells.",
      });
    const cleaned = names.map((name) => name.trim());
    const known = [...NUMERIC_NAMES, ...ALL_TEXT_NAMES] as string[];
    this.columns = mapColumns(cleaned, this.options, this.file, this.line).map((name) =>
      name === null || !known.includes(name)
        ? null
        : { name, numeric: name in NUMERIC_COLUMNS, known: new Map() },
    );
    const there = new Set(this.columns.map((target) => target?.name));
    this.options.onMissing?.(FILE_ORDER.filter((name) => !there.has(name)));
  }

  /** `# pid,ts,migration`, as some tools write their column names. */
  private isCommentedHeader(text: string): boolean {
    const names = text.replace(/^[#\s]+/, "").split(/[,;\t|\s]+/);
    const { rename = {}, preset } = this.options;
    const mapped = names.map((name) => rename[name] ?? preset?.rename[name] ?? name);
    return REQUIRED_COLUMNS.every((name) => mapped.includes(name));
  }

  /** Refuses a row whose quotes are wrong. */
  private refuseQuotes(text: string, error?: Papa.ParseError): void {
    if (!this.ending && error === undefined) return;
    throw new InputError(error ? "text behind a closing quote" : "a quote is not closed", {
      ...this.where(),
      found: text.split("\n")[0].slice(0, 200),
      expected: "CSV as in RFC 4180",
      hint: "Close the quotes around the cell, and double a quote within them.",
    });
  }
}

/** True where the last cell of a row has taken in the first half of a CRLF that ends at `to`. */
const endsWithReturn = (cell: string, text: string, to: number): boolean =>
  cell.endsWith("\r") && (text[to - 3] !== '"' || cell.endsWith('"\r'));

/** The same string for equal texts, and not one that keeps the whole file in memory as a part of it. */
function intern(text: string, known: Map<string, string>): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size === MAX_KNOWN) known.clear();
  const own = Buffer.from(text).toString();
  known.set(own, own);
  return own;
}
