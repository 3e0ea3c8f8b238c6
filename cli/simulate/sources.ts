import type { Topology } from "../../sim/chip/topology.ts";
import { parseTopology } from "../../sim/chip/topology-json.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { modelNamed } from "../../sim/workload/models/catalogue.ts";
import type { Workload } from "../../sim/workload/programme.ts";
import { MAX_TEXT } from "../../sim/workload/rtapp/parse.ts";
import { rtAppWorkload } from "../../sim/workload/rtapp/workload.ts";
import { readBounded } from "../bounded-read.ts";
import { UsageError } from "../report-failure.ts";

/** Reads a text file that people write by hand; what is longer than 16 MB is none. */
const readSmallText = (path: string): string =>
  readBounded(path, MAX_TEXT, "a workload or a chip").toString("utf8");

const isFile = (source: string): boolean => /\.json$|\//.test(source);

/** A benchmark model by name, or one or several rt-app files that make one workload. */
export function openWorkload(
  sources: readonly string[],
  parameters: Readonly<Record<string, number>> = {},
): Workload {
  if (sources.every(isFile)) {
    if (Object.keys(parameters).length > 0)
      throw new UsageError("--param is for models; rt-app files have none");
    return rtAppWorkload(sources.map((name) => ({ name, text: readSmallText(name) })));
  }
  if (sources.length > 1) throw new UsageError("one model at a time; only rt-app files can be merged");
  return modelNamed(sources[0]).workload(parameters);
}

/** A chip by preset name or from a JSON file. */
export function openChip(name: string): Topology {
  return isFile(name) ? parseTopology(readSmallText(name), name) : presetTopology(name);
}
