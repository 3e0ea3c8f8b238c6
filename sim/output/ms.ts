/** ns as milliseconds with three decimals, as perf prints them. Exact: no rounding of the ns below. */
export function ms(ns: number): string {
  const us = Math.floor(ns / 1000);
  return `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, "0")}`;
}

/** ns as seconds with six decimals. */
export function seconds(ns: number): string {
  const us = Math.floor(ns / 1000);
  return `${Math.floor(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, "0")}`;
}
