/**
 * `npm run bench -- --quick` measures a hundredth: whether the benchmarks still run, in seconds. What it prints says
 * nothing about speed.
 */
export const QUICK = process.argv.includes("--quick");

/** So many rows, events or ns; a hundredth in a quick run. */
export const share = (amount: number): number => (QUICK ? Math.ceil(amount / 100) : amount);

/** So many repetitions; one in a quick run. */
export const repeats = (times: number): number => (QUICK ? 1 : times);

/** CPU time of this process, s: unlike the wall clock it does not count what other processes take. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1];

/** Prints a row of a table in docs/performance.md, as it stands there. */
export const row = (...cells: string[]): void => console.log(`| ${cells.join(" | ")} |`);
