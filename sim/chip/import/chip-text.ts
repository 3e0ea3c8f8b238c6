import { InputError } from "../../../traces/input-error.ts";
import { parseJson } from "../../../traces/json.ts";
import type { Topology } from "../topology.ts";
import { validateTopology } from "../topology-json.ts";
import { hwlocChip } from "./hwloc.ts";
import { lscpuJsonSummary, lscpuText } from "./lscpu-summary.ts";
import { lscpuExtended, lscpuJsonTable, lscpuParsable } from "./lscpu-table.ts";

/** What a chip may be written in, for messages. */
export const CHIP_FORMS =
  "a chip file (docs/chips.md), lscpu -J, lscpu -J -e, lscpu -p, lstopo's XML, or a copy of /sys/devices/system/cpu";

/**
 * Reads a chip from a text of any of the forms, told apart by what it says.
 * @throws InputError with file and, where there are any, line and field.
 */
export function chipFromText(text: string, file: string): Topology {
  const start = text
    .slice(0, 4096)
    .replace(/^\uFEFF/, "")
    .trimStart();
  if (start.startsWith("<")) return hwlocChip(text, file);
  if (start.startsWith("{") || start.startsWith("[")) return chipFromJson(text, file);
  if (/^#.*\bCPU\b/im.test(start) || /^\d+,\d/.test(start)) return lscpuParsable(text, file);
  if (/^CPU\s+(\S+\s+)*(CORE|SOCKET|NODE)\b/i.test(start)) return lscpuExtended(text, file);
  if (/^(Architecture|Architektur|CPU\(s\))\s*:/m.test(start)) return lscpuText(text, file);
  throw new InputError("nothing that describes a chip", {
    file,
    found: start.split("\n", 1)[0],
    expected: CHIP_FORMS,
  });
}

function chipFromJson(text: string, file: string): Topology {
  const value = parseJson(text, {
    file,
    problem: "not JSON",
    expected: 'an object {"name": ..., "cpus": [...]}, without comments, or what lscpu -J writes',
  });
  const { lscpu, cpus } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (Array.isArray(lscpu)) return lscpuJsonSummary(lscpu, file);
  if (Array.isArray(cpus) && cpus.some((cpu) => typeof cpu === "object" && cpu !== null && "cpu" in cpu))
    return lscpuJsonTable(cpus, file);
  return validateTopology(value, file);
}
