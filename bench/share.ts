/**
 * `npm run bench -- --quick` measures a hundredth: whether the benchmarks still run, in seconds. What it prints says
 * nothing about speed.
 */
export const QUICK = process.argv.includes("--quick");

/** So many rows, events or ns; a hundredth in a quick run. */
export const share = (amount: number): number => (QUICK ? Math.ceil(amount / 100) : amount);

/** So many repetitions; one in a quick run. */
export const repeats = (times: number): number => (QUICK ? 1 : times);
