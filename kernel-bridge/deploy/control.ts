import { existsSync, readFileSync } from "node:fs";
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

/** The counters file as numbers by name. */
export function parseCounters(text: string): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const [, name, value] of text.matchAll(/^(\w+) (\d+)$/gm)) counters[name] = Number(value);
  return counters;
}
