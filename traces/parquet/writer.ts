import { crc32 } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { type AtomicFile, openAtomic } from "../atomic-file.ts";
import { namesRuns, partlyNamed } from "../runs.ts";
import type { Target, TraceMetadata, TraceRow, TraceTable } from "../schema.ts";
import { concatTables, sliceTable, TableBuilder } from "../table.ts";
import { columnSources } from "./encode.ts";
import { parquetSchemaElements, ROW_GROUP_ROWS } from "./layout.ts";

/** Key under which the trace's metadata (JSON) stands in the file. */
export const METADATA_KEY = "nicetries.trace";
/** Key of the CRC-32 of each row group's bytes (JSON, an array of numbers). */
export const CHECKSUM_KEY = "nicetries.crc32";
/** Stands, with the CRC-32 of the footer, in the eight bytes before the footer of every file written here. */
export const SEAL = 0x3143_544e; // "NTC1"
export const PARQUET_MAGIC = 0x3152_4150; // "PAR1"

/** Labels to be written beside the rows, by column. */
export type LabelColumns = Partial<Record<Target, Uint8Array>>;

/** How a Parquet file is written. */
export interface ParquetWriterOptions {
  /** Label columns to write beside the trace's own; `write` must then bring them with each table. */
  labels?: readonly Target[];
  /** Rows per row group. */
  rowGroupRows?: number;
  /** The file tells runs apart. By default it does where the metadata or rows of its first row group name one. */
  runs?: boolean;
}

/** Rows that wait for their row group, and the labels of those rows. */
interface Piece {
  table: TraceTable;
  labels: readonly Uint8Array[];
}

/**
 * Writes a trace as Parquet, in constant memory.
 *
 * Invariants:
 *  P1. Every row group but the last has `rowGroupRows` rows, however the rows came in: equal rows and equal metadata
 *      give equal bytes, on every machine (the codec is snappy in JavaScript; a system's deflate may differ).
 *  P2. The target's name appears only when `close` has written everything (A1 of atomic-file.ts).
 *  P3. `pieces` and `builder` hold copies of fewer than `rowGroupRows` rows, those of `pieces` first.
 *  P4. Every byte but the magic at both ends is under a CRC-32: a row group's in the footer, the footer's in the seal.
 */
export class ParquetTraceWriter {
  rows = 0;
  private readonly meta: TraceMetadata;
  private readonly labels: readonly Target[];
  private readonly groupRows: number;
  private readonly file: AtomicFile;
  private readonly sink: FileSink;
  /** Undefined until it is known whether the file tells runs apart. */
  private parquet: ParquetWriter | undefined;
  private runs: boolean | undefined;
  private readonly builder = new TableBuilder(16);
  private pieces: Piece[] = [];
  private pendingRows = 0;

  constructor(path: string, meta: TraceMetadata, options: ParquetWriterOptions = {}) {
    this.meta = meta;
    this.labels = options.labels ?? [];
    this.groupRows = options.rowGroupRows ?? ROW_GROUP_ROWS;
    this.file = openAtomic(path);
    this.sink = new FileSink(this.file);
    this.runs = options.runs ?? (meta.runs === undefined ? undefined : true);
  }

  /** The library's writer; begins the file when it is asked for first. `rows` tell whether there are runs. */
  private begin(rows?: TraceTable): ParquetWriter {
    if (this.parquet) return this.parquet;
    this.runs ??= rows !== undefined && namesRuns(rows);
    this.parquet = new ParquetWriter({
      writer: this.sink,
      schema: parquetSchemaElements(this.labels, this.runs),
      createdBy: "nicetries",
    });
    this.sink.startGroups();
    return this.parquet;
  }

  /** Adds one row (copied). Not for files with label columns. */
  append(row: Readonly<TraceRow>): void {
    if (this.labels.length > 0) throw new Error("label columns are written by tables, not by rows");
    this.builder.append(row);
    this.added(1);
  }

  /** Adds all rows of a table (copied), with their labels where the file has label columns. */
  write(table: TraceTable, labels: LabelColumns = {}): void {
    const columns = this.labels.map((target) => {
      const column = labels[target];
      if (column?.length !== table.rows) throw new Error(`label ${target} does not cover the table`);
      return column;
    });
    this.takeBuilt();
    for (let from = 0; from < table.rows; ) {
      const to = Math.min(table.rows, from + this.groupRows - this.pendingRows);
      const view = { table: sliceTable(table, from, to), labels: columns.map((c) => c.subarray(from, to)) };
      if (to - from === this.groupRows) this.writeGroup(view);
      else this.pieces.push({ table: concatTables([view.table]), labels: view.labels.map((c) => c.slice()) });
      this.added(to - from);
      from = to;
    }
  }

  /** Writes what is pending and the footer, and gives the file its name. `changes` amend the metadata. */
  close(changes: Partial<TraceMetadata> = {}): void {
    try {
      this.flush();
      const parquet = this.begin();
      parquet.kvMetadata = [
        { key: METADATA_KEY, value: JSON.stringify({ ...this.meta, ...changes }) },
        { key: CHECKSUM_KEY, value: JSON.stringify(this.sink.checksums) },
      ];
      parquet.finish();
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

  private added(rows: number): void {
    this.rows += rows;
    this.pendingRows += rows;
    if (this.pendingRows === this.groupRows) this.flush();
  }

  private takeBuilt(): void {
    if (this.builder.rows > 0) this.pieces.push({ table: this.builder.toTable(this.meta), labels: [] });
    this.builder.clear();
  }

  private flush(): void {
    this.takeBuilt();
    const { pieces } = this;
    this.pieces = [];
    this.pendingRows = 0;
    if (pieces.length === 0) return;
    this.writeGroup({
      table: pieces.length === 1 ? pieces[0].table : concatTables(pieces.map((piece) => piece.table)),
      labels: this.labels.map((_, c) => Uint8Array.from(pieces.flatMap((piece) => [...piece.labels[c]]))),
    });
  }

  private writeGroup({ table, labels }: Piece): void {
    const parquet = this.begin(table);
    if (!this.runs && namesRuns(table)) throw partlyNamed();
    const columnData = columnSources(table, this.labels, labels, this.runs === true);
    parquet.write({ columnData, rowGroupSize: table.rows });
  }
}

/** What the library writes to: keeps a row group, then hands it on. The footer goes out behind its seal (P4). */
class FileSink extends ByteWriter {
  /** CRC-32 of each row group. */
  readonly checksums: number[] = [];
  private readonly file: AtomicFile;

  constructor(file: AtomicFile) {
    super();
    this.file = file;
  }

  /** Hands on the magic, which belongs to no row group. */
  startGroups(): void {
    this.handOn(this.getBytes());
  }

  flush(): void {
    const group = this.getBytes();
    this.checksums.push(crc32(group));
    this.handOn(group);
  }

  override finish(): void {
    const footer = this.getBytes();
    const seal = Buffer.alloc(8);
    seal.writeUInt32LE(crc32(footer), 0);
    seal.writeUInt32LE(SEAL, 4);
    this.file.write(seal);
    this.handOn(footer);
  }

  private handOn(bytes: Uint8Array): void {
    this.file.write(bytes);
    this.index = 0;
  }
}
