import { InputError } from "../traces/input-error.ts";
import { type ComparedMetric, type Verdict, verdictCounts } from "./compare.ts";
import { type Control, stands } from "./control.ts";

/** A comparison of one workload, as `nicetries fidelity --json` prints it and as it is stored. */
export interface FidelityResult {
  workload: string;
  /** sha256 of the file's text. */
  workloadHash: string;
  /** Cores x threads. */
  chip: string;
  migrationCostNs: number;
  /** Observed on each side, of its own time. */
  seconds: number;
  boots: number;
  seeds: number;
  metrics: ComparedMetric[];
  controls: Control[];
  /** What the real side was recorded with. */
  real: Readonly<Record<string, string>>;
  tool: string;
}

/** Whether no metric differs, and a control was found out. */
export function isFaithful({ metrics, controls }: Pick<FidelityResult, "metrics" | "controls">): boolean {
  return verdictCounts(metrics).differs === 0 && stands(controls);
}

const VERDICTS: readonly Verdict[] = ["agrees", "differs", "cannot tell"];

/** Reads a stored result. @throws InputError for a file that is none */
export function parseResult(text: string, file: string): FidelityResult {
  const fail = (found: string, expected: string): never => {
    throw new InputError("this is no stored comparison", { file, found, expected });
  };
  const value = (() => {
    try {
      return JSON.parse(text) as FidelityResult;
    } catch {
      return fail("no JSON", "what nicetries fidelity --out writes");
    }
  })();
  for (const name of ["workload", "workloadHash", "chip"] as const)
    if (typeof value?.[name] !== "string") fail(`${name}: ${value?.[name]}`, "a text");
  if (!Array.isArray(value.metrics) || !Array.isArray(value.controls))
    fail("no lists", "metrics and controls");
  const isRange = (range: unknown) =>
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite);
  for (const { name, simulated, real, events, verdict } of value.metrics)
    if (![simulated, real, events].every(isRange) || !VERDICTS.includes(verdict))
      fail(`metric ${name}`, "two ranges, two numbers of events and a verdict");
  return value;
}
