import { basename } from "node:path";
import { refuseUndecided } from "../traces/impossible.ts";
import {
  COST_COLUMNS,
  costRemark,
  type MigrationCost,
  refuseUndecidedCost,
  settleMigrationCost,
  withCost,
} from "../traces/migration-cost.ts";
import { openTrace, readTrace, type TraceSource } from "../traces/read-trace.ts";
import { separateRuns } from "../traces/runs.ts";
import type { ColumnName, TraceTable } from "../traces/schema.ts";

/**
 * Reads whole traces, Parquet or CSV (with the metadata file beside it, if any), to learn from or to judge by. A row
 * without a decision is refused: it would be learnt and judged as if it had one. So is a trace whose migration cost
 * neither its metadata, nor the user, nor its rows tell.
 * @param columns The columns wanted of Parquet files; others may then be unknown.
 * @param migrationCost That of traces that do not say theirs, ns.
 * @param say Takes remarks on migration costs.
 */
export async function readTraces(
  paths: readonly string[],
  columns?: readonly ColumnName[],
  migrationCost?: number,
  say: SayCost = () => {},
): Promise<TraceTable[]> {
  return (await readRuns(paths, columns, migrationCost, say)).map(({ table }) => table);
}

/** Takes a remark on the migration cost of a trace. */
export type SayCost = (remark: string, cost: MigrationCost) => void;

export interface NamedTable {
  path: string;
  /** Name of the run in a file that holds several, or "". */
  run: string;
  table: TraceTable;
}

/** Base name of the file, and the run's. */
export const nameOf = ({ path, run }: NamedTable): string =>
  run === "" ? basename(path) : `${basename(path)}, run ${run}`;

/**
 * The same with names: the runs of a file (traces/runs.ts) are traces of their own, to learn from and to be split by.
 * @param say Takes remarks on migration costs.
 */
export async function readRuns(
  paths: readonly string[],
  columns?: readonly ColumnName[],
  migrationCost?: number,
  say: SayCost = () => {},
): Promise<NamedTable[]> {
  const tables: NamedTable[] = [];
  for (const path of paths) {
    const table = await readTrace(
      path,
      columns ? { columns: [...new Set([...columns, "run" as const])] } : {},
    );
    if (columns === undefined || columns.includes("migration")) refuseUndecided(table, path);
    const cost = await costOfTrace(openTrace(path), migrationCost, say);
    refuseUndecidedCost(cost, path);
    table.meta = withCost(table.meta, cost);
    for (const run of separateRuns(table)) tables.push({ path, run: run.name, table: run.table });
  }
  return tables;
}

/** The migration cost of a trace file; says what had to be inferred or assumed. */
export async function costOfTrace(
  source: TraceSource,
  given?: number,
  say: SayCost = () => {},
): Promise<MigrationCost> {
  const chunks = () => source.chunks({ columns: COST_COLUMNS });
  const cost = await settleMigrationCost(source.meta, source.path, chunks, given);
  const remark = costRemark(cost, source.path);
  if (remark !== undefined) say(remark, cost);
  return cost;
}
