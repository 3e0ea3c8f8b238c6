/** Numbers as people read them: the unit that fits, three digits that count; unknown is a dash. */

const UNITS = [
  ["s", 1e9],
  ["ms", 1e6],
  ["us", 1e3],
  ["ns", 1],
] as const;

/** A length of time: "0.31 ms". */
export function duration(ns: number): string {
  if (Number.isNaN(ns)) return "–";
  if (ns === 0) return "0 s";
  const size = Math.abs(ns);
  // 0.31 ms rather than 310 us, beside the 0.5 ms that it is compared with
  const [unit, of] = UNITS.find(([, each]) => size >= (each === 1 ? 1 : each / 10))!;
  return `${threeDigits(ns / of)} ${unit}`;
}

const threeDigits = (x: number): string =>
  Math.abs(x) >= 100 ? String(Math.round(x)) : String(Number(x.toPrecision(3)));

/** A moment, in seconds with as many digits as tell `step` ns apart: "1.230417 s". */
export function moment(ns: number, step = 1000): string {
  const digits = Math.min(9, Math.max(0, Math.ceil(9 - Math.log10(Math.max(1, step)))));
  return `${(ns / 1e9).toFixed(digits)} s`;
}

/** A moment as people type it: "1.23", "1.23s", "1230ms"; undefined for anything else. */
export function parseMoment(text: string): number | undefined {
  const [, number, unit = "s"] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(s|ms|us|µs|ns)?\s*$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const scale = { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 }[unit]!;
  return Math.round(Number(number) * scale);
}

export const count = (n: number): string => (Number.isNaN(n) ? "–" : n.toLocaleString("en-US"));

/** "1 task", "3 tasks". */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** CPUs as the kernel lists them: "0-3,8". */
export function cpuList(cpus: readonly number[]): string {
  const sorted = [...cpus].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (sorted[j + 1] === sorted[j] + 1) j++;
    parts.push(i === j ? `${sorted[i]}` : `${sorted[i]}-${sorted[j]}`);
    i = j + 1;
  }
  return parts.join(",");
}
