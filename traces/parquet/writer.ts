import { crc32 } from "node:zlib";
import type { ColumnMetaData, RowGroup } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { type AtomicFile, openAtomic } from "../atomic-file.ts";
import {
  FILE_ORDER,
  NUMERIC_NAMES,
  type NumericColumn,
  type Target,
  TEXT_NAMES,
  type TextColumn,
  type TraceMetadata,
  type TraceRow,
  type TraceTable,
} from "../schema.ts";
import { isTextColumn, labelColumn, parquetSchemaElements, physicalType, ROW_GROUP_ROWS } from "./layout.ts";
import { type EncodedChunk, encodeNumbers, encodeTexts } from "./page-encoder.ts";

/** Key under which the trace's metadata (JSON) stands in the file. */
export const METADATA_KEY = "nicetries.trace";
/** Stands, with the CRC-32 of the footer, in the eight bytes before the footer of every file written here. */
export const SEAL = 0x3143_544e; // "NTC1"
export const PARQUET_MAGIC = 0x3152_4150; // "PAR1"

export type LabelColumns = Partial<Record<Target, Uint8Array>>;

export interface ParquetWriterOptions {
  /** Label columns to write beside the trace's own; `write` must then bring them with each table. */
  labels?: readonly Target[];
  /** Rows per row group. */
  rowGroupRows?: number;
}

/**
 * Writes a trace as Parquet, in constant memory.
 *
 * Invariants:
 *  P1. Every row group but the last has `rowGroupRows` rows, however the rows came in: equal rows and equal metadata
 *      give equal bytes.
 *  P2. The target's name appears only when `close` has written everything (A1 of atomic-file.ts).
 *  P3. Of the columns in `pending`, entries `0 .. pendingRows-1` wait for their row group.
 */
export class ParquetTraceWriter {
  rows = 0;
  private readonly file: AtomicFile;
  private readonly meta: TraceMetadata;
  private readonly labels: readonly Target[];
  private readonly groupRows: number;
  private readonly groups: RowGroup[] = [];
  private readonly numeric: Record<NumericColumn, Float64Array>;
  private readonly text: Record<TextColumn, string[]>;
  private readonly labelData: Float64Array[];
  private pendingRows = 0;
  private capacity = 0;

  constructor(path: string, meta: TraceMetadata, options: ParquetWriterOptions = {}) {
    this.meta = meta;
    this.labels = options.labels ?? [];
    this.groupRows = options.rowGroupRows ?? ROW_GROUP_ROWS;
    const column = () => new Float64Array(0);
    this.numeric = Object.fromEntries(NUMERIC_NAMES.map((n) => [n, column()])) as typeof this.numeric;
    this.text = Object.fromEntries(TEXT_NAMES.map((n) => [n, [] as string[]])) as typeof this.text;
    this.labelData = this.labels.map(column);
    this.file = openAtomic(path);
    this.file.write("PAR1");
  }

  /** Adds one row (copied). Not for files with label columns. */
  append(row: Readonly<TraceRow>): void {
    if (this.labels.length > 0) throw new Error("label columns are written by tables, not by rows");
    this.reserve(this.pendingRows + 1);
    const i = this.pendingRows++;
    for (const name of NUMERIC_NAMES) this.numeric[name][i] = row[name];
    for (const name of TEXT_NAMES) this.text[name][i] = row[name];
    this.rows++;
    if (this.pendingRows === this.groupRows) this.flush();
  }

  /** Adds all rows of a table, with their labels where the file has label columns. */
  write(table: TraceTable, labels: LabelColumns = {}): void {
    for (let from = 0; from < table.rows; ) {
      const n = Math.min(table.rows - from, this.groupRows - this.pendingRows);
      if (n === this.groupRows && this.labels.length === 0) {
        // a whole group: no need to collect it first
        this.writeGroup(n, table.numeric, table.text, from);
        this.rows += n;
        from += n;
        continue;
      }
      this.reserve(this.pendingRows + n);
      for (const name of NUMERIC_NAMES)
        this.numeric[name].set(table.numeric[name].subarray(from, from + n), this.pendingRows);
      for (const name of TEXT_NAMES) {
        const source = table.text[name];
        const target = this.text[name];
        for (let i = 0; i < n; i++) target[this.pendingRows + i] = source[from + i];
      }
      this.labels.forEach((target, c) => {
        const column = labels[target];
        if (column?.length !== table.rows) throw new Error(`label ${target} does not cover the table`);
        this.labelData[c].set(column.subarray(from, from + n), this.pendingRows);
      });
      this.pendingRows += n;
      this.rows += n;
      from += n;
      if (this.pendingRows === this.groupRows) this.flush();
    }
  }

  /** Writes what is pending and the footer, and gives the file its name. `changes` amend the metadata. */
  close(changes: Partial<TraceMetadata> = {}): void {
    try {
      this.flush();
      const footer = new ByteWriter();
      writeMetadata(footer, {
        version: 2,
        created_by: "nicetries",
        schema: parquetSchemaElements(this.labels),
        num_rows: BigInt(this.rows),
        row_groups: this.groups,
        key_value_metadata: [{ key: METADATA_KEY, value: JSON.stringify({ ...this.meta, ...changes }) }],
      } as unknown as Parameters<typeof writeMetadata>[1]);
      footer.appendUint32(PARQUET_MAGIC);
      const bytes = footer.getBytes();
      const seal = Buffer.alloc(8);
      seal.writeUInt32LE(crc32(bytes), 0);
      seal.writeUInt32LE(SEAL, 4);
      this.file.write(seal);
      this.file.write(bytes);
      this.file.commit();
    } catch (error) {
      this.file.abort();
      throw error;
    }
  }

  /** Gives up: nothing is left behind. Harmless after `close`. */
  abort(): void {
    this.file.abort();
  }

  /** Makes room for `rows` pending rows: small traces take little memory. */
  private reserve(rows: number): void {
    if (rows <= this.capacity) return;
    this.capacity = Math.min(this.groupRows, Math.max(rows, this.capacity * 2, 256));
    const grow = (old: Float64Array) => {
      const bigger = new Float64Array(this.capacity);
      bigger.set(old);
      return bigger;
    };
    for (const name of NUMERIC_NAMES) this.numeric[name] = grow(this.numeric[name]);
    for (let c = 0; c < this.labelData.length; c++) this.labelData[c] = grow(this.labelData[c]);
  }

  private flush(): void {
    if (this.pendingRows > 0) this.writeGroup(this.pendingRows, this.numeric, this.text, 0);
    this.pendingRows = 0;
  }

  /** Writes rows `from .. from+rows-1` as a row group; the labels of the pending rows go with it. */
  private writeGroup(
    rows: number,
    numeric: Record<NumericColumn, Float64Array>,
    text: Record<TextColumn, string[]>,
    from: number,
  ): void {
    const start = this.file.offset;
    const columns: RowGroup["columns"] = [];
    const add = (name: string, chunk: EncodedChunk) => {
      const offset = BigInt(this.file.offset);
      for (const bytes of chunk.bytes) this.file.write(bytes);
      const { dictionary_page_offset: dictionaryAt, data_page_offset: dataAt } = chunk.meta;
      const meta: ColumnMetaData = {
        ...chunk.meta,
        path_in_schema: [name],
        data_page_offset: offset + dataAt,
        dictionary_page_offset: dictionaryAt === undefined ? undefined : offset + dictionaryAt,
      };
      columns.push({ file_offset: offset, meta_data: meta });
    };
    for (const name of FILE_ORDER) {
      if (isTextColumn(name)) add(name, encodeTexts(text[name as TextColumn].slice(from, from + rows)));
      else {
        const type = physicalType(name) as "INT32" | "INT64";
        add(name, encodeNumbers(name, type, numeric[name as NumericColumn].subarray(from, from + rows)));
      }
    }
    this.labels.forEach((target, c) => {
      add(labelColumn(target), encodeNumbers(target, "INT32", this.labelData[c].subarray(0, rows)));
    });
    const size = BigInt(this.file.offset - start);
    this.groups.push({
      columns,
      num_rows: BigInt(rows),
      total_byte_size: size,
      total_compressed_size: size,
      file_offset: BigInt(start),
    });
  }
}
