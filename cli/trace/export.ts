import { type Command, Option } from "commander";
import { EXPORT_FORMATS, type ExportFormat } from "../../traces/export/formats.ts";
import { note, printJson } from "../output.ts";
import { UsageError } from "../report-failure.ts";
import { type Common, checkOutputs, examples } from "./outputs.ts";

export function registerExport(trace: Command): void {
  trace
    .command("export")
    .argument("<trace>", "Parquet or CSV trace")
    .addOption(
      new Option("--to <format>", "of the output").choices([...EXPORT_FORMATS]).makeOptionMandatory(),
    )
    .option(
      "-o, --out <file>",
      "file to write (default: standard output; csv is gzipped if the name ends in .gz)",
    )
    .option("--json", "print the counts as JSON (needs --out)")
    .description("a trace as CSV, or its decisions as ftrace text or a Perfetto trace")
    .addHelpText(
      "after",
      examples(
        "nicetries trace export run.parquet --to csv | head",
        "nicetries trace export run.parquet --to perfetto --out run.pftrace   # open in ui.perfetto.dev",
      ),
    )
    .action(async (path: string, o: Common & { to: ExportFormat }) => {
      if (o.to === "perfetto" && !o.out && process.stdout.isTTY)
        throw new UsageError("a Perfetto trace is binary: give --out FILE.pftrace");
      const out = o.out ?? "/dev/stdout";
      checkOutputs(o, [path], [out]);
      refuseOtherEnding(o.to, out);
      const { exportTrace } = await import("../../traces/export/export-trace.ts");
      const { rows, leftOut, remark } = await exportTrace(path, o.to, out).catch((error) => {
        if (!o.out && error.code === "EPIPE") return { rows: 0, leftOut: 0, remark: undefined }; // the reader, `head` perhaps, has seen enough
        throw error;
      });
      if (remark) note(remark);
      if (leftOut > 0)
        note(`${leftOut} rows left out: the trace does not know their CPU, and each line needs one`);
      if (o.json) printJson({ out: o.out, format: o.to, rows, leftOut });
      else if (o.out) note(`${o.out}: ${rows} rows`);
    });
}

/** Refuses a name whose ending promises another format than is written. */
function refuseOtherEnding(format: ExportFormat, out: string): void {
  const ends = Object.entries(ENDINGS).find(([, ending]) => ending.test(out));
  if (ends && ends[0] !== format)
    throw new UsageError(`--out ${out}: the name is that of ${ends[0]}, expected one for ${format}`);
}

const ENDINGS: Readonly<Record<string, RegExp>> = {
  csv: /\.(csv|tsv)(\.gz)?$/,
  ftrace: /\.ftrace$/,
  perfetto: /\.pftrace$/,
  report: /\.report\.txt$/,
  Parquet: /\.parquet$/,
};
