import { crc32 } from "node:zlib";
import { type AsyncBuffer, parquetRead, type RowGroup } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { integerFromCell } from "../cells.ts";
import { InputError } from "../input-error.ts";
import type { InputFile } from "../input-file.ts";
import type { ColumnName, NumericColumn, TextColumn, TraceTable } from "../schema.ts";
import type { Footer } from "./footer.ts";
import { isTextColumn } from "./layout.ts";
import { checkPages } from "./page-guard.ts";

/**
 * Reads the wanted columns of a row group into rows `at ..` of `table`, through hyparquet: any codec and encoding, any
 * integer, floating or boolean type that holds integers. The bytes of our own files are checked by the group's CRC-32
 * first (P4 of writer.ts), those of others page by page. Throws an InputError for what is damaged or no integer.
 */
export async function readGroupInto(
  table: TraceTable,
  at: number,
  file: InputFile,
  footer: Footer,
  group: number,
  wanted: readonly ColumnName[],
): Promise<void> {
  const { metadata, checksums } = footer;
  const first = metadata.row_groups.slice(0, group).reduce((sum, g) => sum + Number(g.num_rows), 0);
  const { columns, num_rows } = metadata.row_groups[group];
  const rows = Number(num_rows);
  if (rows === 0) return;
  const bytes = checksums ? checkedBytes(file, metadata.row_groups[group], group, checksums[group]) : file;
  if (!checksums)
    columns.forEach(({ meta_data }, c) => {
      const element = metadata.schema[c + 1];
      if ((wanted as readonly string[]).includes(element.name))
        checkPages(file, meta_data!, rows, element.repetition_type !== "REQUIRED");
    });
  const filled = new Map<string, number>();
  let trouble: unknown;
  try {
    await parquetRead({
      file: asyncBufferOf(bytes),
      metadata,
      columns: [...wanted],
      rowStart: first,
      rowEnd: first + rows,
      compressors,
      onChunk({ columnName, columnData, rowStart }) {
        try {
          const from = rowStart - first;
          if (from < 0 || from + columnData.length > rows)
            throw damaged(file.path, group, `more values of ${columnName} than ${rows} rows`);
          fill(table, columnName as ColumnName, columnData, at + from, {
            file: file.path,
            line: rowStart + 1,
          });
          filled.set(columnName, (filled.get(columnName) ?? 0) + columnData.length);
        } catch (error) {
          trouble ??= error; // hyparquet swallows what a callback throws
        }
      },
    });
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw damaged(file.path, group, (error as Error).message);
  }
  if (trouble) throw trouble;
  for (const name of wanted)
    if (filled.get(name) !== rows)
      throw damaged(file.path, group, `${filled.get(name) ?? 0} values of ${name} in ${rows} rows`);
}

interface Bytes {
  readonly size: number;
  read(at: number, length: number): Uint8Array<ArrayBuffer>;
}

/** The bytes of a group, read once and found whole, at their places in the file. */
function checkedBytes(file: InputFile, { columns }: RowGroup, group: number, checksum: unknown): Bytes {
  const starts = columns.map(({ meta_data: meta }) =>
    Number(meta?.dictionary_page_offset ?? meta?.data_page_offset),
  );
  const start = Math.min(...starts);
  const end = Math.max(
    ...columns.map((column, c) => starts[c] + Number(column.meta_data?.total_compressed_size)),
  );
  const bytes = file.read(start, end - start);
  if (crc32(bytes) !== checksum) throw damaged(file.path, group, "bytes whose checksum does not match");
  return {
    size: file.size,
    read(at, length) {
      if (at < start || at + length > end) throw damaged(file.path, group, `a column at byte ${at}`);
      return bytes.slice(at - start, at - start + length);
    },
  };
}

const asyncBufferOf = (bytes: Bytes): AsyncBuffer => ({
  byteLength: bytes.size,
  slice: (start, end = bytes.size) => bytes.read(start, end - start).buffer,
});

const damaged = (path: string, group: number, found: string): InputError =>
  new InputError(`row group ${group} cannot be read`, {
    file: path,
    found,
    hint: "The copy is probably damaged: fetch or write it again.",
  });

function fill(
  table: TraceTable,
  name: ColumnName,
  data: ArrayLike<unknown>,
  at: number,
  { file, line }: { file: string; line: number },
): void {
  if (isTextColumn(name)) {
    const out = table.text[name as TextColumn];
    for (let i = 0; i < data.length; i++) {
      const value = data[i] ?? "";
      if (typeof value !== "string")
        throw new InputError("not a text", { file, line: line + i, field: name, found: value });
      out[at + i] = value;
    }
    return;
  }
  const out = table.numeric[name as NumericColumn];
  if (data instanceof Int32Array) {
    out.set(data, at);
    return;
  }
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    const number = typeof value === "bigint" ? Number(value) : value;
    out[at + i] = Number.isSafeInteger(number)
      ? (number as number)
      : integerFromCell(value, name, { file, line: line + i });
  }
}
