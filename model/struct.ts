/** Little-endian structs described by a table: read and written by it. */

interface FieldText {
  /** Name in C macros. */
  c: string;
  /** What it is, and what is allowed, for documentation. */
  title: string;
  rule: string;
}

export type Field = FieldText &
  ({ type: keyof typeof ACCESS; length?: undefined } | { type: "bytes"; length: number });

type Fields = Readonly<Record<string, Field>>;

interface Access {
  size: number;
  get(view: DataView, at: number): number | bigint;
  set(view: DataView, at: number, value: never): void;
}

const ACCESS = {
  u8: { size: 1, get: (v, at) => v.getUint8(at), set: (v, at, x: number) => v.setUint8(at, x) },
  u16: {
    size: 2,
    get: (v, at) => v.getUint16(at, true),
    set: (v, at, x: number) => v.setUint16(at, x, true),
  },
  u32: {
    size: 4,
    get: (v, at) => v.getUint32(at, true),
    set: (v, at, x: number) => v.setUint32(at, x, true),
  },
  u64: {
    size: 8,
    get: (v, at) => v.getBigUint64(at, true),
    set: (v, at, x: bigint) => v.setBigUint64(at, x, true),
  },
  s64: {
    size: 8,
    get: (v, at) => v.getBigInt64(at, true),
    set: (v, at, x: bigint) => v.setBigInt64(at, x, true),
  },
  f32: {
    size: 4,
    get: (v, at) => v.getFloat32(at, true),
    set: (v, at, x: number) => v.setFloat32(at, x, true),
  },
  f64: {
    size: 8,
    get: (v, at) => v.getFloat64(at, true),
    set: (v, at, x: number) => v.setFloat64(at, x, true),
  },
} satisfies Record<string, Access>;

/** Fields in file order, their offsets and the size of all, in bytes. */
export interface Struct<F extends Fields> {
  readonly fields: F;
  readonly at: { readonly [K in keyof F]: number };
  readonly size: number;
}

/** A JS number, a bigint for 64-bit integers (taken modulo 2^64 when written), or bytes (a view when read; shorter ones are padded when written). */
export type StructValues<S> =
  S extends Struct<infer F>
    ? {
        [K in keyof F]: F[K]["type"] extends "u64" | "s64"
          ? bigint
          : F[K]["type"] extends "bytes"
            ? Uint8Array
            : number;
      }
    : never;

export const sizeOf = (field: Field): number =>
  field.type === "bytes" ? field.length : ACCESS[field.type].size;

export function struct<const F extends Fields>(fields: F): Struct<F> {
  let size = 0;
  const at = Object.entries(fields).map(([name, field]) => {
    const offset = size;
    size += sizeOf(field);
    return [name, offset];
  });
  return { fields, at: Object.fromEntries(at), size };
}

/** The fields of the struct at byte `start`. @throws RangeError when `view` is shorter. */
export function readStruct<F extends Fields>(
  view: DataView,
  start: number,
  { fields, at }: Struct<F>,
): StructValues<Struct<F>> {
  const values = Object.entries(fields).map(([name, field]) => [
    name,
    readField(view, start + at[name], field),
  ]);
  return Object.fromEntries(values);
}

const bytesAt = (view: DataView, at: number, length: number) =>
  new Uint8Array(view.buffer, view.byteOffset + at, length);

function readField(view: DataView, at: number, field: Field): number | bigint | Uint8Array {
  return field.type === "bytes" ? bytesAt(view, at, field.length) : ACCESS[field.type].get(view, at);
}

/** Writes the fields given; bytes of others stay as they are. */
export function writeStruct<F extends Fields>(
  view: DataView,
  start: number,
  { fields, at }: Struct<F>,
  values: Partial<StructValues<Struct<F>>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    if (field.type === "bytes") bytesAt(view, start + at[name], field.length).set(value as Uint8Array);
    else (ACCESS[field.type] as Access).set(view, start + at[name], value as never);
  }
}
