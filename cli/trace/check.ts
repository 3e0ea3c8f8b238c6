import type { Command } from "commander";
import { recordedCostOption } from "../recorded-cost-option.ts";
import type { CheckOptions } from "./check-action.ts";
import { examples } from "./outputs.ts";

export function registerCheck(trace: Command): void {
  trace
    .command("check")
    .argument("<traces...>", "Parquet or CSV traces")
    .addOption(recordedCostOption())
    .option("--json", "print the counts as JSON")
    .description(
      "replay each decision by the rule of can_migrate_task; check clocks, values, losses. Exit 1 on a fault",
    )
    .addHelpText("after", examples("nicetries trace check traces/real/*.parquet --json"))
    .action(async (paths: string[], o: CheckOptions) => (await import("./check-action.ts")).check(paths, o));
}
