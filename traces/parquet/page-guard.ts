import { crc32 } from "node:zlib";
import type { ColumnMetaData, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { compressors } from "hyparquet-compressors";
import { InputError } from "../input-error.ts";
import type { InputFile } from "../input-file.ts";
import { ByteSource, DamagedPage } from "./byte-source.ts";

/**
 * Looks through chunks whose bytes no checksum of ours covers, before hyparquet decodes them. Its decoder believes
 * counts: a damaged header or run length would make it fill gigabytes with values that the file does not hold. Where a
 * page brings its own CRC-32, that is checked too.
 */

/** A page cannot unpack to more: pages are about 1 MB by custom, and 1 GB by nobody's. */
const LARGEST_PAGE = 2 ** 30;
/** gzip and zstd reach about 1:10,000 on constant data. */
const LARGEST_RATIO = 20_000;

/** Checks all pages of a chunk of `rows` values. Throws an InputError for what cannot be. */
export function checkPages(file: InputFile, meta: ColumnMetaData, rows: number, optional: boolean): void {
  try {
    walkPages(file, meta, rows, optional);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`column ${meta.path_in_schema.join(".")} is damaged`, {
      file: file.path,
      found: (error as Error).message,
      hint: "The copy is probably damaged: fetch or write it again.",
    });
  }
}

function walkPages(file: InputFile, meta: ColumnMetaData, rows: number, optional: boolean): void {
  const dataAt = Number(meta.data_page_offset);
  const start = Math.min(dataAt, Number(meta.dictionary_page_offset || dataAt));
  const size = Number(meta.total_compressed_size);
  const bytes = file.read(start, size);
  const reader = { view: new DataView(bytes.buffer), offset: 0 };
  let values = 0;
  while (values < rows) {
    const header = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    if (!(packed >= 0 && reader.offset + packed <= size)) throw new DamagedPage(`page of ${packed} bytes`);
    if (!(unpacked >= 0 && unpacked <= Math.min(packed * LARGEST_RATIO + 4096, LARGEST_PAGE)))
      throw new DamagedPage(`${packed} bytes that claim to unpack to ${unpacked}`);
    const body = bytes.subarray(reader.offset, reader.offset + packed);
    reader.offset += packed;
    if (header.crc !== undefined && header.crc >>> 0 !== crc32(body))
      throw new DamagedPage("a page whose checksum does not match");
    if (header.dictionary_page_header) {
      const entries = header.dictionary_page_header.num_values;
      if (!(entries >= 0 && entries <= unpacked)) throw new DamagedPage(`dictionary of ${entries} values`);
      continue;
    }
    const page = header.data_page_header ?? header.data_page_header_v2;
    if (!page) throw new DamagedPage(`page of type ${header.type}`);
    const count = page.num_values;
    if (!(count >= 0 && values + count <= rows)) throw new DamagedPage(`${count} values in ${rows} rows`);
    checkRunsOfPage(header, body, meta, optional);
    values += count;
  }
}

/** Checks the run lengths of a data page: those of its definition levels, and those of dictionary indices. */
function checkRunsOfPage(
  header: PageHeader,
  body: Uint8Array,
  meta: ColumnMetaData,
  optional: boolean,
): void {
  const v2 = header.data_page_header_v2;
  const v1 = header.data_page_header;
  let levels: ByteSource | null = null;
  let content: ByteSource;
  if (v2) {
    const levelBytes = v2.definition_levels_byte_length + v2.repetition_levels_byte_length;
    if (!(v2.definition_levels_byte_length >= 0 && levelBytes >= 0 && levelBytes <= body.length))
      throw new DamagedPage("definition levels longer than their page");
    if (!(v2.num_nulls >= 0 && v2.num_nulls <= v2.num_values)) throw new DamagedPage(`${v2.num_nulls} nulls`);
    if (optional) levels = new ByteSource(body.subarray(0, v2.definition_levels_byte_length));
    const rest = body.subarray(levelBytes);
    const unpacked = header.uncompressed_page_size - levelBytes;
    const plain = v2.is_compressed === false ? rest : decompressPage(rest, unpacked, meta.codec, compressors);
    content = new ByteSource(plain);
  } else {
    content = new ByteSource(decompressPage(body, header.uncompressed_page_size, meta.codec, compressors));
    if (optional) {
      const length = content.uint32();
      const at = content.skip(length);
      levels = new ByteSource(content.bytes.subarray(at, at + length));
    }
  }
  const count = (v1 ?? v2)!.num_values;
  if (levels) checkRuns(levels, 1, count);
  if ((v1 ?? v2)!.encoding.endsWith("_DICTIONARY") && content.at < content.end)
    checkRuns(content, content.byte(), count);
}

/** Walks the runs of a hybrid of at most `count` values. */
function checkRuns(source: ByteSource, width: number, count: number): void {
  if (width > 32) throw new DamagedPage(`bit width ${width}`);
  let seen = 0;
  while (seen < count && source.at < source.end) {
    const head = source.varint();
    if (head % 2 === 0) {
      seen += head / 2;
      if (seen > count) throw new DamagedPage(`run of ${head / 2} in a page of ${count} values`);
      source.skip(Math.ceil(width / 8));
    } else {
      const groups = (head - 1) / 2;
      seen += groups * 8;
      // writers pad the last run, by whole groups of eight at times, but not without end
      if (seen > count + 512) throw new DamagedPage(`${groups * 8} packed values in a page of ${count}`);
      source.at = Math.min(source.end, source.at + groups * width);
    }
  }
}
