import { InputError } from "../../traces/input-error.ts";

/** Refuses keys that mean nothing: a misspelt one would otherwise be left out in silence. */
export function only(value: object, keys: readonly string[], file: string, field: string): void {
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  throw new InputError("unknown key", {
    file,
    field: field === "" ? unknown : `${field}.${unknown}`,
    expected: `one of ${keys.join(", ")}`,
  });
}

export function object(value: unknown, file: string, field: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new InputError("not an object", {
    file,
    ...(field === "" ? {} : { field }),
    found: Array.isArray(value) ? "an array" : value,
    expected: "an object",
  });
}

export function index(value: unknown, file: string, field: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new InputError("not a number of a part", { file, field, found: value, expected: "an integer >= 0" });
}

export function positive(value: unknown, file: string, field: string, most: number, least = 1): number {
  const number = index(value, file, field);
  if (number >= least && number <= most) return number;
  throw new InputError("out of range", { file, field, found: number, expected: `${least} to ${most}` });
}
