import { crc32 } from "node:zlib";
import { type FileMetaData, parquetMetadata } from "hyparquet";
import { InputError } from "../input-error.ts";
import type { InputFile } from "../input-file.ts";
import { CHECKSUM_KEY, METADATA_KEY, PARQUET_MAGIC, SEAL } from "./writer.ts";

const NEXT = "The copy is probably damaged or truncated: fetch or write it again.";

export interface Footer {
  metadata: FileMetaData;
  /** CRC-32 of each row group; null in files of other writers and of our versions before 0.2. */
  checksums: readonly unknown[] | null;
  rows: number;
  /** The trace's own metadata as stored, undefined in files of other writers. */
  trace: unknown;
}

/** Reads and checks the footer of a Parquet file. Throws an InputError for anything that is not whole. */
export function readFooter(file: InputFile): Footer {
  const fail = (problem: string, found?: unknown, expected?: string, hint = NEXT): never => {
    throw new InputError(problem, { file: file.path, found, expected, hint });
  };
  if (file.size < 12) {
    const found = `${file.size} bytes`;
    return fail(file.size === 0 ? "the file is empty" : "the file is too short", found, "a Parquet file");
  }
  if (uint32(file.read(0, 4), 0) !== PARQUET_MAGIC)
    fail("is no Parquet file", file.read(0, 4).join(" "), "PAR1 at its start");
  const tail = file.read(file.size - 8, 8);
  if (uint32(tail, 4) !== PARQUET_MAGIC) fail("the Parquet file has no end", tail.slice(4).join(" "), "PAR1");
  const length = uint32(tail, 0);
  if (length > file.size - 12)
    fail("the footer is longer than the file", length, `at most ${file.size - 12}`);

  const bytes = file.read(file.size - 8 - length, length + 8);
  const sealAt = file.size - 16 - length;
  const seal = sealAt >= 4 ? file.read(sealAt, 8) : new Uint8Array(8);
  const sealed = uint32(seal, 4) === SEAL;
  if (sealed && uint32(seal, 0) !== crc32(bytes)) fail("the footer's checksum does not match");

  const metadata = parse(bytes, fail);
  if (!sealed && metadata.created_by === "nicetries") fail("the footer's seal is missing");
  const rows = Number(metadata.num_rows);
  const sum = metadata.row_groups.reduce((total, group) => total + Number(group.num_rows), 0);
  if (sum !== rows) fail("the row groups do not add up to the file", sum, `${rows} rows`);
  // A row of a trace differs from the next in its clock; a thousandth of a byte per row is beyond any encoding.
  if (rows > file.size * 1000) fail(`the file claims more rows than ${file.size} bytes can hold`, rows);

  const stored = (key: string): unknown => {
    const text = metadata.key_value_metadata?.find((entry) => entry.key === key)?.value;
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return fail("the trace's metadata are no JSON", text);
    }
  };
  const checksums = sealed ? stored(CHECKSUM_KEY) : undefined;
  return {
    metadata,
    checksums: Array.isArray(checksums) ? checksums : null,
    rows,
    trace: stored(METADATA_KEY),
  };
}

function parse(bytes: Uint8Array, fail: (problem: string, found?: unknown) => never): FileMetaData {
  try {
    const metadata = parquetMetadata(bytes);
    for (const group of metadata.row_groups) {
      if (Number(group.num_rows) < 0) throw new Error("negative row count");
      for (const column of group.columns) {
        const meta = column.meta_data;
        if (!meta) throw new Error("column without metadata");
        if (Number(meta.total_compressed_size) < 0 || Number(meta.data_page_offset) < 0)
          throw new Error("negative size");
      }
    }
    return metadata;
  } catch (error) {
    return fail("the Parquet footer cannot be read", (error as Error).message);
  }
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
