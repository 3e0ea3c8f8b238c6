import type { Command } from "commander";
import { countOption } from "../option-values.ts";
import { type Common, checkOutputs, examples, parquetName, reportRows } from "./outputs.ts";

export function registerSample(trace: Command): void {
  trace
    .command("sample")
    .argument("<trace>")
    .requiredOption("-n, --rows <n>", "rows to draw", countOption("--rows"))
    .requiredOption("-o, --out <file>", "Parquet file to write")
    .option("--seed <seed>", "seed of the draw", "1")
    .option("--json", "print the counts as JSON")
    .description(
      "rows drawn at random, in their order. Histories are torn apart: forced_eventually then means less",
    )
    .addHelpText(
      "after",
      examples("nicetries trace sample run.parquet --rows 10000 --seed 7 --out sample.parquet"),
    )
    .action(async (path: string, o: Common & { rows: number; out: string; seed: string }) => {
      checkOutputs(o, [path], [parquetName(o.out)]);
      const { sampleTrace } = await import("../../traces/transform.ts");
      reportRows(o, o.out, await sampleTrace(path, o.out, o.rows, o.seed));
    });
}
