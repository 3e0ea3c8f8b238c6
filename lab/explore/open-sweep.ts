import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { openSide, type Side } from "../compare/pairs.ts";
import { PLAN_FILE } from "../sweep/merge.ts";
import { readPlan } from "../sweep/plan.ts";
import type { SweepRow } from "../sweep/rows.ts";
import { escaped } from "./named-run.ts";

/** A sweep, whose simulations can be made again: they are deterministic. */
export interface NamedSweep extends Side {
  /** A simulation of the sweep as parseNamedRun() reads it. */
  nameOf(row: SweepRow): string;
}

/** Whether the words name a sweep: its folder, or its results. */
export function isSweep(text: string): boolean {
  const path = existsSync(text) ? text : text.replace(/\?.*/s, "");
  if (!existsSync(path)) return false;
  return statSync(path).isDirectory() ? existsSync(join(path, PLAN_FILE)) : path.endsWith("results.parquet");
}

/** Opens a sweep, as openSide() does. @throws InputError, RequestError */
export async function openSweep(text: string, option: string): Promise<NamedSweep> {
  const side = await openSide(text, option);
  const path = existsSync(text) ? text : text.replace(/\?.*/s, "");
  const planPath = join(statSync(path).isDirectory() ? path : dirname(path), PLAN_FILE);
  const plan = existsSync(planPath) ? readPlan(readFileSync(planPath, "utf8"), planPath) : undefined;
  return {
    ...side,
    nameOf({ cell: { workload, ...cell }, seed }) {
      const duration = plan?.durationNs === undefined ? {} : { duration: `${plan.durationNs}ns` };
      const values = Object.entries({ ...cell, ...duration, seed });
      return `${workload}?${values.map(([name, value]) => `${name}=${escaped(value)}`).join("&")}`;
    },
  };
}
