/** ns as milliseconds with three decimals, rounded as printf("%.3f") does in `perf sched latency`. */
export function ms(ns: number): string {
  // 62500 ns are 0.0625 ms, exact in binary: such halves go to the even neighbour, others to where the double lies.
  if (ns % 62_500 === 0 && ns % 1000 === 500) {
    const us = Math.floor(ns / 1000);
    return thousandths(us + (us % 2));
  }
  return (ns / 1e6).toFixed(3);
}

/** The same without rounding, as `perf sched timehist` prints times: what is below a us is cut off. */
export const msCut = (ns: number): string => thousandths(Math.floor(ns / 1000));

/** ns as seconds with six decimals, cut as perf cuts its time stamps. */
export function seconds(ns: number): string {
  const us = Math.floor(ns / 1000);
  return `${Math.floor(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, "0")}`;
}

const thousandths = (us: number): string => `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, "0")}`;
