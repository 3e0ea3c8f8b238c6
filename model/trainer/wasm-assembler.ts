/**
 * Just enough of a WebAssembly assembler to write numeric kernels specialised to a shape (WebAssembly Core 2.0, with
 * the 128-bit SIMD instructions). Functions take 32-bit integers and return nothing; they share one memory.
 */

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

export type LocalKind = "i32" | "v128";
const KIND_CODE: Record<LocalKind, number> = { i32: 0x7f, v128: 0x7b };

/** A local variable of the function being built. */
export interface Local {
  readonly kind: LocalKind;
  readonly id: number;
}

/** Instructions of f64x2 and v128 without immediates: opcode after the 0xfd prefix. */
const SIMD = {
  and: 0x4e,
  gt: 0x4a,
  shl64: 0xcb,
  add64: 0xce,
  neg: 0xed,
  add: 0xf0,
  sub: 0xf1,
  mul: 0xf2,
  div: 0xf3,
  max: 0xf5,
  pmin: 0xf6,
  pmax: 0xf7,
} as const;

/** Emits the body of one function; every method returns `this`, in the order of the stack machine. */
export class FunctionBuilder {
  readonly parameters: readonly Local[];
  private readonly code: number[] = [];
  private readonly locals: Local[];

  constructor(parameters = 0) {
    this.parameters = Array.from({ length: parameters }, (_, id) => ({ kind: "i32" as const, id }));
    this.locals = [...this.parameters];
  }

  local(kind: LocalKind): Local {
    const made = { kind, id: this.locals.length };
    this.locals.push(made);
    return made;
  }

  get(local: Local): this {
    this.code.push(0x20, ...unsigned(local.id));
    return this;
  }

  set(local: Local): this {
    this.code.push(0x21, ...unsigned(local.id));
    return this;
  }

  i32(value: number): this {
    this.code.push(0x41, ...signed(value));
    return this;
  }

  /** local = value */
  assign(local: Local, value: number): this {
    return this.i32(value).set(local);
  }

  /** local += value */
  advance(local: Local, value: number): this {
    this.get(local).i32(value);
    this.code.push(0x6a);
    return this.set(local);
  }

  /** local = local * factor */
  scale(local: Local, factor: number): this {
    this.get(local).i32(factor);
    this.code.push(0x6c);
    return this.set(local);
  }

  /** a + b of the two integers on the stack. */
  addIntegers(): this {
    this.code.push(0x6a);
    return this;
  }

  /** local = the 32-bit word at address + offset. */
  loadWord(local: Local, address: Local, offset: number): this {
    this.get(address);
    this.code.push(0x28, 2, ...unsigned(offset));
    return this.set(local);
  }

  /** Copies the float at from + offset, widened to a double, to `to` + toOffset. */
  widen(from: Local, offset: number, to: Local, toOffset: number): this {
    this.get(to).get(from);
    this.code.push(0x2a, 2, ...unsigned(offset), 0xbb, 0x39, 3, ...unsigned(toOffset));
    return this;
  }

  /** Both lanes = value. */
  constant(value: number): this {
    const bytes = new Uint8Array(new Float64Array([value, value]).buffer);
    this.code.push(0xfd, ...unsigned(0x0c), ...bytes);
    return this;
  }

  /** Loads two doubles at address + offset (bytes). */
  load(address: Local, offset: number): this {
    this.get(address);
    this.code.push(0xfd, 0x00, 3, ...unsigned(offset));
    return this;
  }

  /** Loads one double into both lanes. */
  splat(address: Local, offset: number): this {
    this.get(address);
    this.code.push(0xfd, 0x0a, 3, ...unsigned(offset));
    return this;
  }

  /** Stores the vector that `value` leaves on the stack. */
  store(address: Local, offset: number, value: () => void): this {
    this.get(address);
    value();
    this.code.push(0xfd, 0x0b, 3, ...unsigned(offset));
    return this;
  }

  /** Stores lane 0 + lane 1 as one double. */
  storeLaneSum(address: Local, offset: number, vector: Local): this {
    this.get(address);
    for (const lane of [0, 1]) {
      this.get(vector);
      this.code.push(0xfd, 0x21, lane);
    }
    this.code.push(0xa0, 0x39, 3, ...unsigned(offset));
    return this;
  }

  op(name: keyof typeof SIMD): this {
    this.code.push(0xfd, ...unsigned(SIMD[name]));
    return this;
  }

  /** Runs `body` and repeats it while counter (advanced by the body) is below `end`: at least once. */
  loopUntil(counter: Local, end: number | Local, body: () => void): this {
    this.code.push(0x03, 0x40);
    body();
    this.get(counter);
    if (typeof end === "number") this.i32(end);
    else this.get(end);
    this.code.push(0x49, 0x0d, 0, 0x0b);
    return this;
  }

  /** Size, local declarations, instructions, end. */
  bytes(): number[] {
    const own = this.locals.slice(this.parameters.length);
    const declarations = own.flatMap((l) => [1, KIND_CODE[l.kind]]);
    const body = [...unsigned(own.length), ...declarations, ...this.code, 0x0b];
    return [...unsigned(body.length), ...body];
  }
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** A module that exports its memory as `m` and each function under the given name. */
export function assemble(pages: number, functions: Record<string, FunctionBuilder>): Uint8Array<ArrayBuffer> {
  const names = Object.keys(functions);
  // One type per function: simpler than sharing.
  const types = names.flatMap((n) => {
    const parameters = functions[n].parameters.map((p) => KIND_CODE[p.kind]);
    return [0x60, ...unsigned(parameters.length), ...parameters, 0];
  });
  const text = (s: string) => [...unsigned(s.length), ...Buffer.from(s, "latin1")];
  const exports = names.flatMap((name, i) => [...text(name), 0x00, ...unsigned(i)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [...unsigned(names.length), ...types]),
    ...section(3, [...unsigned(names.length), ...names.flatMap((_, i) => unsigned(i))]),
    ...section(5, [1, 0x00, ...unsigned(pages)]),
    ...section(7, [...unsigned(names.length + 1), ...text("m"), 0x02, 0, ...exports]),
    ...section(10, [...unsigned(names.length), ...names.flatMap((n) => functions[n].bytes())]),
  ]);
}
