import { z } from "zod";
import { InputError } from "../../traces/input-error.ts";
import { checked, onlyObject, parseJson } from "../../traces/json.ts";
import { parseCpuList } from "../chip/import/cpu-list.ts";
import { type GroupSpec, groupPath } from "./groups.ts";

/** Groups that one file may have: each has a queue on every CPU. */
const MAX_GROUPS = 1000;
/** What stands in a file of the group, as text. */
const content = z
  .union([z.string(), z.number()], "no content of the file; a text or a number")
  .transform((value) => String(value).trim());

const integer = (least: number, most: number) =>
  content
    .refine(
      (text) => /^[-+]?\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `not what the kernel takes; an integer, ${least} to ${most}`,
    )
    .transform(Number)
    .optional();

const names = z
  .union([z.string(), z.array(z.string())], 'no names of tasks; a text or a list of them, such as "web db-*"')
  .transform((value) =>
    typeof value === "string" ? value.split(/\s+/).filter((name) => name !== "") : value,
  );

const MAX =
  'not what the kernel takes; microseconds in each period, "50000 100000", or "max": at least 1000, the period at most 1000000';

const GROUP = onlyObject({
  "cpu.weight": integer(1, 10_000),
  "cpu.weight.nice": integer(-20, 19),
  "cpu.idle": integer(0, 1),
  "cpu.max": content.refine((text) => readMax(text) !== undefined, MAX).optional(),
  "cpu.max.burst": integer(0, 10 ** 15),
  "cpuset.cpus": content.optional(),
  "cgroup.threads": names.optional(),
});

/** Files of a group's folder that are read; docs/workloads.md explains them. */
export const GROUP_FILES = Object.keys(GROUP.shape);

/**
 * Reads groups from the text of a JSON file: {"/web": {"cpu.weight": 400, "cpu.max": "50000 100000"}}. Values are what stands in
 * the files of a cgroup v2, as text or, where it is one number, as that.
 * @throws InputError
 */
export function readGroups(text: string, file: string): GroupSpec[] {
  const expected = 'an object {"/web": {"cpu.weight": 100}, ...}, without comments';
  const value = parseJson(text, { file, problem: "not JSON", expected });
  const any = z.record(z.string(), z.unknown(), "an object");
  const entries = Object.entries(checked(any, value, { file, problem: "not an object" }));
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
    if (seen.has(path))
      throw new InputError("a group is there twice", {
        file,
        field: key,
        found: path,
        expected: "each path once",
      });
    seen.add(path);
    return readGroup(path, settings, file);
  });
}

function readGroup(path: string, settings: unknown, file: string): GroupSpec {
  const group = checked(GROUP, settings, { file, field: path, problem: "no such setting" });
  const {
    "cpu.weight": weight,
    "cpu.weight.nice": weightNice,
    "cpu.idle": idle,
    "cpuset.cpus": cpus,
  } = group;
  if (weight !== undefined && weightNice !== undefined)
    throw new InputError("two weights", {
      file,
      field: path,
      found: `cpu.weight ${weight} and cpu.weight.nice ${weightNice}`,
      expected: "one of the two",
    });
  if (idle === 1 && (weight ?? weightNice) !== undefined)
    throw new InputError("an idle group has the least weight", {
      file,
      field: path,
      found: weight === undefined ? `cpu.weight.nice ${weightNice}` : `cpu.weight ${weight}`,
      expected: "no other beside cpu.idle 1",
    });
  const burst = group["cpu.max.burst"];
  const max = group["cpu.max"];
  return {
    path,
    weight,
    weightNice,
    idle: idle === undefined ? undefined : idle === 1,
    ...(max === undefined ? {} : readMax(max)),
    burstNs: burst === undefined ? undefined : burst * 1000,
    cpus: cpus ? parseCpuList(cpus, { file, field: `${path}.cpuset.cpus` }) : undefined,
    tasks: group["cgroup.threads"],
    file,
  };
}

/** "50000 100000", "50000", "max 100000", "max": us, the period stays where it is not said. */
function readMax(text: string): Pick<GroupSpec, "quotaNs" | "periodNs"> | undefined {
  const [, quota, period] = /^(max|\d{1,13})(?:\s+(\d{1,13}))?$/.exec(text) ?? [];
  const ns = (word: string, most: number) =>
    Number(word) >= 1000 && Number(word) <= most ? Number(word) * 1000 : undefined;
  if (quota === undefined) return undefined;
  const quotaNs = quota === "max" ? Number.POSITIVE_INFINITY : ns(quota, 2 ** 44 - 1);
  const periodNs = period === undefined ? undefined : ns(period, 1_000_000);
  if (quotaNs === undefined || (period !== undefined && periodNs === undefined)) return undefined;
  return { quotaNs, periodNs };
}
