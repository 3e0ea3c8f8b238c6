/** How often calls of can_migrate_task() are forced, how long the histories are that lead to them, and what they came to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelTable } from "../../../traces/label.ts";
import { readTrace } from "../../../traces/read-trace.ts";
import type { TraceTable } from "../../../traces/schema.ts";
import type { SimulationChoice } from "../../made.ts";
import { simulateFile } from "../../simulate-file.ts";

/** A simulation, or a trace that is there. */
export type RegimeJob = { file: string } | (SimulationChoice & { source: string });

export interface Regime {
  rows: number;
  forced: number;
  /** Calls of histories, forced ones included. */
  histories: number;
  /** Forced calls after which the task stayed: detach_tasks() found its load larger than what was to be moved. */
  kept: number;
  /** Of these, the ones where load was to be moved, as opposed to utilisation or tasks. */
  keptForLoad: number;
}

export async function regime(job: RegimeJob): Promise<Regime> {
  if ("file" in job) return describe(await readTrace(job.file));
  const dir = mkdtempSync(join(tmpdir(), "nicetries-regime-"));
  try {
    const { source, ...choice } = job;
    const out = join(dir, "t.parquet");
    await simulateFile(source, { ...choice, out });
    return describe(await readTrace(out));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function describe(table: TraceTable): Regime {
  const { migration, detached } = table.numeric;
  const regime = { rows: table.rows, forced: 0, histories: 0, kept: 0, keptForLoad: 0 };
  if (table.rows === 0) return regime;
  for (const label of labelTable(table, "forced_eventually")) regime.histories += label;
  for (let i = 0; i < table.rows; i++) {
    if (migration[i] !== 2) continue;
    regime.forced++;
    if (detached[i] !== 0) continue;
    regime.kept++;
    if (table.text.lb_migration_type[i] === "migrate_load") regime.keptForLoad++;
  }
  return regime;
}
