import type { Command } from "commander";
import { note, printJson } from "../output.ts";
import { type Common, checkOutputs, examples, parquetName } from "./outputs.ts";

export function registerLabel(trace: Command): void {
  trace
    .command("label")
    .argument("<trace>", "Parquet or CSV trace")
    .option("-o, --out <file>", "Parquet file to write (default: NAME.labelled.parquet)")
    .option("--json", "print the counts as JSON")
    .description("write the trace with its label columns (label_migrate, label_forced_eventually, ...)")
    .addHelpText("after", examples("nicetries trace label run.parquet --out run.labelled.parquet"))
    .action(async (path: string, o: Common) => {
      const out = parquetName(
        o.out ?? `${path.replace(/(\.parquet|\.csv|\.csv\.gz)$/, "")}.labelled.parquet`,
      );
      checkOutputs(o, [path], [out]);
      const { labelFile } = await import("../../traces/label-file.ts");
      const result = await labelFile(path, out);
      if (o.json) return printJson({ out, ...result });
      note(`${out}: ${result.labelled} of ${result.rows} rows lead to ${result.forced} forced migrations`);
    });
}
