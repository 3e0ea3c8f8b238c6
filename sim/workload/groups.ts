import { InputError } from "../../traces/input-error.ts";
import { parseCpuList } from "../chip/import/cpu-list.ts";
import { object, only } from "../chip/json-fields.ts";

/** A control group of a simulation, as cgroup v2 has it. Times in ns. */
export interface GroupSpec {
  /** "/web", "/web/worker": where it stands; groups above it that nobody describes are made, too. */
  readonly path: string;
  /** cpu.weight, 1 to 10000; default 100. */
  readonly weight?: number;
  /** cpu.weight.nice, -20 to 19, instead of a weight. */
  readonly weightNice?: number;
  /** cpu.idle */
  readonly idle?: boolean;
  /** cpu.max: run time in each period on all CPUs together; Infinity: no limit. */
  readonly quotaNs?: number;
  readonly periodNs?: number;
  /** cpu.max.burst */
  readonly burstNs?: number;
  /** cpuset.cpus by the kernel's numbers; undefined: those of the group above. */
  readonly cpus?: readonly number[];
  /** Tasks that begin in it, by the workload's names or their comm; `*` stands for anything. */
  readonly tasks?: readonly string[];
  /** Where it is written, for complaints. */
  readonly file?: string;
}

/** Files of a group's folder that are read; docs/workloads.md explains them. */
export const GROUP_FILES = [
  "cpu.weight",
  "cpu.weight.nice",
  "cpu.idle",
  "cpu.max",
  "cpu.max.burst",
  "cpuset.cpus",
  "cgroup.threads",
] as const;

/** Groups that one file may have: each has a queue on every CPU. */
const MAX_GROUPS = 1000;
/** Levels below the root. */
const MAX_DEPTH = 32;

/** "web/" as "/web"; "" and "/" are the root. @throws InputError */
export function groupPath(text: string, file?: string): string {
  const parts = text.split("/").filter((part) => part !== "");
  if (parts.length > MAX_DEPTH || parts.some((part) => part === "." || part === ".."))
    throw new InputError("no path of a group", {
      file,
      found: text,
      expected: `a path such as /web/worker, at most ${MAX_DEPTH} levels deep`,
    });
  return `/${parts.join("/")}`;
}

/**
 * Reads groups from the text of a JSON file: {"/web": {"cpu.weight": 400, "cpu.max": "50000 100000"}}. Values are what stands in
 * the files of a cgroup v2, as text or, where it is one number, as that.
 * @throws InputError
 */
export function readGroups(text: string, file: string): GroupSpec[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError("not JSON", {
      file,
      found: error instanceof Error ? error.message : error,
      expected: 'an object {"/web": {"cpu.weight": 100}, ...}, without comments',
    });
  }
  const entries = Object.entries(object(value, file, ""));
  if (entries.length > MAX_GROUPS)
    throw new InputError("too many groups", {
      file,
      found: entries.length,
      expected: `at most ${MAX_GROUPS}`,
    });
  const seen = new Set<string>();
  return entries.map(([key, settings]) => {
    const path = groupPath(key, file);
    if (path === "/")
      throw new InputError("the root group cannot be changed", {
        file,
        field: key,
        expected: "a path such as /web",
      });
    if (seen.has(path)) throw new InputError("a group is there twice", { file, field: key });
    seen.add(path);
    return readGroup(path, object(settings, file, key), file);
  });
}

function readGroup(path: string, settings: Record<string, unknown>, file: string): GroupSpec {
  only(settings, GROUP_FILES, file, path);
  const field = (name: string) => `${path} ${name}`;
  const content = (name: (typeof GROUP_FILES)[number]): string | undefined => {
    const value = settings[name];
    if (value === undefined) return undefined;
    if (typeof value === "string") return value.trim();
    if (typeof value === "number") return String(value);
    throw new InputError("no content of the file", {
      file,
      field: field(name),
      found: value,
      expected: "a text or a number",
    });
  };
  const integer = (name: (typeof GROUP_FILES)[number], least: number, most: number) => {
    const found = content(name);
    if (found === undefined) return undefined;
    const number = /^[-+]?\d{1,15}$/.test(found) ? Number(found) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InputError("not what the kernel takes", {
      file,
      field: field(name),
      found,
      expected: `an integer, ${least} to ${most}`,
    });
  };
  const weight = integer("cpu.weight", 1, 10_000);
  const weightNice = integer("cpu.weight.nice", -20, 19);
  const idle = integer("cpu.idle", 0, 1);
  if (weight !== undefined && weightNice !== undefined)
    throw new InputError("two weights", { file, field: path, expected: "cpu.weight or cpu.weight.nice" });
  if (idle === 1 && (weight ?? weightNice) !== undefined)
    throw new InputError("an idle group has the least weight", { file, field: path, expected: "no other" });
  const burst = integer("cpu.max.burst", 0, 10 ** 15);
  const cpus = content("cpuset.cpus");
  return {
    path,
    weight,
    weightNice,
    idle: idle === undefined ? undefined : idle === 1,
    ...readMax(content("cpu.max"), file, field("cpu.max")),
    burstNs: burst === undefined ? undefined : burst * 1000,
    cpus:
      cpus === undefined || cpus === ""
        ? undefined
        : parseCpuList(cpus, { file, field: field("cpuset.cpus") }),
    tasks: names(settings["cgroup.threads"], file, field("cgroup.threads")),
    file,
  };
}

/** "50000 100000", "50000", "max 100000", "max": us, the period stays where it is not said. */
function readMax(
  text: string | undefined,
  file: string,
  field: string,
): Pick<GroupSpec, "quotaNs" | "periodNs"> {
  if (text === undefined) return {};
  const match = /^(max|\d{1,13})(?:\s+(\d{1,13}))?$/.exec(text);
  const us = (word: string | undefined, least: number, most: number) => {
    const value = Number(word);
    return word === undefined || (value >= least && value <= most) ? value : Number.NaN;
  };
  const quota = match?.[1] === "max" ? Number.POSITIVE_INFINITY : us(match?.[1], 1000, 2 ** 44 - 1);
  const period = us(match?.[2], 1000, 1_000_000);
  if (match && !Number.isNaN(quota) && (match[2] === undefined || !Number.isNaN(period)))
    return { quotaNs: quota * 1000, periodNs: match[2] === undefined ? undefined : period * 1000 };
  throw new InputError("not what the kernel takes", {
    file,
    field,
    found: text,
    expected:
      'microseconds in each period, "50000 100000", or "max": at least 1000, the period at most 1000000',
  });
}

function names(value: unknown, file: string, field: string): string[] | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === "string" ? value.split(/\s+/).filter((name) => name !== "") : value;
  if (Array.isArray(list) && list.every((name) => typeof name === "string")) return list;
  throw new InputError("no names of tasks", {
    file,
    field,
    found: value,
    expected: 'a text or a list of them, such as "web db-*"',
  });
}
