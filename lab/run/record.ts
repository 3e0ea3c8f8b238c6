import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { RequestError } from "../../traces/input-error.ts";
import { sha256 } from "../../traces/sha256.ts";
import type { RunPlan } from "./plan.ts";

/** What a run was asked for. */
export interface RunRecord {
  /** Version of nicetries. */
  version: string;
  quick: boolean;
  plan: RunPlan;
}

/** Folders of a run, and its files beside them; `plan.json` holds the record. */
export const FOLDERS = ["inputs", "traces", "models", "steps"] as const;
const RECORD = "plan.json";
const FILES = [RECORD, "results.json", "report.html", "explorer.html"];

/** Two runs with equal hashes give equal files. */
export const recordHash = (record: RunRecord): string => sha256(JSON.stringify(record));

/**
 * Records in the run's folder what is asked for, before anything else is written there. A folder that holds a run of the
 * same record is gone on with, whatever its state; one that holds another run is left as it is.
 *
 * @param say Told about a record that had to be written again.
 * @throws RequestError with what differs.
 */
export function recordPlan(dir: string, wanted: RunRecord, say: (text: string) => void): void {
  const path = join(dir, RECORD);
  const found = readRecord(path);
  if (typeof found !== "string") {
    if (recordHash(found) === recordHash(wanted)) return;
    throw otherRun(`${dir}, which holds a run with ${differences(found, wanted)}`);
  }
  const steps = recordsOfSteps(dir);
  if (
    steps.some((hash) => hash !== recordHash(wanted)) ||
    (steps.length === 0 && existsSync(join(dir, "results.json")))
  )
    throw otherRun(`${dir}, which holds another run, or one that is damaged: ${path} is ${found}`);
  if (steps.length > 0) say(`${path} is ${found}: written again`);
  writeFileAtomic(path, `${JSON.stringify({ sha256: recordHash(wanted), ...wanted }, null, 1)}\n`);
}

const otherRun = (which: string): RequestError =>
  new RequestError("name", `leads to ${which}`, { code: "other-run", hint: "Take another name" });

function readRecord(path: string): RunRecord | "damaged" | "missing" {
  if (!existsSync(path)) return "missing";
  try {
    const { sha256: sum, ...record } = JSON.parse(readFileSync(path, "utf8"));
    return sum === recordHash(record) ? record : "damaged";
  } catch {
    return "damaged";
  }
}

/** The hashes of the records that the kept steps were made for; "" for what cannot be read. */
function recordsOfSteps(dir: string): string[] {
  const folder = join(dir, "steps");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  return names.map((name) => {
    try {
      return String(JSON.parse(readFileSync(join(folder, name), "utf8")).record);
    } catch {
      return "";
    }
  });
}

/** "seed 1 (asked for: seed 7), the quick job (asked for: the whole job)" */
function differences(found: RunRecord, wanted: RunRecord): string {
  const words = ({ version, quick, plan }: RunRecord) => [
    `seed ${plan.seed}`,
    `chip ${plan.chip.name}`,
    quick ? "the quick job" : "the whole job",
    `nicetries ${version}`,
  ];
  const now = words(wanted);
  const different = words(found).flatMap((word, i) =>
    word === now[i] ? [] : `${word} (asked for: ${now[i]})`,
  );
  return different.join(", ") || "the same options, whose chip or workload files had other contents";
}

/** The folder knows what its run was asked for: the same command goes on with it. */
export const isRecorded = (dir: string): boolean => existsSync(join(dir, RECORD));

/** Removes what a run has written, and nothing else that lies in its folder. */
export function clearRun(dir: string): void {
  for (const name of [...FILES, ...FOLDERS]) rmSync(join(dir, name), { recursive: true, force: true });
}
