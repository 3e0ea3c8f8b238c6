import type { Parameters } from "../parameters.ts";
import type { PolicyFactory, PolicyHost } from "./policy.ts";
import type { RankedTask, RankQuery } from "./rank.ts";

const factor = (value: number, about: string) => ({ value, unit: "", min: -7, max: 7, about });

const PARAMETERS: Parameters = {
  stale: factor(2, "factor of how long ago a task last ran"),
  heavy: factor(1, "factor of how heavy it is"),
};

/**
 * Candidates by a graded score, where stock CFS takes the first one from the tail that may go and knows only hot and cold: after Cambyses
 * (firelzrd, github.com/firelzrd/cambyses, 2026), which scores candidates in detach_tasks() and takes the highest first.
 *
 *  S1. score = stale * log2(time since it last ran) + heavy * (utilisation * log2(load)) / 1024, logarithms in quarters of one: signals 0 and
 *      7 of the original, there with the weight for the load.
 *  S2. Higher scores first; among equals the order of stock CFS.
 *  S3. The task that runs is left out: a look at it is wasted for certain. One that may not run on the destination comes last, as the
 *      kernel has to meet it to know that it is pinned.
 *
 * Left out: that the original asks can_migrate_task() of all candidates before it scores them, its six other signals, and active balance.
 */
export const staleness: PolicyFactory = Object.assign(
  ({ parameters: { stale, heavy } }: PolicyHost) => {
    const score = (task: RankedTask) =>
      task.allowed ? scoreOf(task, stale, heavy) : Number.NEGATIVE_INFINITY;
    return {
      name: "staleness",
      rank: ({ tasks }: RankQuery) =>
        tasks
          .filter(({ running }) => !running)
          .map((task) => ({ task, score: score(task) }))
          .sort((a, b) => (a.score === b.score ? 0 : b.score - a.score))
          .map(({ task }) => task),
    };
  },
  { parameters: PARAMETERS },
);

/** S1 */
export function scoreOf({ delta, util, load }: RankedTask, stale: number, heavy: number): number {
  return stale * log2Quarters(delta) + heavy * ((util * log2Quarters(load)) >> 10);
}

/** 4 * log2(x + 1), the quarters cut from the mantissa: 0 for 0, 4 for 1, 6 for 2, 8 for 3. `x` below 2^53. */
export function log2Quarters(x: number): number {
  let value = x + 1;
  let exponent = 0;
  for (; value >= 2 ** 31; value = Math.floor(value / 2)) exponent++;
  const bits = 31 - Math.clz32(value);
  const quarter = (bits >= 2 ? value >> (bits - 2) : value << (2 - bits)) & 3;
  return 4 * (exponent + bits) + quarter;
}
