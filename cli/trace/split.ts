import type { Command } from "commander";
import { countOption } from "../option-values.ts";
import { type Common, checkOutputs, examples, parquetName, reportRows } from "./outputs.ts";

/** More files than this at once are a slip of the hand. */
const MAX_PARTS = 10_000;

export function registerSplit(trace: Command): void {
  trace
    .command("split")
    .argument("<trace>")
    .requiredOption("--parts <n>", "number of parts", countOption("--parts", 1, MAX_PARTS))
    .requiredOption("-o, --out <file>", "name of the parts; -1, -2 ... is put before .parquet")
    .option("--json", "print the counts as JSON")
    .description("consecutive parts with equal row counts")
    .addHelpText("after", examples("nicetries trace split run.parquet --parts 2 --out half.parquet"))
    .action(async (path: string, o: Common & { parts: number; out: string }) => {
      const stem = parquetName(o.out).replace(/\.parquet$/, "");
      const outs = Array.from({ length: o.parts }, (_, p) => `${stem}-${p + 1}.parquet`);
      checkOutputs(o, [path], outs);
      const { splitTrace } = await import("../../traces/transform.ts");
      reportRows(o, outs, await splitTrace(path, outs));
    });
}
