import { RequestError, wrongValue } from "../traces/input-error.ts";
import {
  DURATION_EXAMPLES,
  parseCount,
  parseDuration,
  parseSize,
  SIZE_EXAMPLES,
} from "../traces/quantity.ts";

/** How the values of parameters are written, by unit: everything else is a count. */
const READERS: Readonly<Record<string, { read: (text: string) => number | undefined; expected: string }>> = {
  ns: {
    read: (text) => parseDuration(text, "ns"),
    expected: `a time such as ${DURATION_EXAMPLES} (a bare number is ns)`,
  },
  bytes: {
    read: (text) => parseSize(text, "B"),
    expected: `a size such as ${SIZE_EXAMPLES} (a bare number is bytes)`,
  },
};
const COUNT = { read: parseCount, expected: "a whole number" };

/**
 * ["longNs=9ms", "groups=2"] as an object of integers.
 * @param option What the assignments are for, to name it in errors.
 * @param units The unit of each name that there is; of "ns" and "bytes" values are written with theirs.
 * @throws RequestError
 */
export function parseAssignments(
  option: string,
  texts: readonly string[],
  units: Readonly<Record<string, string>>,
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined) throw wrongValue(option, "name=value", text);
    if (!Object.hasOwn(units, name)) {
      const names = Object.keys(units);
      throw wrongValue(option, `a name out of ${names.join(", ")}`, name, names);
    }
    const { read, expected } = READERS[units[name]] ?? COUNT;
    const number = /^-\d{1,15}$/.test(value) ? Number(value) : read(value);
    if (number === undefined)
      throw new RequestError(option, `needs ${expected}`, { field: name, found: value });
    values[name] = number;
  }
  return values;
}

/** Units by name, of parameters that say theirs. */
export const unitsOf = (
  parameters: Readonly<Record<string, { readonly unit: string }>>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).map(([name, { unit }]) => [name, unit]));
