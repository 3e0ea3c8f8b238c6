import type { Topology } from "../sim/chip/topology.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import type { GroupSpec } from "../sim/workload/groups.ts";
import type { Workload } from "../sim/workload/programme.ts";
import { readGroups } from "../sim/workload/read-groups.ts";
import { MAX_TEXT } from "../sim/workload/rtapp/parse.ts";
import { rtAppWorkload } from "../sim/workload/rtapp/workload.ts";
import { InputError, printable } from "../traces/input-error.ts";
import { RECORDING_NAMES } from "../traces/timelines/format.ts";
import { openChipFile } from "./chip/open-chip.ts";
import { readBoundedText } from "./files/bounded-read.ts";
import { isFileName } from "./files/file-names.ts";
import { shownPath } from "./files/shown-path.ts";
import { chipName, modelWorkload } from "./names.ts";

/** Reads a text file that people write by hand; what is longer than 16 MB is none. */
const readSmallText = (path: string): string => readBoundedText(path, MAX_TEXT, "a workload");

/** A benchmark model by name, or one or several rt-app files that make one workload. */
export function openWorkload(
  sources: readonly string[],
  parameters: Readonly<Record<string, number>> = {},
): Workload {
  return sources.every(isFileName) ? rtAppFiles(sources) : modelWorkload(sources, parameters);
}

/** @throws InputError, which for a file that is not called as rt-app files are says what else it might have been */
function rtAppFiles(sources: readonly string[]): Workload {
  try {
    return rtAppWorkload(sources.map((name) => ({ name, text: readSmallText(name) })));
  } catch (error) {
    if (!(error instanceof InputError) || error.details.hint !== undefined) throw error;
    if (sources.some((name) => /\.(json|ya?ml)$/i.test(name))) throw error;
    throw new InputError(error.problem, {
      ...error.details,
      hint: `Nor is it a recording: ${RECORDING_NAMES}.`,
    });
  }
}

/** Control groups from a file. @throws InputError */
export const openGroups = (path: string): GroupSpec[] =>
  readGroups(readBoundedText(path, MAX_TEXT, "groups"), shownPath(path));

/**
 * A chip by preset name or from a file (or folder) of any form that chip/open-chip.ts knows; one that has no name is
 * called as its file is.
 */
export function openChip(name: string, option = "chip"): Topology {
  if (!isFileName(name)) return presetTopology(chipName(name, option));
  const topology = openChipFile(name);
  return topology.name === printable(name) ? { ...topology, name: printable(shownPath(name)) } : topology;
}
