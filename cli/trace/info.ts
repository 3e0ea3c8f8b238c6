import type { Command } from "commander";
import { againBy } from "../again.ts";
import { print, printJson } from "../output.ts";
import { infoText } from "./info-text.ts";
import { type Common, examples } from "./outputs.ts";

export function registerInfo(trace: Command): void {
  trace
    .command("info")
    .argument("<trace>", "Parquet or CSV trace")
    .option("--json", "print everything as JSON")
    .description("counts by reason, class balance, gaps and losses")
    .addHelpText("after", examples("nicetries trace info traces/real/hackbench-processes.parquet"))
    .action(async (path: string, o: Common) => {
      const { summarizeTrace } = await import("../../traces/summarize.ts");
      const summary = await summarizeTrace(path);
      if (o.json) {
        const { classBalance } = await import("../../traces/summary.ts");
        const madeAgainBy = againBy(summary.meta.made) ?? null;
        return printJson({ file: path, ...summary, classBalance: classBalance(summary), madeAgainBy });
      }
      print(`${infoText(path, summary)}\n`);
    });
}
