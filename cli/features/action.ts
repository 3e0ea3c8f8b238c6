import { refuseTwins } from "../../lab/files/output-files.ts";
import { nameOf, readRuns } from "../../lab/read-traces.ts";
import { type FeatureSpec, featureName, parseFeatures } from "../../model/feature-sets.ts";
import { columnsOf } from "../../model/feature-values.ts";
import { FEATURES } from "../../model/features.ts";
import { type FeatureScore, scoreFeatures, selectFeatures } from "../../model/preprocess/select-features.ts";
import { InputError } from "../../traces/input-error.ts";
import { columnsFor, labelTable } from "../../traces/label.ts";
import type { Target } from "../../traces/schema.ts";
import { usage } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";

/** The options of `nicetries features`. */
export interface FeatureOptions {
  target: Target;
  features?: string;
  top: number;
  by: "anovaF" | "mutualInformation";
  /** ns */
  migrationCost?: number;
  json?: boolean;
}

/** Does what `nicetries features` was asked for. */
export async function features(traces: string[], options: FeatureOptions): Promise<void> {
  refuseTwins(traces);
  const { features: named, top } = options;
  const specs = named === undefined ? allRaw() : usage(() => parseFeatures(named), "--features");
  const columns = [...columnsFor([options.target]), ...specs.flatMap((s) => columnsOf(s.feature))];
  const remarks: string[] = [];
  const read = await readRuns(traces, columns, options.migrationCost, (text, { how }) => {
    if (how !== "inferred") remarks.push(text);
  });
  const tables = read.map(({ table }) => table);
  const scored = tables.map((table) => scoreFeatures(table, options.target, specs));
  const single = read.filter(({ table }) => isSingleClass(labelTable(table, options.target)));
  if (single.length === read.length) {
    throw new InputError("no trace holds both classes: there is nothing to score against", {
      file: traces.join(", "),
      field: options.target,
      found: `${tables.reduce((sum, t) => sum + t.rows, 0)} rows, of a single class in each trace`,
      expected: "both positive and negative rows",
      hint: "Give more traces or another --target; `nicetries trace label` counts the labels.",
    });
  }
  for (const { path, run } of single)
    note(`${path}${run && `, run ${run}`}: rows of a single class, which score nothing (${options.target})`);
  for (const remark of remarks) note(remark);
  const selected = selectFeatures(tables, options.target, specs, top, options.by).map(featureName);
  if (options.json) {
    const named = read.map(({ path, run }, i) => ({
      trace: path,
      ...(run && { run }),
      scores: scored[i],
    }));
    printJson({ target: options.target, by: options.by, traces: named, selected });
    return;
  }
  const names = read.map((each) => nameOf(each).replace(/\.(parquet|csv(\.gz)?)(?=$|,)/, ""));
  const show = (title: string, of: (s: FeatureScore) => number, digits: number) =>
    `${title}\n${scoreTable(specs, names, scored, of, digits)}`;
  print(
    `${show(`ANOVA F, ${options.target}`, (s) => s.anovaF, 2)}\n\n` +
      `${show("Mutual information, bits", (s) => s.mutualInformation, 5)}\n\n${selected.join(",")}\n`,
  );
}

const isSingleClass = (labels: Uint8Array) => labels.every((y) => y === labels[0]);

const allRaw = (): readonly FeatureSpec[] => parseFeatures(FEATURES.map((f) => f.name).join(","));

/** One row per input, the one with the highest score in any trace first; a dash where a trace cannot say. */
function scoreTable(
  specs: readonly FeatureSpec[],
  names: readonly string[],
  scored: readonly FeatureScore[][],
  of: (score: FeatureScore) => number,
  digits: number,
): string {
  const best = (name: string) =>
    Math.max(...scored.map((scores) => of(scores.find((s) => s.feature === name) ?? NOTHING) || 0));
  const inputs = specs.map(featureName).sort((a, b) => best(b) - best(a));
  const cell = (scores: FeatureScore[], name: string) => {
    const score = scores.find((s) => s.feature === name);
    const value = score === undefined ? Number.NaN : of(score);
    return Number.isNaN(value) ? "-" : value.toFixed(digits);
  };
  const rows = inputs.map((name) => [name, ...scored.map((scores) => cell(scores, name))]);
  return textTable(["input", ...names], rows);
}

const NOTHING: FeatureScore = { feature: "", anovaF: 0, mutualInformation: 0 };
