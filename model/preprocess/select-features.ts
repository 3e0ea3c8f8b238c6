/**
 * The thesis's selection of inputs: each column scored by itself against the label, per workload; the best five of each
 * workload, merged.
 */
import type { Target, TraceTable } from "../../traces/schema.ts";
import { examplesFrom } from "../examples.ts";
import { type FeatureSpec, featureName } from "../feature-sets.ts";
import { featureColumn } from "../feature-values.ts";
import { anovaF } from "./anova.ts";
import { mutualInformation } from "./mutual-information.ts";

export interface FeatureScore {
  feature: string;
  anovaF: number;
  /** Bits. */
  mutualInformation: number;
}

/** Scores of each feature on one trace, best F first (unscorable columns last). Known rows only. */
export function scoreFeatures(
  table: TraceTable,
  target: Target,
  specs: readonly FeatureSpec[],
): FeatureScore[] {
  const known = specs.filter((s) => featureColumn(table, s.feature).some((x) => !Number.isNaN(x)));
  const examples = examplesFrom([table], target, known);
  const rows = Uint32Array.from({ length: table.rows }, (_, r) => r);
  const scores = known.map((spec, j) => ({
    feature: featureName(spec),
    anovaF: anovaF(examples.columns[j], examples.labels, rows),
    mutualInformation: mutualInformation(examples.columns[j], examples.labels, rows),
  }));
  return scores.sort((a, b) => rank(b.anovaF) - rank(a.anovaF));
}

const rank = (f: number) => (Number.isNaN(f) ? -1 : f);

/** The best `top` features of each trace, merged in the order of `specs`. */
export function selectFeatures(
  tables: readonly TraceTable[],
  target: Target,
  specs: readonly FeatureSpec[],
  top = 5,
  by: "anovaF" | "mutualInformation" = "anovaF",
): FeatureSpec[] {
  const chosen = new Set<string>();
  for (const table of tables) {
    const scored = scoreFeatures(table, target, specs)
      .filter((s) => s[by] > 0)
      .sort((a, b) => b[by] - a[by]);
    for (const { feature } of scored.slice(0, top)) chosen.add(feature);
  }
  return specs.filter((s) => chosen.has(featureName(s)));
}
