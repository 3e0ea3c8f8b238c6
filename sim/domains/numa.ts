/** NUMA_IMBALANCE_MIN: a pair of tasks may stay together. */
const IMBALANCE_MIN = 2;

/** adjust_numa_imbalance(): while few tasks run, a small imbalance between nodes is none. */
export function adjustNumaImbalance(imbalance: number, running: number, tolerated: number): number {
  if (running > tolerated) return imbalance;
  return imbalance <= IMBALANCE_MIN ? 0 : imbalance;
}
