import type { Topology } from "../sim/chip/topology.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import type { GroupSpec } from "../sim/workload/groups.ts";
import type { Workload } from "../sim/workload/programme.ts";
import { readGroups } from "../sim/workload/read-groups.ts";
import { MAX_TEXT } from "../sim/workload/rtapp/parse.ts";
import { rtAppWorkload } from "../sim/workload/rtapp/workload.ts";
import { printable } from "../traces/input-error.ts";
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
  if (sources.every(isFileName))
    return rtAppWorkload(sources.map((name) => ({ name, text: readSmallText(name) })));
  return modelWorkload(sources, parameters);
}

/** Control groups from a file. @throws InputError */
export const openGroups = (path: string): GroupSpec[] =>
  readGroups(readBoundedText(path, MAX_TEXT, "groups"), shownPath(path));

/**
 * A chip by preset name or from a file (or folder) of any form that chip/open-chip.ts knows; one that has no name is
 * called as its file is.
 */
export function openChip(name: string): Topology {
  if (!isFileName(name)) return presetTopology(chipName(name));
  const topology = openChipFile(name);
  return topology.name === printable(name) ? { ...topology, name: printable(shownPath(name)) } : topology;
}
