import { Option } from "commander";
import type { SayCost } from "../lab/read-traces.ts";
import { parseMigrationCost } from "../lab/tunables.ts";
import type { MigrationCost } from "../traces/migration-cost.ts";
import { note } from "./output.ts";
import { MIGRATION_COST_HELP } from "./simulate/options.ts";

/** --migration-cost of the commands that read recordings. */
export const recordedCostOption = (): Option =>
  new Option(
    "--migration-cost <time>",
    `sched_migration_cost when a trace was recorded that does not say it, ${MIGRATION_COST_HELP} (default: what its rows tell)`,
  ).argParser(parseMigrationCost);

/** Says a remark on the migration cost of a trace, and what may be done about it. */
export const noteCost: SayCost = (remark, cost) => {
  note(remark);
  adviseOnCost(cost);
};

export function adviseOnCost({ how }: MigrationCost): void {
  if (how === "assumed") note("(--migration-cost says which was in force)");
}
