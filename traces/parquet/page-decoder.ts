import { crc32 } from "node:zlib";
import type { ColumnMetaData, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { unpackInts } from "./bit-packing.ts";
import { ByteSource, DamagedPage } from "./byte-source.ts";
import { decodeDelta } from "./delta.ts";
import { CHUNK_CRC_KEY } from "./page-encoder.ts";

/**
 * Decodes the chunks that page-encoder.ts writes, and nothing else: the chunk is checked against its CRC-32 in the
 * footer, every header field against the footer, and every page must be used to its last byte. So a chunk is either
 * read as it was written or refused with `DamagedPage` (files of other writers go through foreign.ts).
 */

let indices = new Uint32Array(0);
let levels = new Uint32Array(0);

interface Pages {
  dictionary: ByteSource | null;
  entries: number;
  data: ByteSource;
  encoding: string;
  /** Known values, at the rows where `levels` is 1 (where `levels` is used at all). */
  count: number;
}

/**
 * Decodes a chunk of `rows` numbers into `out[at ..]`. `bytes` holds the chunk at `start`, and 8 spare bytes behind it.
 */
export function decodeNumbers(
  bytes: Uint8Array,
  start: number,
  meta: ColumnMetaData,
  rows: number,
  out: Float64Array,
  at: number,
): void {
  const pages = readPages(bytes, start, meta, rows);
  const { data, count } = pages;
  if (pages.dictionary) {
    const dictionary = readDictionary(pages.dictionary, pages.entries, meta.type);
    readIndices(data, count, pages.entries);
    if (pages.entries === 1) out.fill(dictionary[0], at, at + count);
    else for (let i = 0; i < count; i++) out[at + i] = dictionary[indices[i]];
  } else if (pages.encoding === "DELTA_BINARY_PACKED") {
    decodeDelta(data, out, at, count);
  } else {
    for (let i = 0; i < count; i++) out[at + i] = readPlain(data, meta.type);
  }
  expectEnd(data);
  if (count < rows) spread(out, at, rows, count, Number.NaN);
}

/** Decodes a chunk of `rows` texts into `out[at ..]`. */
export function decodeTexts(
  bytes: Uint8Array,
  start: number,
  meta: ColumnMetaData,
  rows: number,
  out: string[],
  at: number,
): void {
  const pages = readPages(bytes, start, meta, rows);
  const { data, count, dictionary } = pages;
  if (dictionary) {
    const texts: string[] = [];
    for (let i = 0; i < pages.entries; i++) texts.push(dictionary.text());
    expectEnd(dictionary);
    readIndices(data, count, pages.entries);
    for (let i = 0; i < count; i++) out[at + i] = texts[indices[i]];
  } else if (count > 0) throw new DamagedPage("text without a dictionary");
  expectEnd(data);
  if (count < rows) spread(out, at, rows, count, "");
}

/** Moves `count` values to the rows whose level is 1, from the back, so that none is overwritten before its move. */
function spread<T>(out: { [i: number]: T }, at: number, rows: number, count: number, unknown: T): void {
  let from = count;
  for (let i = rows - 1; i >= 0; i--) out[at + i] = levels[i] === 1 ? out[at + --from] : unknown;
}

function readPages(bytes: Uint8Array, start: number, meta: ColumnMetaData, rows: number): Pages {
  const end = start + Number(meta.total_compressed_size);
  const crc = meta.key_value_metadata?.find((entry) => entry.key === CHUNK_CRC_KEY)?.value;
  if (crc !== String(crc32(bytes.subarray(start, end)))) throw new DamagedPage("checksum does not match");
  const { reader, next } = pageReader(bytes, start, end);
  let dictionary: ByteSource | null = null;
  let entries = 0;
  let page = next();
  if (page.header.type === "DICTIONARY_PAGE") {
    const fields = page.header.dictionary_page_header;
    if (fields?.encoding !== "PLAIN") throw new DamagedPage("dictionary page is not plain");
    dictionary = page.source;
    entries = fields.num_values;
    page = next();
  }
  const fields = page.header.data_page_header_v2;
  if (page.header.type !== "DATA_PAGE_V2" || !fields) throw new DamagedPage("data page expected");
  if (reader.offset !== end - start) throw new DamagedPage("bytes behind the data page");
  if (fields.num_values !== rows || fields.num_rows !== rows)
    throw new DamagedPage(`page of ${fields.num_values} values in a group of ${rows} rows`);
  if (fields.repetition_levels_byte_length !== 0) throw new DamagedPage("unexpected repetition levels");
  if (fields.is_compressed !== false) throw new DamagedPage("unexpected compression");
  const expected = dictionary ? "RLE_DICTIONARY" : fields.encoding;
  if (fields.encoding !== expected || !meta.encodings.includes(fields.encoding))
    throw new DamagedPage(`unexpected encoding ${fields.encoding}`);
  const count = rows - fields.num_nulls;
  if (!(count >= 0 && count <= rows)) throw new DamagedPage(`${fields.num_nulls} nulls in ${rows} rows`);
  const data = page.source;
  const levelsEnd = data.at + fields.definition_levels_byte_length;
  readLevels(data, rows, count);
  if (data.at !== levelsEnd) throw new DamagedPage("definition levels of another length");
  return { dictionary, entries, data, encoding: fields.encoding, count };
}

function pageReader(bytes: Uint8Array, start: number, end: number) {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset + start, end - start), offset: 0 };
  const next = (): { header: PageHeader; source: ByteSource } => {
    let header: PageHeader;
    try {
      header = parquetHeader(reader);
    } catch (error) {
      throw new DamagedPage(`page header: ${(error as Error).message}`);
    }
    const from = start + reader.offset;
    const to = from + header.compressed_page_size;
    if (!(to >= from && to <= end)) throw new DamagedPage(`page of ${header.compressed_page_size} bytes`);
    if (header.uncompressed_page_size !== header.compressed_page_size)
      throw new DamagedPage("page sizes differ without compression");
    reader.offset += header.compressed_page_size;
    return { header, source: new ByteSource(bytes, from, to) };
  };
  return { reader, next };
}

/** Reads the definition levels: nothing is stored in `levels` where all or none of the values are known. */
function readLevels(source: ByteSource, rows: number, count: number): void {
  const head = source.varint();
  if (levels.length < rows) levels = new Uint32Array(rows);
  if (head % 2 === 0) {
    const level = source.byte();
    if (head / 2 !== rows || level > 1 || count !== level * rows)
      throw new DamagedPage("definition levels do not match the null count");
    levels.fill(level, 0, rows);
    return;
  }
  if ((head - 1) / 2 !== Math.ceil(rows / 8)) throw new DamagedPage("definition levels of another count");
  unpackInts(source, levels, rows, 1);
  let known = 0;
  for (let i = 0; i < rows; i++) known += levels[i];
  if (known !== count) throw new DamagedPage("definition levels do not match the null count");
}

/** Reads `count` dictionary indices into `indices`, each below `entries`. */
function readIndices(source: ByteSource, count: number, entries: number): void {
  if (indices.length < count) indices = new Uint32Array(count);
  const width = source.byte();
  const head = source.varint();
  if (width === 0) {
    if (head !== count * 2 || (count > 0 && entries !== 1)) throw new DamagedPage("dictionary run");
    indices.fill(0, 0, count);
    return;
  }
  const groups = Math.ceil(count / 8);
  if (head !== groups * 2 + 1) throw new DamagedPage("dictionary indices of another count");
  const end = source.at + groups * width;
  unpackInts(source, indices, count, width);
  source.skip(end - source.at); // padding to a whole group of eight
  for (let i = 0; i < count; i++)
    if (indices[i] >= entries) throw new DamagedPage(`dictionary index ${indices[i]} of ${entries}`);
}

function readDictionary(source: ByteSource, entries: number, type: string): Float64Array {
  if (entries < 0 || entries > source.end - source.at) throw new DamagedPage(`dictionary of ${entries}`);
  const values = new Float64Array(Math.max(entries, 1));
  for (let i = 0; i < entries; i++) values[i] = readPlain(source, type);
  expectEnd(source);
  return values;
}

function readPlain(source: ByteSource, type: string): number {
  if (type === "INT32") return source.view.getInt32(source.skip(4), true);
  const at = source.skip(8);
  return source.view.getUint32(at, true) + source.view.getInt32(at + 4, true) * 0x1_0000_0000;
}

function expectEnd(source: ByteSource): void {
  if (source.at !== source.end) throw new DamagedPage(`${source.end - source.at} bytes too many in a page`);
}
