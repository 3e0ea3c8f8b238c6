import { type Command, Option } from "commander";
import { DELIMITER_WORDS, delimiterFrom } from "../../traces/csv/delimiter.ts";
import { findSidecar } from "../../traces/find-sidecar.ts";
import { PRESETS } from "../../traces/presets.ts";
import { wrongValue } from "../option-values.ts";
import { note, printJson } from "../output.ts";
import { adviseOnCost, recordedCostOption } from "../recorded-cost-option.ts";
import { UsageError } from "../report-failure.ts";
import { type Common, checkOutputs, examples, parquetName } from "./outputs.ts";

export function registerImport(trace: Command): void {
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
      const { importTrace } = await import("../../traces/import.ts");
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
      adviseOnCost(result.migrationCost);
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
