import { existsSync } from "node:fs";
import type { Topology } from "../sim/chip/topology.ts";
import { presetTopology, TOPOLOGY_PRESETS } from "../sim/chip/topology-presets.ts";
import { MODELS, modelNamed } from "../sim/workload/models/catalogue.ts";
import type { Model } from "../sim/workload/models/model.ts";
import type { Workload } from "../sim/workload/programme.ts";
import { MAX_TEXT } from "../sim/workload/rtapp/parse.ts";
import { rtAppWorkload } from "../sim/workload/rtapp/workload.ts";
import { ofOption, printable, RequestError, wrongValue } from "../traces/input-error.ts";
import { openChipFile } from "./chip/open-chip.ts";
import { readBoundedText } from "./files/bounded-read.ts";
import { isFileName } from "./files/file-names.ts";
import { shownPath } from "./files/shown-path.ts";

/** Reads a text file that people write by hand; what is longer than 16 MB is none. */
const readSmallText = (path: string): string => readBoundedText(path, MAX_TEXT, "a workload");

/** A benchmark model by name, or one or several rt-app files that make one workload. */
export function openWorkload(
  sources: readonly string[],
  parameters: Readonly<Record<string, number>> = {},
): Workload {
  if (sources.every(isFileName))
    return rtAppWorkload(sources.map((name) => ({ name, text: readSmallText(name) })));
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
      `needs ${known}; for the file of that name write ./${text}, or name it ${text}.json`,
    );
  throw wrongValue(option, `one of ${known}`, text, names);
}

/**
 * A chip by preset name or from a file (or folder) of any form that chip/open-chip.ts knows; one that has no name is
 * called as its file is.
 */
export function openChip(name: string): Topology {
  if (!isFileName(name)) return presetTopology(chipName(name));
  const topology = openChipFile(name);
  return topology.name === printable(name) ? { ...topology, name: printable(shownPath(name)) } : topology;
}
