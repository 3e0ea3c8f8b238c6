import type { Command } from "commander";
import { refuseTwins } from "../../lab/files/output-files.ts";
import { type Common, checkOutputs, examples, parquetName, reportRows } from "./outputs.ts";

export function registerMerge(trace: Command): void {
  trace
    .command("merge")
    .argument("<traces...>", "recordings, or parts of them")
    .requiredOption("-o, --out <file>", "Parquet file to write")
    .option("--json", "print the counts as JSON")
    .option(
      "--one-recording",
      "the files are parts of one recording that another program has cut: one history, no runs",
    )
    .description(
      "several traces as one, in the order of their clocks. Recordings stay apart by the column run; what trace split has cut is joined",
    )
    .addHelpText(
      "after",
      examples(
        "nicetries trace merge half-1.parquet half-2.parquet --out run.parquet",
        "nicetries trace merge monday.parquet tuesday.parquet --out both.parquet   # runs monday and tuesday",
      ),
    )
    .action(async (paths: string[], o: Common & { out: string; oneRecording?: boolean }) => {
      refuseTwins(paths);
      checkOutputs(o, paths, [parquetName(o.out)]);
      const { mergeTraces } = await import("../../traces/transform.ts");
      reportRows(o, o.out, await mergeTraces(paths, o.out, { oneRecording: o.oneRecording }));
    });
}
