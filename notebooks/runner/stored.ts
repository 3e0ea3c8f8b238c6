/** What notebooks show of stored results: docs/experiments/ holds them, `nicetries experiment` makes them. */
import { cellText, type ResultTable } from "../../lab/experiments/table.ts";
import { drawIntervals, type Interval } from "../../report/figures/intervals.ts";
import { storedTable } from "../../scripts/experiments.ts";
import { showHtml, showTable } from "./session.ts";

export { storedTable };

/** Rows with the name of their group in each: in a result table only the first of a group bears it. */
export function filledRows({ rows }: ResultTable): ResultTable["rows"] {
  let group = "";
  return rows.map(([first, ...rest]) => {
    if (typeof first === "string" && first !== "") group = first;
    return [first === "" ? group : first, ...rest];
  });
}

/** Shows some columns of the rows that `keep` keeps, all by default. @throws where a column is not there */
export function showStored(
  table: ResultTable,
  columns: readonly string[] = table.columns.map(({ name }) => name),
  keep: (row: ResultTable["rows"][number]) => boolean = () => true,
): void {
  const at = columns.map((name) => columnOf(table, name));
  showTable(
    filledRows(table)
      .filter(keep)
      .map((row) => Object.fromEntries(at.map((i, j) => [columns[j], cellText(row[i], table.columns[i])]))),
  );
}

/** A column as intervals, by group (the first column) and label (another); rows without a number are left out. */
export function intervalsOf(
  table: ResultTable,
  column: string,
  {
    label = 1,
    keep = () => true,
  }: { label?: number; keep?: (row: ResultTable["rows"][number]) => boolean } = {},
): Interval[] {
  const at = columnOf(table, column);
  return filledRows(table)
    .filter(keep)
    .flatMap((row) => {
      const cell = row[at];
      const place = { group: String(row[0]), label: String(row[label]) };
      if (typeof cell === "number") return [{ ...place, value: cell }];
      if (cell === null || typeof cell === "string") return [];
      const [value, low, high] = cell;
      return [{ ...place, value, low, high }];
    });
}

/** One of the thesis's three questions. */
type Question = "e1" | "e2" | "e3";

/** Draws how often networks are right on a real kernel's recordings of each benchmark, on a boot that they have not learned from. */
export function drawAccuracy(question: Question): void {
  const accuracy = storedTable(question, "accuracy");
  const real = (row: readonly unknown[]) => row[1] === "real kernel";
  const runs = ["pytorch", "libml", "best"].map((judge) => `${judge}, separate run`);
  showHtml(
    drawIntervals(
      runs.flatMap((run) =>
        intervalsOf(accuracy, run, { keep: real }).map((each) => ({ ...each, label: run })),
      ),
      "accuracy on balanced classes, %",
      { domain: [50, 100] },
    ),
  );
}

/** Shows networks beside the rule and other baselines, on another boot of all benchmarks. */
export const showAnotherBoot = (question: Question): void =>
  showStored(
    storedTable(question, "held-out"),
    ["judge", "accuracy %", "balanced % (95 %)", "MCC (95 %)", "PR-AUC (95 %)"],
    (row) => String(row[0]).startsWith("another boot"),
  );

function columnOf({ id, columns }: ResultTable, name: string): number {
  const at = columns.findIndex((column) => column.name === name);
  if (at < 0) throw new Error(`table ${id} has no column ${name}`);
  return at;
}
