import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { BRIDGE, cacheFolder, contentHash } from "../cache.ts";
import { shellWords } from "../guest/shell-words.ts";
import { runProcess } from "../run-process.ts";

/** Modes of the patched kernel (include/linux/ml_migrate.h). */
export const MODES = ["off", "shadow", "decide", "premigrate"] as const;
export type Mode = (typeof MODES)[number];
export const ARITHMETICS = ["fixed", "float"] as const;
export type Arithmetic = (typeof ARITHMETICS)[number];

/** ML_NR_SLOTS of the kernel. */
export const SLOTS = 8;
/** Longest name of a task, and so of a pattern for it. */
export const COMM_BYTES = 15;

/** The control folder of a running patched kernel. */
export const CONTROL = "/sys/kernel/debug/ml_migrate";

/** Compiles the program that talks to the system call, unless the cache has it; returns its path. */
export async function controlProgram(): Promise<string> {
  const source = join(BRIDGE, "deploy", "nt_control.c");
  const headers = join(BRIDGE, "linux", "new", "include", "uapi");
  const hash = contentHash([
    ["source", readFileSync(source)],
    ["header", readFileSync(join(headers, "linux", "ml_migrate.h"))],
  ]);
  const target = join(cacheFolder("bin"), `nt_control-${hash.slice(0, 12)}`);
  if (existsSync(target)) return target;
  const result = await runProcess("gcc", [
    ...["-std=gnu11", "-O2", "-Wall", "-static", "-idirafter", headers, "-o", `${target}.part`, source],
  ]);
  if (result.code !== 0)
    throw new InputError("the control program does not compile", {
      file: source,
      found: result.stderr.trim().split("\n")[0],
      hint: "Install gcc, libc6-dev and linux-libc-dev",
    });
  await runProcess("mv", [`${target}.part`, target]);
  return target;
}

/** A rule that sends tasks to another slot's model. */
export interface Rule {
  kind: "comm" | "cgroup";
  /** Shell pattern for the task's name, or the path of a cgroup folder. */
  what: string;
}

export interface Deployment {
  /** Path of the model file, as the machine that runs the kernel sees it. */
  model: string;
  slot: number;
  mode: Mode;
  arithmetic: Arithmetic;
  rules?: readonly Rule[];
}

/** Shell lines that install a model and set the mode; they end the script with exit code 1 when the kernel refuses. */
export function deploymentScript(control: string, deployment: Deployment): string {
  const { model, slot, mode, arithmetic, rules = [] } = deployment;
  return [
    `[ -d ${CONTROL} ] || { echo 'this kernel is not the patched one, or debugfs is not mounted' >&2; exit 1; }`,
    `${shellWords([control, "install", String(slot), model])} || exit 1`,
    ...rules.map(
      ({ kind, what }) => `${shellWords([control, "rule-add", String(slot), kind, what])} || exit 1`,
    ),
    `echo ${arithmetic} > ${CONTROL}/arithmetic && echo ${mode} > ${CONTROL}/mode || exit 1`,
  ].join("\n");
}

/** What the patched kernel running right here says of itself. */
export interface ControlStatus {
  mode: string;
  arithmetic: string;
  watchdog: string;
  /** Why the watchdog returned to CFS; undefined if it did not. */
  tripped?: string;
  models: string[];
  rules: string[];
  counters: Record<string, number>;
  /** Bytes: of all models by ksize(), and of the per-CPU counters. */
  memory: Record<string, number>;
}

export function controlStatus(folder = CONTROL): ControlStatus {
  const read = (name: string) => readControl(folder, name);
  const chosen = (name: string) => /\[(\w+)\]/.exec(read(name))?.[1] ?? "";
  const lines = (name: string) => read(name).split("\n").filter(Boolean);
  return {
    mode: chosen("mode"),
    arithmetic: chosen("arithmetic"),
    watchdog: chosen("watchdog"),
    tripped: tripReason(read("refusal")),
    models: lines("models"),
    rules: lines("rules"),
    counters: parseCounters(read("counters")),
    memory: parseCounters(read("memory")),
  };
}

/** Writes one of the switches of the patched kernel running right here. */
export function setControl(name: string, value: string, folder = CONTROL): void {
  readControl(folder, name);
  writeFileSync(join(folder, name), value);
}

/** Calls the system call of the kernel running right here. */
export async function runControl(...words: string[]): Promise<void> {
  readControl(CONTROL, "mode");
  const { code, stderr } = await runProcess(await controlProgram(), words);
  if (code !== 0)
    throw new InputError("the kernel refused", {
      found: stderr.trim().replaceAll("nt_control: ", "").replaceAll("\n", "; "),
      hint: "nicetries kernel control status lists models and rules",
    });
}

function readControl(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch (error) {
    throw new InputError("no patched kernel to control here", {
      file: join(folder, name),
      found: (error as NodeJS.ErrnoException).code,
      expected: "root on a running patched kernel, with debugfs mounted",
      hint: "In a guest: nicetries kernel boot --kernel patched",
    });
  }
}

/** The watchdog's reason in the file `refusal`. */
export const tripReason = (refusal: string): string | undefined => /^watchdog: (.*?)\r?$/m.exec(refusal)?.[1];

/** The counters file as numbers by name. */
export function parseCounters(text: string): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const [, name, value] of text.matchAll(/^(\w+) (\d+)$/gm)) counters[name] = Number(value);
  return counters;
}
