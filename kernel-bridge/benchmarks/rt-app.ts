import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
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
    const { setup, parts } = rtAppInVirtualTime([{ path }]);
    return { ...parts[0], setup };
  }
  const { name, definition } = open(path);
  return { name, definition, command: ["rt-app", path], setup: UNLIMITED };
}

/** An rt-app file that is run in virtual time. */
export interface RtAppFile {
  path: string;
  /** Control groups of its tasks, by the names that the kernel knows them by. */
  groups?: ReadonlyMap<string, string>;
}

/** Several files for one boot in virtual time: the loop is measured once, and each file gets its length. */
export function rtAppInVirtualTime(files: readonly RtAppFile[]): {
  setup: string;
  parts: Omit<RtAppWorkload, "setup">[];
} {
  const words = [CALIBRATE];
  const parts = files.map(({ path, groups = new Map() }, i) => {
    const { name, definition } = open(path);
    const calibrated = `/tmp/nicetries-${i}-${name}.json`;
    words.push(resolve(path), calibrated);
    const pairs = Array.from(groups, ([task, group]) => `${task}=${group}`);
    const command = pairs.length > 0 ? [IN_GROUPS, calibrated, ...pairs] : ["rt-app", calibrated];
    return { name, definition, command };
  });
  return { setup: `${UNLIMITED}\n${shellWords(words)} || exit 126`, parts };
}

const CALIBRATE = join(BRIDGE, "benchmarks", "rtapp-calibrate.py");
const IN_GROUPS = join(BRIDGE, "benchmarks", "rtapp-groups.sh");

/** The length that was measured, from what the setup has printed, ns; undefined where it did not come that far. */
export function measuredLoop(output: string): number | undefined {
  const found = /^rt-app loop: (\d+) ns\r?$/m.exec(output);
  return found ? Number(found[1]) : undefined;
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
