import { InputError } from "../traces/input-error.ts";

/** A knob of a benchmark model or a policy. All values are integers. */
export interface Parameter {
  /** The default. */
  readonly value: number;
  /** "ns" and "bytes" are written with theirs (20ms, 8MiB); anything else is for the reader. */
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly about: string;
}

/** By name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Values that were given, by name. */
export type Given = Readonly<Record<string, number>>;

/** @param owner Whose parameters these are. @throws InputError for unknown names and values out of range. */
export function checkParameters(owner: string, parameters: Parameters, given: Given): void {
  for (const [name, value] of Object.entries(given)) {
    const p = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!p) {
      const names = Object.keys(parameters);
      throw new InputError(`${owner} has no such parameter`, {
        field: name,
        expected: names.length > 0 ? `one of ${names.join(", ")}` : "none, as it declares none",
      });
    }
    if (!Number.isInteger(value) || value < p.min || value > p.max) {
      throw new InputError(`parameter of ${owner} out of range`, {
        field: name,
        found: value,
        expected: `an integer ${p.min}..${p.max}${p.unit ? ` (${p.unit})` : ""}`,
      });
    }
  }
}
