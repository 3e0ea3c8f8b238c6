import { InputError } from "../input-error.ts";

interface Kind {
  name: string;
  begins: readonly number[];
  /** What to do with it; of `csv` where CSV was wanted. */
  hint: string;
  csv?: string;
  /** Of the error where CSV was wanted. */
  code?: string;
}

const UNPACK = "Unpack it first.";

/** What is often taken for CSV, by its first bytes. */
const KINDS: readonly Kind[] = [
  {
    name: "gzip data",
    begins: [0x1f, 0x8b],
    hint: UNPACK,
    csv: "Give it a name that ends in .csv.gz, or unpack it.",
    code: "gzip-for-csv",
  },
  {
    name: "Parquet data",
    begins: [0x50, 0x41, 0x52, 0x31],
    hint: "Name another file.",
    csv: "Give it as a file, not through a pipe: it is read at any place.",
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
  const kind = otherKind(first);
  if (kind === undefined) return;
  throw new InputError("is no CSV", {
    file,
    found: kind.name,
    expected: "CSV as UTF-8 text, with a line of column names",
    code: kind.code,
    hint: kind.csv ?? kind.hint,
  });
}

/** The same for other texts. @param what What the file was to be, such as "a workload". */
export function refuseNoText(first: Uint8Array, file: string, what: string): void {
  const kind = otherKind(first);
  if (kind === undefined) return;
  throw new InputError(`cannot be ${what}`, {
    file,
    found: kind.name,
    expected: "UTF-8 text",
    hint: kind.hint,
  });
}

/** Texts have no zero bytes; UTF-16 without a byte order mark has one in every other place. */
function otherKind(first: Uint8Array): Kind | undefined {
  const known = KINDS.find(({ begins }) => begins.every((byte, i) => first[i] === byte));
  return known ?? (first.subarray(0, 64).includes(0) ? BINARY : undefined);
}

const BINARY: Kind = {
  name: "zero bytes in its first line",
  begins: [],
  hint: "If it is UTF-16 text, make it UTF-8: `iconv -f UTF-16LE -t UTF-8 FILE`.",
};
