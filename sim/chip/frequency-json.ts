import { z } from "zod";
import { InputError } from "../../traces/input-error.ts";
import { checked, onlyObject } from "../../traces/json.ts";
import { type ChipFrequency, MAX_CPUS } from "./topology.ts";

const MAX_MHZ = 10_000;
const MHZ = `no frequency; a multiple of 100, 100 to ${MAX_MHZ} MHz`;
const mhz = z.int(MHZ).multipleOf(100, MHZ).min(100, MHZ).max(MAX_MHZ, MHZ);
const TURBO =
  "no list of frequencies; one for each number of active cores of a package, none above the one before";
const FREQUENCY = onlyObject({
  minMhz: mhz,
  baseMhz: mhz,
  turboMhz: z
    .array(mhz, TURBO)
    .min(1, TURBO)
    .max(MAX_CPUS, TURBO)
    .refine((list) => list.every((at, i) => i === 0 || at <= list[i - 1]), TURBO),
});

/** Keys of `frequency` in a chip file. */
export const FREQUENCY_KEYS = Object.keys(FREQUENCY.shape);

/** The frequencies of a chip file. The lowest is at most the base frequency, and that at most what the chip reaches with all cores active. @throws InputError */
export function readFrequency(value: unknown, file: string): ChipFrequency {
  const found = checked(FREQUENCY, value, { file, field: "frequency", problem: "not valid" });
  const order = [found.minMhz, found.baseMhz, found.turboMhz[found.turboMhz.length - 1]];
  if (order[0] <= order[1] && order[1] <= order[2]) return found;
  throw new InputError("frequencies out of order", {
    file,
    field: "frequency",
    found: order.join(", "),
    expected: "minMhz at most baseMhz, and baseMhz at most the last of turboMhz",
  });
}
