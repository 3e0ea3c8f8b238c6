/** A number with the ends of its interval. */
export type WithInterval = readonly [value: number, low: number, high: number];
/** null: not defined, or not to be had from these rows. */
export type Cell = string | number | WithInterval | null;

/** A column and how its numbers are shown. */
export interface Column {
  name: string;
  /** Decimals; absent of texts. */
  digits?: number;
}

/** What an experiment found, as data: every number stands here once, and text and pages are made of it. */
export interface ResultTable {
  /** Names the table within its experiment. */
  id: string;
  title: string;
  columns: readonly Column[];
  rows: readonly (readonly Cell[])[];
  /** What is to be known to read it, and what could not be had. */
  notes: readonly string[];
}

/** Results of one experiment. */
export interface ExperimentResults {
  experiment: string;
  about: string;
  version: string;
  seed: string;
  quick: boolean;
  /** Makes it again. */
  command: string;
  tables: readonly ResultTable[];
}

/** A cell as text. */
export function cellText(cell: Cell, { digits = 0 }: Column): string {
  if (cell === null) return "-";
  if (typeof cell === "string") return cell;
  const number = (x: number) =>
    Number.isFinite(x)
      ? x.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
      : "∞";
  if (typeof cell === "number") return number(cell);
  const [value, low, high] = cell.map(number);
  return `${value} (${low} – ${high})`;
}

/** 100 times a share, and its interval's ends; null stays null. */
export function percent(share: number | null, interval?: readonly [number, number] | null): Cell {
  if (share === null) return null;
  return interval ? [100 * share, 100 * interval[0], 100 * interval[1]] : 100 * share;
}

/** A number and its interval where there is one. */
export const within = (value: number | null, interval?: readonly [number, number] | null): Cell =>
  value === null || !interval ? value : [value, ...interval];

/** A table of an experiment. @throws where it has none of that name */
export function tableOf({ experiment, tables }: ExperimentResults, id: string): ResultTable {
  const table = tables.find((each) => each.id === id);
  if (!table) throw new Error(`experiment ${experiment} has no table ${id}`);
  return table;
}
