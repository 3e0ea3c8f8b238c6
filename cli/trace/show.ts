import type { Command } from "commander";
import { parseConditions, parseStretch } from "../../traces/conditions.ts";
import { sentenceOf } from "../../traces/sentence.ts";
import { countOption, usage } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { noteCost, recordedCostOption } from "../recorded-cost-option.ts";
import { type KnownCells, knownCells } from "./known-cells.ts";

interface ShowOptions {
  where?: string[];
  at?: string;
  limit?: number;
  migrationCost?: number;
  json?: boolean;
}

const HELP = `
Examples:
  nicetries trace show run.parquet --where reason=forced --at 1.2s..1.3s
  nicetries trace show run.parquet --where "reason=hot_refused, delta<100us" --where dst_cpu=5 --limit 20
  nicetries trace show run.parquet --where "comm='my task' and migration!=0" --json

A condition is COLUMN=VALUE, or != < <= > >= between them; columns in ns take times (delta<0.5ms). Several conditions are
separated by commas or \`and\`; all have to hold. COLUMN= asks for rows in which the column is unknown.`;

const collect = (text: string, texts: string[] = []): string[] => [...texts, text];

/** `nicetries trace show`: decisions in words. */
export function registerShow(trace: Command): void {
  trace
    .command("show")
    .argument("<trace>", "Parquet or CSV trace")
    .option("--where <conditions>", "rows that fulfil these, such as reason=forced; repeatable", collect)
    .option(
      "--at <from..to>",
      "rows of this stretch of the trace's clock, such as 1.2s..1.3s, 500ms.. or ..2s",
    )
    .option("--limit <n>", "rows to show at most", countOption("--limit"))
    .addOption(recordedCostOption())
    .option(
      "--json",
      "print {file, rows, matched, migrationCost, shown: [the known columns of each row, text]}",
    )
    .description("decisions in words: who was to move from where to where, when, with which answer, and why")
    .addHelpText("after", HELP)
    .action(show);
}

async function show(path: string, o: ShowOptions): Promise<void> {
  const { holds } = usage(() => parseConditions(o.where ?? []), "--where");
  const { from, to } = o.at === undefined ? EVERYTHING : usage(() => parseStretch(o.at!), "--at");
  const { rowAt } = await import("../../traces/table.ts");
  const { openTrace } = await import("../../traces/read-trace.ts");
  const { costOfTrace } = await import("../../lab/read-traces.ts");
  const source = openTrace(path);
  const migrationCost = await costOfTrace(source, o.migrationCost, noteCost);
  const shown: (KnownCells & { row: number; text: string })[] = [];
  let rows = 0;
  let matched = 0;
  for await (const chunk of source.chunks()) {
    const { ts } = chunk.numeric;
    for (let i = 0; i < chunk.rows; i++) {
      rows++;
      if (!(o.at === undefined || (ts[i] >= from && ts[i] <= to)) || !holds(chunk, i)) continue;
      matched++;
      if (matched > (o.limit ?? Number.POSITIVE_INFINITY)) continue;
      const row = rowAt(chunk, i);
      const text = sentenceOf(row, migrationCost.ns);
      if (o.json) shown.push({ row: rows, ...knownCells(row), text });
      else print(`${text}\n`);
    }
  }
  if (o.json) printJson({ file: path, rows, matched, migrationCost, shown });
  else
    note(
      `${path}: ${matched} of ${rows} rows${o.limit !== undefined && matched > o.limit ? `, ${o.limit} of them shown` : ""}`,
    );
}

const EVERYTHING = { from: 0, to: 0 };
