import { costOfTrace } from "../../lab/read-traces.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { sumOfLost } from "../../traces/metadata.ts";
import { CostBounds, costDoubt, withCost } from "../../traces/migration-cost.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { noteCost } from "../recorded-cost-option.ts";
import type { Common } from "./outputs.ts";

/** The options of `nicetries trace check`. */
export interface CheckOptions extends Common {
  /** ns */
  migrationCost?: number;
}

/** Does what `nicetries trace check` was asked for. */
export async function check(paths: readonly string[], o: CheckOptions): Promise<void> {
  const total = {
    rows: 0,
    agree: 0,
    disagree: 0,
    undecided: 0,
    reasonMismatch: 0,
    clockErrors: 0,
    impossible: 0,
  };
  const losses: (number | null)[] = [];
  const files: object[] = [];
  for (const path of paths) {
    const source = openTrace(path);
    const migrationCost = await costOfTrace(source, o.migrationCost, noteCost);
    const checker = new TraceChecker();
    const bounds = new CostBounds();
    const bar = progressBar(`check ${path}`);
    let rows = 0;
    for await (const chunk of source.chunks()) {
      chunk.meta = withCost(chunk.meta, migrationCost);
      checker.observe(chunk);
      bounds.observe(chunk);
      rows += chunk.rows;
      if (source.rows) bar.update(rows, source.rows);
    }
    bar.stop();
    const result = checker.finish();
    result.lost = source.meta.lostRecords;
    losses.push(result.lost);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += result[key];
    if (!isSound(result)) process.exitCode = 1;
    files.push({ file: path, ...result, migrationCost });
    if (!o.json) for (const f of result.findings) note(`${path}: row ${f.row}: ${f.message}`);
    const doubt = result.disagree > 0 ? costDoubt(migrationCost, bounds.conclude(), path) : undefined;
    if (doubt !== undefined) note(doubt);
  }
  const lost = sumOfLost(losses);
  if (o.json) return printJson({ ...total, lost, files });
  const { rows, agree, disagree, undecided } = total;
  print(
    `${agree} of ${rows} decisions agree with the rule, ${disagree} disagree, ` +
      `${undecided} lack the context to decide; ${total.reasonMismatch} wrong reasons, ` +
      `${total.clockErrors} clock errors, ${total.impossible} impossible rows, ` +
      `${lost === null ? "unknown whether records were lost" : `${lost} records lost`}\n`,
  );
}
