/**
 * How people write times, sizes and counts: one grammar for every option and every place where they do.
 *
 *     quantity := number [blank] [unit]      number := digits, also 1_000, with a fraction where it comes out whole
 *
 *  Q1. Times: ns, us (µs), ms, s, m (min), h. Sizes: B, KiB, MiB, GiB, TiB; K, M, G, T are the same, as in QEMU; kB, MB, GB, TB
 *      are powers of 1000. Counts: k, M, G are thousands, 1e6 is a million.
 *  Q2. The result is an exact whole number of ns, bytes or things: what is finer (0.5ns) or above 2^53 - 1 is no quantity.
 *  Q3. A number without a unit has the one that the place states; where it states none, a unit has to be given (but for 0).
 *
 * Files in JSON keep plain integers of the unit that their keys name.
 */
export type DurationUnit = "ns" | "us" | "ms" | "s";
export type SizeUnit = "B" | "KiB" | "MiB";

const DURATIONS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n, // the Greek letter; the sign above looks the same
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  min: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const SIZES: Readonly<Record<string, bigint>> = Object.fromEntries([
  ["B", 1n],
  ...[..."KMGT"].flatMap((letter, i) => {
    const [binary, decimal] = [1024n ** BigInt(i + 1), 1000n ** BigInt(i + 1)];
    const names: [string, bigint][] = [
      [letter, binary],
      [`${letter}iB`, binary],
      [`${letter}B`, decimal],
    ];
    return names;
  }),
  ["kB", 1000n],
]);

const COUNTS: Readonly<Record<string, bigint>> = { "": 1n, k: 1000n, M: 1_000_000n, G: 1_000_000_000n };

/** Examples for messages and help. */
export const DURATION_EXAMPLES = "500us, 4ms, 1.5s or 2m";
export const SIZE_EXAMPLES = "512KiB or 6MiB";

/** A time in ns, or undefined where the text is none. @param bare Unit of a number without one (Q3). */
export const parseDuration = (text: string, bare?: DurationUnit): number | undefined =>
  quantity(text, DURATIONS, bare);

/** A size in bytes, or undefined where the text is none. @param bare Unit of a number without one (Q3). */
export const parseSize = (text: string, bare?: SizeUnit): number | undefined => quantity(text, SIZES, bare);

/** A count, or undefined where the text is none. */
export function parseCount(text: string): number | undefined {
  const [, digits, zeros] = /^(\d{1,16})e(\d{1,2})$/.exec(text.trim()) ?? [];
  return quantity(digits === undefined ? text : digits + "0".repeat(Number(zeros)), COUNTS, "");
}

/** ns as a person writes them, exactly: 500us, 4ms, 1.5s. */
export function formatDuration(ns: number): string {
  const unit = ns >= 1e9 ? "s" : ns >= 1e6 ? "ms" : ns >= 1e3 ? "us" : "ns";
  const size = Number(DURATIONS[unit]);
  const digits = String(size).length - 1;
  const fraction = String(ns % size)
    .padStart(digits, "0")
    .replace(/0+$/, "");
  return `${Math.floor(ns / size)}${fraction === "" || digits === 0 ? "" : `.${fraction}`}${unit}`;
}

function quantity(
  text: string,
  units: Readonly<Record<string, bigint>>,
  bare: string | undefined,
): number | undefined {
  const match = /^(\d+(?:_\d{3})*)(?:\.(\d{1,18}))? ?([a-zA-Zµμ]*)$/.exec(text.trim());
  if (!match || text.length > 60) return undefined;
  const [, whole, fraction = "", given] = match;
  const digits = whole.replaceAll("_", "");
  const unit =
    given === "" ? (bare ?? (/^0+$/.test(digits + fraction) ? Object.keys(units)[0] : undefined)) : given;
  if (unit === undefined || !Object.hasOwn(units, unit)) return undefined;
  const scaled = BigInt(digits + fraction) * units[unit];
  const divisor = 10n ** BigInt(fraction.length);
  const value = Number(scaled / divisor);
  return scaled % divisor === 0n && Number.isSafeInteger(value) ? value : undefined;
}

/** Numbers as people write them: no 0x10, no Infinity, no nothing. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A count, or any other decimal number; NaN for what is none. */
export const parseNumber = (text: string): number =>
  parseCount(text) ?? (DECIMAL.test(text.trim()) ? Number(text) : Number.NaN);
