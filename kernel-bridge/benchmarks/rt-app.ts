import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { isThere } from "../build/source.ts";
import { BRIDGE } from "../cache.ts";
import { shellWords } from "../guest/shell-words.ts";
import { sudo } from "../sudo.ts";

/** An rt-app file as a workload: what runs it, and what must run before. */
export interface RtAppWorkload {
  name: string;
  command: string[];
  setup: string;
  definition: string;
}

/**
 * An rt-app file by path. `run` microseconds are loops of a length that rt-app measures by itself on an idle machine (or that the file
 * gives). In virtual time all CPUs share one stream of instructions, so that a loop takes eight times as long when eight are busy:
 * there the loop is measured while all of them are, and the file gets that length.
 */
export function rtAppWorkload(path: string, virtual: boolean): RtAppWorkload {
  if (virtual) {
    const { setup, parts } = rtAppInVirtualTime([path]);
    return { ...parts[0], setup };
  }
  const { name, definition } = open(path);
  return { name, definition, command: ["rt-app", path], setup: UNLIMITED };
}

/** Several files for one boot in virtual time: the loop is measured once, and each file gets its length. */
export function rtAppInVirtualTime(files: readonly string[]): {
  setup: string;
  parts: Omit<RtAppWorkload, "setup">[];
} {
  const words = ["sh", join(BRIDGE, "benchmarks", "rtapp-calibrate.sh")];
  const parts = files.map((path, i) => {
    const { name, definition } = open(path);
    const calibrated = `/tmp/nicetries-${i}-${name}.json`;
    words.push(path, calibrated);
    return { name, definition, command: ["rt-app", calibrated] };
  });
  return { setup: `${UNLIMITED}\n${shellWords(words)} || exit 126`, parts };
}

/** rt-app locks its memory. */
const UNLIMITED = "ulimit -l unlimited";

function open(path: string): { name: string; definition: string } {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new InputError("no such rt-app file", { file: path, expected: "a file" });
  if (!isThere("rt-app"))
    throw new InputError("rt-app is not installed", { hint: `Type: ${sudo()}apt-get install rt-app` });
  return { name: path.replace(/^.*\//, "").replace(/\.json$/, ""), definition: readFileSync(path, "utf8") };
}
