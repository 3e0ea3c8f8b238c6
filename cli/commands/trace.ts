import { type Command, Option } from "commander";
import { refuseTwins } from "../../lab/files/output-files.ts";
import { costOfTrace } from "../../lab/read-traces.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { DELIMITER_WORDS, delimiterFrom } from "../../traces/csv/delimiter.ts";
import {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportResult,
  exportTrace,
} from "../../traces/export/export-trace.ts";
import { importTrace } from "../../traces/import.ts";
import { labelFile } from "../../traces/label-file.ts";
import { sumOfLost } from "../../traces/metadata.ts";
import { CostBounds, costDoubt, withCost } from "../../traces/migration-cost.ts";
import { PRESETS } from "../../traces/presets.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { findSidecar } from "../../traces/sidecar.ts";
import { summarizeTrace } from "../../traces/summarize.ts";
import { classBalance } from "../../traces/summary.ts";
import { mergeTraces, sampleTrace, splitTrace } from "../../traces/transform.ts";
import { againBy } from "../again.ts";
import { countOption, wrongValue } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { recordedCostOption } from "../recorded-cost-option.ts";
import { UsageError } from "../report-failure.ts";
import { registerHead } from "../trace/head.ts";
import { type Common, checkOutputs, examples, parquetName, reportRows } from "../trace/outputs.ts";
import { registerShow } from "../trace/show.ts";
import { infoText } from "../trace-info.ts";

/** `nicetries trace`: bring traces in, look at them, check, label, cut and export them. */
export function register(root: Command): void {
  const trace = root.command("trace").description("import, inspect, check, label, cut and export traces");
  registerImport(trace);
  registerInfo(trace);
  registerShow(trace);
  registerCheck(trace);
  registerLabel(trace);
  registerCuts(trace);
  registerExport(trace);
}

function registerImport(trace: Command): void {
  trace
    .command("import")
    .argument(
      "<recording>",
      "CSV of a collector, plain or .gz, or Parquet of another program; - is CSV on standard input",
    )
    .option("--meta <json>", "metadata file (default: the .json of the same name beside the recording)")
    .option("-o, --out <file>", "Parquet file to write (default: the recording's name with .parquet)")
    .option(
      "--rename <name=column>",
      "a column of the file, and the schema's that it means; repeatable",
      renaming,
    )
    .addOption(
      new Option(
        "--preset <tool>",
        `files of another tool: ${Object.entries(PRESETS)
          .map(([name, { about }]) => `${name} (${about})`)
          .join(", ")}`,
      ).choices(Object.keys(PRESETS)),
    )
    .option("--ignore-unknown", "skip columns that the schema does not know")
    .option(
      "--delimiter <char>",
      "what stands between the cells of a CSV: a character, or tab (default: found out)",
      delimiter,
    )
    .option("--keep-reasons", "leave empty reasons empty instead of deriving them by the rule")
    .addOption(recordedCostOption())
    .option("--json", "print the counts as JSON")
    .description("bring a raw recording into the trace schema, as Parquet")
    .addHelpText(
      "after",
      examples(
        "nicetries trace import run.csv.gz",
        "nicetries trace import run.csv --meta machine.json --out run.parquet",
        "zstdcat run.csv.zst | nicetries trace import - --out run.parquet",
        "nicetries trace import pandas.parquet --ignore-unknown --out run.parquet",
        "nicetries trace import mine.tsv --rename time=ts --rename answer=migration",
        "nicetries trace import raw_build.csv --preset mllb",
      ),
    )
    .action(async (raw: string, o: ImportFlags) => {
      if (o.out === undefined && /^(-$|\/(dev|proc)\/)/.test(raw))
        throw new UsageError(`${raw} gives the trace no name: say with --out FILE.parquet where to write it`);
      const out = parquetName(o.out ?? raw.replace(/(\.parquet|(\.[ct]sv)?(\.gz)?)$/, ".parquet"));
      const inputs = [raw === "-" ? "/dev/stdin" : raw, o.meta ?? findSidecar(raw)];
      checkOutputs(
        o,
        inputs.filter((path) => path !== undefined),
        [out],
      );
      const result = await importTrace(raw, out, {
        metaPath: o.meta,
        ignoreUnknown: o.ignoreUnknown,
        rename: o.rename,
        preset: o.preset === undefined ? undefined : PRESETS[o.preset],
        delimiter: o.delimiter,
        keepReasons: o.keepReasons,
        migrationCostNs: o.migrationCost,
      });
      for (const warning of result.warnings) note(warning);
      if (o.json) return printJson({ out, ...result });
      note(`${out}: ${result.rows} rows, ${result.forced} forced, ${result.derivedReasons} reasons derived`);
      if (result.metaPath === null) note("no metadata file: machine, kernel and tunables are unknown");
    });
}

/** Collects `name=column`. The name may hold anything, = included. */
function renaming(text: string, before: Record<string, string> = {}): Record<string, string> {
  const cut = text.lastIndexOf("=");
  if (cut < 1 || cut === text.length - 1) throw wrongValue("--rename", "NAME=COLUMN, such as time=ts", text);
  return { ...before, [text.slice(0, cut)]: text.slice(cut + 1).trim() };
}

function delimiter(text: string): string {
  const found = delimiterFrom(text);
  if (found === undefined) throw wrongValue("--delimiter", DELIMITER_WORDS, text);
  return found;
}

interface ImportFlags extends Common {
  meta?: string;
  ignoreUnknown?: boolean;
  rename?: Record<string, string>;
  preset?: string;
  delimiter?: string;
  keepReasons?: boolean;
  migrationCost?: number;
}

function registerInfo(trace: Command): void {
  trace
    .command("info")
    .argument("<trace>", "Parquet or CSV trace")
    .option("--json", "print everything as JSON")
    .description("counts by reason, class balance, gaps and losses")
    .addHelpText("after", examples("nicetries trace info traces/real/hackbench-processes.parquet"))
    .action(async (path: string, o: Common) => {
      const summary = await summarizeTrace(path);
      if (o.json) {
        const madeAgainBy = againBy(summary.meta.made) ?? null;
        return printJson({ file: path, ...summary, classBalance: classBalance(summary), madeAgainBy });
      }
      print(`${infoText(path, summary)}\n`);
    });
}

function registerCheck(trace: Command): void {
  trace
    .command("check")
    .argument("<traces...>", "Parquet or CSV traces")
    .addOption(recordedCostOption())
    .option("--json", "print the counts as JSON")
    .description(
      "replay each decision by the rule of can_migrate_task; check clocks, values, losses. Exit 1 on a fault",
    )
    .addHelpText("after", examples("nicetries trace check traces/real/*.parquet --json"))
    .action(async (paths: string[], o: Common & { migrationCost?: number }) => {
      const total = {
        rows: 0,
        agree: 0,
        disagree: 0,
        undecided: 0,
        reasonMismatch: 0,
        clockErrors: 0,
        impossible: 0,
      };
      const losses: (number | null)[] = [];
      const files: object[] = [];
      for (const path of paths) {
        const source = openTrace(path);
        const migrationCost = await costOfTrace(source, o.migrationCost, note);
        const checker = new TraceChecker();
        const bounds = new CostBounds();
        const bar = progressBar(`check ${path}`);
        let rows = 0;
        for await (const chunk of source.chunks()) {
          chunk.meta = withCost(chunk.meta, migrationCost);
          checker.observe(chunk);
          bounds.observe(chunk);
          rows += chunk.rows;
          if (source.rows) bar.update(rows, source.rows);
        }
        bar.stop();
        const result = checker.finish();
        result.lost = source.meta.lostRecords;
        losses.push(result.lost);
        for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += result[key];
        if (!isSound(result)) process.exitCode = 1;
        files.push({ file: path, ...result, migrationCost });
        if (!o.json) for (const f of result.findings) note(`${path}: row ${f.row}: ${f.message}`);
        const doubt = result.disagree > 0 ? costDoubt(migrationCost, bounds.conclude(), path) : undefined;
        if (doubt !== undefined) note(doubt);
      }
      const lost = sumOfLost(losses);
      if (o.json) return printJson({ ...total, lost, files });
      const { rows, agree, disagree, undecided } = total;
      print(
        `${agree} of ${rows} decisions agree with the rule, ${disagree} disagree, ` +
          `${undecided} lack the context to decide; ${total.reasonMismatch} wrong reasons, ` +
          `${total.clockErrors} clock errors, ${total.impossible} impossible rows, ` +
          `${lost === null ? "unknown whether records were lost" : `${lost} records lost`}\n`,
      );
    });
}

function registerLabel(trace: Command): void {
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
      const result = await labelFile(path, out);
      if (o.json) return printJson({ out, ...result });
      note(`${out}: ${result.labelled} of ${result.rows} rows lead to ${result.forced} forced migrations`);
    });
}

/** More files than this at once are a slip of the hand. */
const MAX_PARTS = 10_000;

function registerCuts(trace: Command): void {
  registerHead(trace);
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
      reportRows(o, o.out, await sampleTrace(path, o.out, o.rows, o.seed));
    });
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
      reportRows(o, outs, await splitTrace(path, outs));
    });
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
      reportRows(o, o.out, await mergeTraces(paths, o.out, { oneRecording: o.oneRecording }));
    });
}

function registerExport(trace: Command): void {
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
      const { rows, leftOut, remark } = await exportTrace(path, o.to, out).catch((error): ExportResult => {
        if (!o.out && error.code === "EPIPE") return { rows: 0, leftOut: 0 }; // the reader, `head` perhaps, has seen enough
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
