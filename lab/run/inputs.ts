/** What a run reads: its chip, the rt-app file and the real traces. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { InputError } from "../../traces/input-error.ts";
import { openChip } from "../sources.ts";

export interface RunChip {
  name: string;
  cpus: number;
  /** What a simulation is given as its chip: a preset, or the copy of the user's file in the run's folder. */
  option: string;
}

export interface RunInputs {
  chip: RunChip;
  rtApp: { name: string; source: string };
  /** Texts to keep in the run's folder, by path. */
  texts: Record<string, string>;
}

const RT_APP = "traces/real/rtapp-nine-busy.json";

/**
 * Reads chip and rt-app file. A run keeps them in its own folder `dir`, so that its commands still mean the same when the
 * files they came from have changed.
 * @param root Folder of the repository or of the installed package.
 */
export function readInputs(chipOption: string, dir: string, root: string): RunInputs {
  const texts: Record<string, string> = {};
  const keep = (name: string, text: string): string => {
    const path = join(dir, "inputs", name);
    texts[path] = text;
    return path;
  };
  const topology = openChip(chipOption);
  const chip: RunChip = { name: topology.name, cpus: topology.cpus.length, option: chipOption };
  if (!Object.hasOwn(TOPOLOGY_PRESETS, chipOption)) {
    chip.name = basename(topology.name);
    chip.option = keep("chip.json", `${JSON.stringify({ ...topology, name: chip.name })}\n`);
  }
  const rtApp = rtAppFor(chip.cpus, root);
  return { chip, rtApp: { name: rtApp.name, source: keep(`${rtApp.name}.json`, rtApp.text) }, texts };
}

/** The file of the real trace of the same name on 8 CPUs; on others as many tasks more or fewer, one busy one too many. */
function rtAppFor(cpus: number, root: string): { name: string; text: string } {
  const path = join(root, RT_APP);
  if (!existsSync(path))
    throw new InputError("the workload's file is missing", {
      file: relative(process.cwd(), path),
      expected: "an rt-app file",
      hint: `Restore it with \`git checkout ${RT_APP}\``,
    });
  const text = readFileSync(path, "utf8");
  if (cpus === 8) return { name: "rtapp-nine-busy", text };
  const file = JSON.parse(text);
  const { busy, tick } = file.tasks;
  busy.instance = cpus + 1;
  tick.instance = Math.max(1, Math.round((tick.instance * cpus) / 8));
  return { name: `rtapp-${cpus + 1}-busy`, text: `${JSON.stringify(file)}\n` };
}

/** A recording to judge on: where it comes from, and where the run reads it. */
export interface RealTrace {
  from: string;
  path: string;
}

/** Second boots of the recorded workloads on the chip that a run has by default, both migration costs; first boots are to learn from. */
const REAL_TRACES = "traces/real/virtual-time";
export const REAL_PATTERN = "*-4x2-*-test.parquet";
const isJudged = new RegExp(`^${REAL_PATTERN.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);

/**
 * The real traces of the repository (or of an installed package) that a run judges on. What does not lie in the working directory is read from a
 * copy in the run's folder: commands then work without the machine's own paths, and show none.
 */
export function findRealTraces(root: string, dir: string): RealTrace[] {
  const folder = join(root, REAL_TRACES);
  const files = existsSync(folder) ? readdirSync(folder).filter((f) => isJudged.test(f)) : [];
  if (files.length === 0)
    throw new InputError("no real traces", {
      file: relative(process.cwd(), folder),
      expected: REAL_PATTERN,
      hint: `They are part of the repository: restore them with \`git checkout ${REAL_TRACES}\``,
    });
  return files.sort().map((name) => {
    const from = relative(process.cwd(), join(folder, name));
    return { from, path: /^\.\.|^\//.test(from) ? join(dir, "inputs", name) : from };
  });
}
