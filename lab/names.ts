/** The names of what is in the box: workloads and chips. What names a file is opened by sources.ts. */
import { existsSync } from "node:fs";
import { TOPOLOGY_PRESETS } from "../sim/chip/topology-presets.ts";
import { MODELS, modelNamed } from "../sim/workload/models/catalogue.ts";
import type { Model } from "../sim/workload/models/model.ts";
import type { Workload } from "../sim/workload/programme.ts";
import { ofOption, RequestError, wrongValue } from "../traces/input-error.ts";
import { isFileName } from "./files/file-names.ts";

/** The workload of a benchmark model. @throws RequestError */
export function modelWorkload(
  sources: readonly string[],
  parameters: Readonly<Record<string, number>> = {},
): Workload {
  const model = modelOf(sources);
  return ofOption("parameters", () => model.workload(parameters));
}

/** The model that the names of a workload stand for. @throws RequestError for several, and for a name that is not there. */
export function modelOf(sources: readonly string[]): Model {
  if (sources.length > 1)
    throw new RequestError("workload", "needs one model: only rt-app files can be merged");
  const names = MODELS.map((model) => model.name);
  checkName("workload", sources[0], names, "a path to an rt-app file");
  return modelNamed(sources[0]);
}

/** Checks the name of a chip: a preset's, or that of a file, which is opened later. @throws RequestError */
export function chipName(text: string, option = "chip"): string {
  if (!isFileName(text)) checkName(option, text, Object.keys(TOPOLOGY_PRESETS), "a file that describes one");
  return text;
}

/** @throws RequestError for a name that is not there, with the nearest one and a word on files of that name. */
function checkName(option: string, text: string, names: readonly string[], file: string): void {
  if (names.includes(text)) return;
  const known = `${names.join(", ")}, or ${file}`;
  if (text !== "" && existsSync(text))
    throw new RequestError(
      option,
      `needs ${known}; for the file of that name write ./${text}${/\.\w+$/.test(text) ? "" : `, or name it ${text}.json`}`,
    );
  throw wrongValue(option, `one of ${known}`, text, names);
}
