import { existsSync } from "node:fs";
import type { Topology } from "../../sim/chip/topology.ts";
import { presetTopology, TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { MODELS, modelNamed } from "../../sim/workload/models/catalogue.ts";
import type { Model } from "../../sim/workload/models/model.ts";
import type { Workload } from "../../sim/workload/programme.ts";
import { MAX_TEXT } from "../../sim/workload/rtapp/parse.ts";
import { rtAppWorkload } from "../../sim/workload/rtapp/workload.ts";
import { printable } from "../../traces/input-error.ts";
import { readBoundedText } from "../bounded-read.ts";
import { openChipFile } from "../chip/open-chip.ts";
import { usage, wrongValue } from "../option-values.ts";
import { UsageError } from "../report-failure.ts";
import { shownPath } from "../shown-path.ts";
import { isFileName } from "./file-names.ts";
import { parseAssignments, unitsOf } from "./options.ts";

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
  return usage(() => model.workload(parameters), "--param");
}

/** Reads --param, by the units of the model's parameters. @throws UsageError */
export function parseParameters(
  sources: readonly string[],
  texts: readonly string[],
): Record<string, number> {
  if (texts.length === 0) return {};
  if (sources.every(isFileName)) throw new UsageError("--param is for models; rt-app files have none");
  return parseAssignments("--param", texts, unitsOf(modelOf(sources).parameters));
}

/** @throws UsageError for several, and for a name that is not there. */
function modelOf(sources: readonly string[]): Model {
  if (sources.length > 1) throw new UsageError("one model at a time; only rt-app files can be merged");
  const names = MODELS.map((model) => model.name);
  checkName("workload", sources[0], names, "a path to an rt-app file");
  return modelNamed(sources[0]);
}

/** Reads --chip: a preset's name, or the name of a file, which is opened later. @throws UsageError */
export function chipName(text: string, option = "--chip"): string {
  if (!isFileName(text)) checkName(option, text, Object.keys(TOPOLOGY_PRESETS), "a file that describes one");
  return text;
}

/** @throws UsageError for a name that is not there, with the nearest one and a word on files of that name. */
function checkName(option: string, text: string, names: readonly string[], file: string): void {
  if (names.includes(text)) return;
  const known = `${names.join(", ")}, or ${file}`;
  if (text !== "" && existsSync(text))
    throw new UsageError(
      `${option} needs ${known}; for the file of that name write ./${text}, or name it ${text}.json`,
    );
  throw wrongValue(option, `one of ${known}`, text, names);
}

/**
 * A chip by preset name or from a file (or folder) of any form that cli/chip/open-chip.ts knows; one that has no name is
 * called as its file is.
 */
export function openChip(name: string): Topology {
  if (!isFileName(name)) return presetTopology(chipName(name));
  const topology = openChipFile(name);
  return topology.name === printable(name) ? { ...topology, name: printable(shownPath(name)) } : topology;
}
