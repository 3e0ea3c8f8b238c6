import { extname, resolve } from "node:path";
import { refuseReplacingInputs as refuseReplacing } from "../lab/files/output-files.ts";
import { namesStandardOutput } from "../traces/standard-output.ts";
import { refuseToReplaceStandardOutput } from "./named-files.ts";
import { UsageError } from "./report-failure.ts";

/** As in lab/files/output-files.ts, and none of the outputs may be where standard output goes. */
export function refuseReplacingInputs(outputs: readonly string[], inputs: readonly string[]): void {
  for (const output of outputs) refuseToReplaceStandardOutput(output);
  refuseReplacing(outputs, inputs);
}

/** Refuses the name of an output of another kind than the command writes. Devices have no kind. */
export function expectExtension(output: string, extension: string): void {
  if (extname(output) === extension || /^\/(dev|proc)\//.test(resolve(output))) return;
  throw new UsageError(`--out must end in ${extension}, found ${output}`);
}

/** Refuses to print JSON between the bytes of an output that goes to standard output. */
export function refuseMixedOutput(json: boolean | undefined, output: string | undefined): void {
  if (!json || (output !== undefined && !namesStandardOutput(output))) return;
  throw new UsageError("--json needs --out with a file, for the data go to standard output");
}
