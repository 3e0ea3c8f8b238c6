/** What was asked of a real kernel: the models in the box verified, networks in mode shadow, regimes, earlier migration. */
import type { Bench } from "../bench.ts";
import type { ResultTable } from "../table.ts";
import { premigrationTable } from "./premigration.ts";
import { regimesTable } from "./regimes.ts";
import { shadowTable } from "./shadow.ts";
import { verifiedTable } from "./verified.ts";

export async function kernelTables(bench: Bench): Promise<ResultTable[]> {
  const tables: ResultTable[] = [];
  // one after the other: a guest must not disturb another
  for (const make of [verifiedTable, regimesTable, premigrationTable, shadowTable])
    tables.push(await make(bench));
  return tables;
}
