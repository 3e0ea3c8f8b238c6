import { Option } from "commander";
import { MIGRATION_COST_HELP, parseMigrationCost } from "./simulate/options.ts";

/** --migration-cost of the commands that read recordings. */
export const recordedCostOption = (): Option =>
  new Option(
    "--migration-cost <time>",
    `sched_migration_cost when a trace was recorded that does not say it, ${MIGRATION_COST_HELP} (default: what its rows tell)`,
  ).argParser(parseMigrationCost);
