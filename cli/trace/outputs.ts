import { note, printJson } from "../output.ts";
import { refuseMixedOutput, refuseReplacingInputs } from "../output-files.ts";
import { UsageError } from "../report-failure.ts";

/** What the subcommands of `nicetries trace` have in common. */
export interface Common {
  json?: boolean;
  out?: string;
}

export function reportRows(o: Common, out: string | string[], rows: number | number[]): void {
  if (o.json) printJson({ out, rows });
  else note(`${[out].flat().join(" ")}: ${[rows].flat().join(" ")} rows`);
}

/** The name of a Parquet file to write, unless it promises another kind. */
export function parquetName(out: string): string {
  if (/\.(csv|gz|json|txt)$/.test(out))
    throw new UsageError(
      `--out ${out}: this writes Parquet; \`nicetries trace export --to csv\` makes CSV of it`,
    );
  return out;
}

/** Refuses outputs that are read, and JSON between the data. */
export function checkOutputs(o: Common, inputs: readonly string[], outputs: readonly string[]): void {
  refuseReplacingInputs(outputs, inputs);
  for (const output of outputs) refuseMixedOutput(o.json, output);
}

export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
