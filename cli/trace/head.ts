import type { Command } from "commander";
import { columnNamed } from "../../traces/conditions.ts";
import { printable } from "../../traces/input-error.ts";
import { ALL_COLUMNS, type ColumnName, type TraceRow } from "../../traces/schema.ts";
import { countOption, usage } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { knownCells } from "./known-cells.ts";
import { checkOutputs, examples, parquetName, reportRows } from "./outputs.ts";

interface HeadOptions {
  rows: number;
  out?: string;
  columns?: string;
  json?: boolean;
}

/** Columns that tell a decision on a terminal's line. */
const MAIN: readonly ColumnName[] = [
  "ts",
  "pid",
  "comm",
  "src_cpu",
  "dst_cpu",
  "sd_level",
  "sd_nr_balance_failed",
  "delta",
  "migration",
  "reason",
  "detached",
  "run",
];

/** `nicetries trace head`: the first rows, on the terminal or as a trace. */
export function registerHead(trace: Command): void {
  trace
    .command("head")
    .argument("<trace>", "Parquet or CSV trace")
    .option("-n, --rows <n>", "rows to show or keep", countOption("--rows"), 10)
    .option("--columns <list>", "columns to print, or all (default: the main ones)")
    .option("-o, --out <file>", "write the rows as a trace (Parquet) instead of printing them")
    .option("--json", "print the rows as JSON; with --out, the counts")
    .description("the first rows of a trace: on the terminal, or with --out as a trace of their own")
    .addHelpText(
      "after",
      examples(
        "nicetries trace head run.parquet",
        "nicetries trace head run.parquet --rows 3 --columns ts,comm,imbalance",
        "nicetries trace head run.parquet --rows 1000 --out small.parquet",
      ),
    )
    .action(async (path: string, o: HeadOptions) => {
      const columns = usage(() => columnsOf(o.columns), "--columns");
      if (o.out === undefined) return printHead(path, o, columns);
      checkOutputs(o, [path], [parquetName(o.out)]);
      const { headTrace } = await import("../../traces/transform.ts");
      reportRows(o, o.out, await headTrace(path, o.out, o.rows));
    });
}

function columnsOf(list: string | undefined): readonly ColumnName[] {
  if (list === undefined) return MAIN;
  return list === "all" ? ALL_COLUMNS : list.split(",").map((name) => columnNamed(name.trim()));
}

async function printHead(path: string, o: HeadOptions, columns: readonly ColumnName[]): Promise<void> {
  const { rowAt } = await import("../../traces/table.ts");
  const { openTrace } = await import("../../traces/read-trace.ts");
  const source = openTrace(path);
  const rows: TraceRow[] = [];
  for await (const chunk of source.chunks()) {
    for (let i = 0; i < chunk.rows && rows.length < o.rows; i++) rows.push(rowAt(chunk, i));
    if (rows.length >= o.rows) break;
  }
  if (o.json) return printJson(rows.map(knownCells));
  const known = columns.filter(
    (name) => o.columns !== undefined || rows.some((row) => cellOf(row, name) !== ""),
  );
  print(
    `${textTable(
      known,
      rows.map((row) => known.map((name) => cellOf(row, name))),
    )}\n`,
  );
  const total = source.rows === null ? "" : ` of ${source.rows}`;
  note(
    `${path}: ${rows.length}${total} rows; --columns all shows every column, \`trace show\` says them in words`,
  );
}

/** A cell as text: nothing where it is unknown, and no control characters. */
function cellOf(row: Readonly<TraceRow>, name: ColumnName): string {
  const value = row[name] ?? "";
  if (typeof value === "string") return printable(value, 40);
  return Number.isNaN(value) ? "" : String(value);
}
