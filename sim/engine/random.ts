import seedrandom from "seedrandom";

/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * A named stream of random numbers. Streams of one seed are independent of each other: drawing more numbers from
 * `workload` never shifts `policy`, `weights` or `split`.
 */
export function randomStream(seed: string, name: string): Random {
  return seedrandom(`nicetries/${name}/${seed}`);
}
