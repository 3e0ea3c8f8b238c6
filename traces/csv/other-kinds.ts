import { InputError } from "../input-error.ts";

interface Kind {
  name: string;
  begins: readonly number[];
  hint: string;
}

const UNPACK = "Unpack it first.";

/** What is often taken for CSV, by its first bytes. */
const KINDS: readonly Kind[] = [
  {
    name: "gzip data",
    begins: [0x1f, 0x8b],
    hint: "Give it a name that ends in .csv.gz, or unpack it: `zcat FILE | nicetries trace import - --out RUN.parquet`.",
  },
  {
    name: "Parquet data",
    begins: [0x50, 0x41, 0x52, 0x31],
    hint: "Give it as a file, not through a pipe: it is read at any place.",
  },
  { name: "UTF-16 text", begins: [0xff, 0xfe], hint: "Make it UTF-8: `iconv -f UTF-16 -t UTF-8 FILE`." },
  { name: "UTF-16 text", begins: [0xfe, 0xff], hint: "Make it UTF-8: `iconv -f UTF-16 -t UTF-8 FILE`." },
  { name: "zstd data", begins: [0x28, 0xb5, 0x2f, 0xfd], hint: UNPACK },
  { name: "xz data", begins: [0xfd, 0x37, 0x7a, 0x58, 0x5a], hint: UNPACK },
  { name: "bzip2 data", begins: [0x42, 0x5a, 0x68], hint: UNPACK },
  {
    name: "a ZIP archive",
    begins: [0x50, 0x4b, 0x03, 0x04],
    hint: "Unpack it first; a spreadsheet is to be saved as CSV.",
  },
];

/** Refuses a file whose first bytes are those of another kind: its column names would be control characters. */
export function refuseOtherKinds(first: Uint8Array, file: string): void {
  const kind = KINDS.find(({ begins }) => begins.every((byte, i) => first[i] === byte));
  // names of columns have no zero bytes; UTF-16 without a byte order mark has one in every other place
  const binary = kind === undefined && first.subarray(0, 64).includes(0);
  if (kind === undefined && !binary) return;
  throw new InputError("is no CSV", {
    file,
    found: kind?.name ?? "zero bytes in its first line",
    expected: "CSV as UTF-8 text, with a line of column names",
    hint: kind?.hint ?? "If it is UTF-16 text, make it UTF-8: `iconv -f UTF-16LE -t UTF-8 FILE`.",
  });
}
