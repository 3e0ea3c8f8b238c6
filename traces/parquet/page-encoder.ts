import { crc32 } from "node:zlib";
import type { ColumnMetaData, Encoding, PageHeader } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { bitWidth, packInts } from "./bit-packing.ts";
import { ByteSink } from "./byte-sink.ts";
import { DELTA_LIMIT, encodeDelta } from "./delta.ts";
import { distinctNumbers, distinctTexts } from "./dictionary.ts";

/**
 * Encodes one column of one row group: an optional dictionary page and one data page (version 2), uncompressed, each
 * with its CRC-32; a further one over the whole chunk stands in the footer. hyparquet-writer writes the headers and the footer; the bodies are written here because its
 * general path handles values one by one as bigint and Map entries, ten times too slow for the rates of docs/traces.md.
 *
 * Choice of encoding: a dictionary for up to 1024 distinct numbers and for all text; else differences
 * (DELTA_BINARY_PACKED, INT64 within 2^51); else PLAIN. Bit-packed values gain little from a further compressor.
 */

/** Key of the column metadata under which the CRC-32 of the chunk's bytes stands, headers included, in decimal. */
export const CHUNK_CRC_KEY = "crc32";

export interface EncodedChunk {
  /** Pages with their headers. */
  bytes: Uint8Array[];
  size: number;
  /** Column metadata with offsets relative to the chunk's first byte. */
  meta: Omit<ColumnMetaData, "path_in_schema">;
}

const body = new ByteSink();
const header = new ByteWriter();
let compact = new Float64Array(0);
let indices = new Uint32Array(0);
let defined = new Uint8Array(0);

/** `data` must hold exact integers or NaN (S1); anything else is our own bug and throws a plain Error. */
export function encodeNumbers(name: string, type: "INT32" | "INT64", data: Float64Array): EncodedChunk {
  const rows = data.length;
  reserveScratch(rows);
  let unknown = 0;
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    const value = data[i];
    if (value < least) least = value;
    if (value > largest) largest = value;
    if (Math.floor(value) === value) continue;
    if (!Number.isNaN(value)) throw new Error(`column ${name}: ${value} is no integer (row ${i})`);
    unknown++;
  }
  const count = rows - unknown;
  const present = unknown === 0 ? data : takeKnown(data);
  const limit = type === "INT32" ? 2 ** 31 - 1 : 2 ** 53;
  if (count > 0 && !(largest <= limit && least >= -limit))
    throw new Error(`column ${name}: ${least} .. ${largest} does not fit ${type}`);

  const pages = new ChunkPages(type, rows, count);
  const distinct = count > 0 ? distinctNumbers(present, count, indices) : null;
  if (distinct !== null) {
    body.clear();
    for (let i = 0; i < distinct.length; i++)
      if (type === "INT32") body.int32(distinct[i]);
      else body.int64(distinct[i]);
    pages.dictionary(distinct.length);
    pages.dataOfIndices(count, distinct.length);
  } else {
    const byDelta = count > 0 && type === "INT64" && least > -DELTA_LIMIT && largest < DELTA_LIMIT;
    pages.startData();
    if (byDelta) encodeDelta(body, present, count);
    else
      for (let i = 0; i < count; i++)
        if (type === "INT32") body.int32(present[i]);
        else body.int64(present[i]);
    pages.data(byDelta ? "DELTA_BINARY_PACKED" : "PLAIN");
  }
  return pages.finish(count > 0 ? { min_value: least + 0, max_value: largest + 0 } : {});
}

/** The known values, one after the other; `defined` gets 1 where there is one. The next call overwrites the result. */
function takeKnown(data: Float64Array): Float64Array {
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    defined[i] = Number.isNaN(value) ? 0 : 1;
    compact[count] = value;
    count += defined[i];
  }
  return compact;
}

/** Encodes a text column; `""` becomes null (S3). */
export function encodeTexts(data: readonly string[]): EncodedChunk {
  const rows = data.length;
  reserveScratch(rows);
  const texts: string[] = [];
  for (let i = 0; i < rows; i++) {
    const value = data[i];
    defined[i] = value === "" ? 0 : 1;
    if (value !== "") texts.push(value);
  }
  const pages = new ChunkPages("BYTE_ARRAY", rows, texts.length);
  const bounds: { min_value?: string; max_value?: string } = {};
  if (texts.length > 0) {
    const distinct = distinctTexts(texts, texts.length, indices);
    const sorted = distinct.map((text) => Buffer.from(text, "utf8")).sort(Buffer.compare);
    bounds.min_value = sorted[0].toString("utf8");
    bounds.max_value = sorted[sorted.length - 1].toString("utf8");
    body.clear();
    for (const text of distinct) body.text(text);
    pages.dictionary(distinct.length);
    pages.dataOfIndices(texts.length, distinct.length);
  } else {
    pages.startData();
    pages.data("PLAIN");
  }
  return pages.finish(bounds);
}

/** Collects the pages of a chunk; page bodies are built in `body`, which the methods hand over. */
class ChunkPages {
  private readonly type: "INT32" | "INT64" | "BYTE_ARRAY";
  private readonly rows: number;
  private readonly count: number;
  private readonly bytes: Uint8Array[] = [];
  private readonly encodings = new Set<Encoding>();
  private size = 0;
  private levels = 0;
  private dataAt = 0;
  private crc = 0;
  private dictionaryAt: number | undefined;

  constructor(type: "INT32" | "INT64" | "BYTE_ARRAY", rows: number, count: number) {
    this.type = type;
    this.rows = rows;
    this.count = count;
  }

  dictionary(entries: number): void {
    this.encodings.add("PLAIN");
    this.dictionaryAt = this.size;
    this.page({
      type: "DICTIONARY_PAGE",
      uncompressed_page_size: body.length,
      compressed_page_size: body.length,
      dictionary_page_header: { num_values: entries, encoding: "PLAIN" },
    });
  }

  dataOfIndices(count: number, entries: number): void {
    this.startData();
    const width = entries < 2 ? 0 : bitWidth(entries - 1);
    body.byte(width);
    encodeRuns(indices, count, width);
    this.data("RLE_DICTIONARY");
  }

  /** Starts a data page with its definition levels: 1 where a value is known. */
  startData(): void {
    body.clear();
    encodeRuns(
      defined,
      this.rows,
      this.count === 0 || this.count === this.rows ? 0 : 1,
      this.count > 0 ? 1 : 0,
    );
    this.levels = body.length;
  }

  data(encoding: Encoding): void {
    this.encodings.add(encoding);
    this.dataAt = this.size;
    this.page({
      type: "DATA_PAGE_V2",
      uncompressed_page_size: body.length,
      compressed_page_size: body.length,
      data_page_header_v2: {
        num_values: this.rows,
        num_nulls: this.rows - this.count,
        num_rows: this.rows,
        encoding,
        definition_levels_byte_length: this.levels,
        repetition_levels_byte_length: 0,
        is_compressed: false,
      },
    });
  }

  finish(bounds: { min_value?: number | string; max_value?: number | string }): EncodedChunk {
    return {
      bytes: this.bytes,
      size: this.size,
      meta: {
        type: this.type,
        encodings: [...this.encodings, "RLE"],
        codec: "UNCOMPRESSED",
        num_values: BigInt(this.rows),
        total_uncompressed_size: BigInt(this.size),
        total_compressed_size: BigInt(this.size),
        data_page_offset: BigInt(this.dataAt),
        dictionary_page_offset: this.dictionaryAt === undefined ? undefined : BigInt(this.dictionaryAt),
        statistics: { null_count: BigInt(this.rows - this.count), ...bounds },
        key_value_metadata: [{ key: CHUNK_CRC_KEY, value: String(this.crc) }],
      },
    };
  }

  private page(fields: Omit<PageHeader, "crc">): void {
    const content = body.take();
    header.offset = 0;
    header.index = 0;
    writePageHeader(header, { ...fields, crc: crc32(content) | 0 });
    const head = header.getBytes().slice();
    this.bytes.push(head, content);
    this.crc = crc32(content, crc32(head, this.crc));
    this.size += head.length + content.length;
  }
}

/**
 * The hybrid of run lengths and bit packing in its two pure forms: width 0 becomes one run of `constant` (stored with
 * `constantWidth` bits, i.e. in one byte or none), anything else one bit-packed run.
 */
function encodeRuns(values: ArrayLike<number>, count: number, width: number, constant?: number): void {
  if (width === 0) {
    body.varint(count * 2);
    if (constant !== undefined) body.byte(constant);
    return;
  }
  const groups = Math.ceil(count / 8);
  body.varint(groups * 2 + 1);
  const before = body.length;
  packInts(body, values, count, width);
  const padding = groups * width - (body.length - before);
  for (let i = 0; i < padding; i++) body.byte(0);
}

function reserveScratch(rows: number): void {
  if (rows <= compact.length) return;
  compact = new Float64Array(rows);
  indices = new Uint32Array(rows);
  defined = new Uint8Array(rows);
}
