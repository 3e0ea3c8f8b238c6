/**
 * Which columns a network sees, and through which integer transform.
 *
 * The sets `e1`, `e2`, `e3` are the inputs of the three experiments of M. Pinto's thesis (UTEC 2024, section 5), raw.
 * Their honest variants leave out what names the run instead of the situation: absolute clocks (`ts`, `start_runtime`,
 * `task_vruntime`), `pid` and CPU numbers. The set `wide` adds the context that the rule of `can_migrate_task` itself
 * uses, takes `delta` relative to the migration cost, and squeezes heavy-tailed columns by log2 or clipping. `wide-forced` adds whether
 * the same move was forced before, for histories.
 */
import { InputError } from "../traces/input-error.ts";
import { NUMERIC_COLUMNS, type NumericColumn, type Target } from "../traces/schema.ts";
import { FEATURES, type FeatureName, featureByName, isDerived, OUTCOME_COLUMNS } from "./features.ts";
import type { InputSpec, Transform } from "./net.ts";
import { LOG2_UNIT } from "./transform.ts";

/** An input before normalisation: column and transform, no offset or scale yet. */
export type FeatureSpec = Pick<InputSpec, "feature" | "transform" | "clipLow" | "clipHigh">;

/** A raw column: flags as flags, everything else as the value itself. */
export function raw(feature: FeatureName): FeatureSpec {
  const isFlag = !isDerived(feature) && NUMERIC_COLUMNS[feature].kind === "flag";
  const transform: Transform = isFlag ? "flag" : "identity";
  return { feature, transform, clipLow: 0, clipHigh: 0 };
}

export function log2(feature: FeatureName): FeatureSpec {
  return { feature, transform: "log2", clipLow: 0, clipHigh: 0 };
}

export function clipped(feature: FeatureName, clipLow: number, clipHigh: number): FeatureSpec {
  return { feature, transform: "clipped", clipLow, clipHigh };
}

/** E1 (replicates MLLB): predict the decision of this call. */
const E1_COLUMNS: readonly NumericColumn[] = [
  "task_util_avg",
  "delta",
  "task_nr_migrations",
  "pid",
  "sd_nr_balance_failed",
  "task_vruntime",
  "cpu_idle",
];

/** E2: this call belongs to a history that ends in a forced migration. */
const E2_COLUMNS: readonly NumericColumn[] = [
  "cpu_idle",
  "task_nr_migrations",
  "cpu_newly_idle",
  "ts",
  "delta",
  "sd_cache_nice_tries",
  "start_runtime",
  "src_rq_nr_running",
  "task_util_avg",
  "sd_nr_balance_failed",
];

/** E3, with the `dst_cpu` of Table 5.7 as the seventh input: this very call is a forced migration. */
const E3_COLUMNS: readonly NumericColumn[] = [
  "cpu_idle",
  "cpu_newly_idle",
  "task_util_avg",
  "sd_nr_balance_failed",
  "sd_cache_nice_tries",
  "delta",
  "dst_cpu",
];

/** Columns that tell runs and moments apart rather than situations. */
export const NAMES_THE_RUN: ReadonlySet<NumericColumn> = new Set([
  "ts",
  "start_runtime",
  "task_vruntime",
  "pid",
  "dst_cpu",
  "src_cpu",
]);
const honest = (columns: readonly NumericColumn[]) => columns.filter((c) => !NAMES_THE_RUN.has(c)).map(raw);

/** `coldness` twice: over eight octaves to both sides, and close to the border between hot and cold. */
const WIDE: FeatureSpec[] = [
  clipped("coldness", -8 * LOG2_UNIT, 8 * LOG2_UNIT),
  clipped("coldness", -LOG2_UNIT / 16, LOG2_UNIT / 16),
  raw("task_running"),
  raw("task_affine"),
  raw("task_buddy"),
  raw("lb_active"),
  raw("sd_share_capacity"),
  raw("cpu_idle"),
  raw("cpu_newly_idle"),
  clipped("sd_cache_nice_tries", 0, 3),
  clipped("sd_nr_balance_failed", 0, 7),
  clipped("dst_rq_nr_running", 0, 3),
  log2("src_rq_nr_running"),
  log2("task_nr_migrations"),
  clipped("task_util_avg", 0, 1024),
];

/**
 * The inputs of MLLB (Chen et al., APSys 2020) that a machine with one node has: how hot the task is, is the CPU idle and newly so, lengths and
 * loads of both queues, failures and those that are borne (there their difference), a buddy. Five more of its fifteen are about nodes.
 */
const MLLB: FeatureSpec[] = [
  clipped("coldness", -8 * LOG2_UNIT, 8 * LOG2_UNIT),
  raw("cpu_idle"),
  raw("cpu_newly_idle"),
  clipped("src_rq_nr_running", 0, 31),
  log2("src_rq_load"),
  log2("dst_rq_load"),
  clipped("dst_rq_nr_running", 0, 31),
  clipped("sd_nr_balance_failed", 0, 7),
  clipped("sd_cache_nice_tries", 0, 3),
  raw("task_buddy"),
];

export const FEATURE_SETS: Readonly<Record<string, readonly FeatureSpec[]>> = {
  e1: E1_COLUMNS.map(raw),
  e2: E2_COLUMNS.map(raw),
  e3: E3_COLUMNS.map(raw),
  "e1-honest": honest(E1_COLUMNS),
  "e2-honest": honest(E2_COLUMNS),
  "e3-honest": honest(E3_COLUMNS),
  wide: WIDE,
  "wide-forced": [...WIDE, raw("task_forced_before")],
  mllb: MLLB,
};

/** The thesis's own set for a target; `forced_detached` is judged with the inputs of E3. */
export function thesisSet(target: Target): string {
  return target === "migrate" ? "e1" : target === "forced_eventually" ? "e2" : "e3";
}

const TRANSFORMS: readonly Transform[] = ["identity", "flag", "clipped", "log2"];

/**
 * Reads a choice of features: the name of a set, or a comma-separated list of `column`, `column:log2`, `column:identity`,
 * `column:flag` or `column:clipped:LOW:HIGH`.
 * @throws InputError naming the part that is not understood.
 */
export function parseFeatures(text: string): readonly FeatureSpec[] {
  if (Object.hasOwn(FEATURE_SETS, text)) return FEATURE_SETS[text];
  const specs = text.split(",").map((part) => parseOne(part.trim()));
  const seen = new Set<string>();
  for (const spec of specs) {
    const name = featureName(spec);
    if (seen.has(name)) throw new InputError("feature listed twice", { found: name });
    seen.add(name);
  }
  return specs;
}

function parseOne(text: string): FeatureSpec {
  const [column = "", transform, ...range] = text.split(":");
  if ((OUTCOME_COLUMNS as readonly string[]).includes(column)) {
    throw new InputError("this column is the outcome itself and would give the label away", {
      found: column,
      expected: "columns known before the decision",
    });
  }
  const feature = featureByName(column)?.name;
  if (feature === undefined) {
    throw new InputError("unknown feature", {
      found: column,
      expected: `a set (${Object.keys(FEATURE_SETS).join(", ")}) or columns out of ${FEATURES.map((f) => f.name).join(" ")}`,
    });
  }
  if (transform === undefined) return raw(feature);
  if (transform === "clipped") return parseClipped(feature, text, range);
  if (!(TRANSFORMS as readonly string[]).includes(transform) || range.length > 0) {
    throw new InputError("unknown transform", {
      found: text,
      expected: `${column}:identity, ${column}:flag, ${column}:log2 or ${column}:clipped:LOW:HIGH`,
    });
  }
  return { feature, transform: transform as Transform, clipLow: 0, clipHigh: 0 };
}

function parseClipped(feature: FeatureName, text: string, range: string[]): FeatureSpec {
  const [low, high] = range.map(Number);
  const usable = range.length === 2 && range.every((r) => r !== "") && Number.isSafeInteger(low);
  if (!usable || !Number.isSafeInteger(high) || !(low! < high!)) {
    throw new InputError("bad clip range", {
      found: text,
      expected: `${feature}:clipped:LOW:HIGH with integers LOW < HIGH`,
    });
  }
  return clipped(feature, low!, high!);
}

/** Unique, readable name of an input, e.g. `delta:log2`; parseFeatures reads it back. */
export function featureName(spec: FeatureSpec): string {
  if (spec.transform === "clipped") return `${spec.feature}:clipped:${spec.clipLow}:${spec.clipHigh}`;
  return spec.transform === raw(spec.feature).transform ? spec.feature : `${spec.feature}:${spec.transform}`;
}
