import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readBounded, readBoundedText } from "../lab/files/bounded-read.ts";
import { InputError } from "../traces/input-error.ts";
import { isStandardOutput } from "../traces/standard-output.ts";

/** Largest scenario file and largest dump (unpacked) read, bytes. */
const MAX_SCENARIO = 64 * 2 ** 20;
const MAX_DUMP = 500 * 2 ** 20;

export interface LockstepFile {
  /** File name without .scn. */
  name: string;
  path: string;
  /** Dump beside it, or null. */
  dump: string | null;
  /** What lies beside it under the name of a dump and is none, in words. */
  passedOver: string | null;
  /** There is an empty file under the name of a dump, as a kernel that failed leaves it. */
  emptyDump: boolean;
}

/** The scenarios that PATH stands for: itself, or all of a directory (not of its subdirectories). */
export function findScenarios(path: string): LockstepFile[] {
  if (!statSync(path).isDirectory()) return [entry(path)];
  const names = readdirSync(path).sort();
  const scenarios = names.filter((name) => name.endsWith(".scn") && !isStandardOutput(join(path, name)));
  if (scenarios.length === 0) {
    const below = names.filter((name) => statSync(join(path, name)).isDirectory());
    throw new InputError("no scenario here", {
      file: path,
      expected: "files NAME.scn",
      hint: below.length > 0 ? `Name one of its directories: ${below.join(", ")}` : "Name another directory",
    });
  }
  return scenarios.map((name) => entry(join(path, name)));
}

function entry(path: string): LockstepFile {
  const stem = path.replace(/\.scn$/, "");
  const there = (path.endsWith(".scn") ? [`${stem}.txt.gz`, `${stem}.txt`] : []).filter((file) =>
    statSync(file, { throwIfNoEntry: false })?.isFile(),
  );
  const dump = there.find((file) => whyNoDump(file) === null) ?? null;
  const passedOver = there.map((file) => [file, whyNoDump(file)]).filter(([, why]) => why !== null);
  return {
    name: basename(stem),
    path,
    dump,
    passedOver: passedOver.map(([file, why]) => `${file} ${why}`).join(", ") || null,
    emptyDump: passedOver.some(([, why]) => why === EMPTY),
  };
}

const EMPTY = "is empty";

/** Why a file is no dump although it has the name of one: the shell makes `lockstep a.scn > a.txt` of that kind. */
function whyNoDump(path: string): string | null {
  if (isStandardOutput(path)) return "is where standard output goes";
  return statSync(path).size === 0 ? EMPTY : null;
}

/** Text of a scenario. @throws InputError where it is too large, empty or no text. */
export function readScenario(path: string): string {
  const text = readBoundedText(path, MAX_SCENARIO, "a scenario");
  if (text.trim() !== "") return text;
  throw new InputError("the scenario is empty", {
    file: path,
    expected: "tasks and steps (docs/lockstep.md)",
  });
}

/** Text of a dump, plain or .gz. @throws InputError where it is too large or broken. */
export function readDump(path: string): string {
  const data = readBounded(path, MAX_DUMP, "a dump");
  if (data.length === 0)
    throw new InputError("the dump is empty", {
      file: path,
      expected: "what a kernel or `nicetries lockstep` printed",
    });
  if (!path.endsWith(".gz")) return data.toString();
  try {
    return gunzipSync(data, { maxOutputLength: MAX_DUMP }).toString();
  } catch (error) {
    throw new InputError("cannot be unpacked", {
      file: path,
      found: error instanceof Error ? error.message : error,
      expected: `a gzip file of at most ${MAX_DUMP} bytes unpacked`,
    });
  }
}
