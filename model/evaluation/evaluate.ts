/**
 * A model judged beside what needs no model: the majority class, the kernel's own rule, logistic regression and a small
 * tree on the same inputs. All judge the same rows.
 */
import { labelTable } from "../../traces/label.ts";
import { decisionOf, ruleReason } from "../../traces/rule.ts";
import type { Reason, Target, TraceTable } from "../../traces/schema.ts";
import { type FittedBaselines, fitBaselines } from "../baselines/fitted.ts";
import { logisticScores } from "../baselines/logistic.ts";
import { treeScores } from "../baselines/tree.ts";
import type { FixedNet } from "../fixed-point-net.ts";
import type { Matrix } from "../matrix.ts";
import type { Net } from "../net.ts";
import { RandomState, seedFrom } from "../numerics/random-state.ts";
import type { FixedTree, TreeModel } from "../tree-model.ts";
import { UnlearnableError } from "../unlearnable.ts";
import { bootstrapIntervals } from "./bootstrap.ts";
import { type ReasonScore, scoreByReason } from "./by-reason.ts";
import { type Calibration, calibrationOf } from "./calibration.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import { fixedPointLogits, scoreRows } from "./scoring.ts";
import type { ThresholdRule } from "./threshold.ts";

/** How a model fares on rows, beside the judges that it has to beat. */
export interface Evaluation {
  target: Target;
  /** Rows judged. */
  rows: number;
  /** Rows left out because an input of the model is unknown in them. */
  skipped: number;
  positives: number;
  threshold: number;
  model: Metrics;
  /** The same model in the kernel's fixed point; null when none in integers was given. */
  fixedPoint: Metrics | null;
  /** The stock kernel's decision: it migrates (migrate), it forces (all other targets). */
  rule: Metrics;
  /** Always the more frequent class of the rows judged. */
  majority: Metrics;
  /** null when the rows to fit on hold a single class. */
  logistic: Metrics | null;
  tree: Metrics | null;
  /** `training`: fitted when the model was; `cross-fit`: fitted on the other parts of the rows judged. */
  baselinesFrom: "training" | "cross-fit" | null;
  byReason: Partial<Record<Reason | "unknown", ReasonScore>>;
  calibration: Calibration;
}

/** Which rows are judged, and how. */
export interface EvaluateOptions {
  /** Rows to judge, as indices over the tables in order; all by default. */
  rows?: Uint32Array;
  /** Labels per table, where the caller has them already. */
  labels?: readonly Uint8Array[];
  fixed?: FixedNet | FixedTree;
  baselines?: FittedBaselines | null;
  /** Threshold on the logit instead of the model's own. */
  threshold?: number;
  /** Cuts baselines that have to be fitted to the rows judged. */
  baselineRule?: ThresholdRule;
  /** Intervals for every column, when given. */
  bootstrap?: {
    resamples: number;
    /** Draws the blocks of rows. */
    random: () => number;
  };
}

/** @throws InputError when there is no row to judge or an input column is unknown throughout. */
export function evaluateModel(
  net: Net | TreeModel,
  tables: TraceTable | readonly TraceTable[],
  target: Target = net.target,
  options: EvaluateOptions = {},
): Evaluation {
  const all = "numeric" in tables ? [tables] : tables;
  const perTable = options.labels ?? all.map((t) => labelTable(t, target));
  const labels = concat(perTable, all);
  const wanted = options.rows?.length ?? labels.length;
  if (wanted === 0) throw nothingToJudge("0 rows");
  const scored = scoreRows(net, all, labels, options.rows);
  if (scored.rows.length === 0) throw nothingToJudge(`${wanted} rows, all with unknown inputs`);
  const truth = scored.matrix.labels;
  const positives = truth.reduce((sum, y) => sum + y, 0);
  // All judges see the same resamples, so that their intervals can be compared.
  const seed = options.bootstrap && seedFrom(options.bootstrap.random);
  const judge = (scores: ArrayLike<number>, threshold: number): Metrics => {
    const metrics = metricsOf(scores, truth, threshold);
    if (options.bootstrap && seed) {
      const random = new RandomState(seed).uniform;
      const { resamples } = options.bootstrap;
      metrics.intervals = bootstrapIntervals(scores, truth, threshold, { resamples, random });
    }
    return metrics;
  };
  const { decisions, reasons } = ruleOn(all, scored.rows, target);
  const learned = baselineScores(scored.matrix, options.baselines, options.baselineRule ?? "mcc");
  const threshold = options.threshold ?? net.threshold;
  const fixed = options.fixed ? fixedPointLogits(options.fixed, all, scored.rows) : null;
  return {
    target,
    rows: scored.rows.length,
    skipped: wanted - scored.rows.length,
    positives,
    threshold,
    model: judge(scored.logits, threshold),
    fixedPoint: fixed && judge(fixed.logits, options.threshold ?? fixed.threshold),
    rule: judge(decisions, 0),
    majority: judge(new Float64Array(truth.length).fill(2 * positives > truth.length ? 1 : -1), 0),
    logistic: learned && judge(learned.logistic, 0),
    tree: learned && judge(learned.tree, 0),
    baselinesFrom: learned?.from ?? null,
    byReason: scoreByReason(reasons, scored.logits, truth, threshold),
    calibration: calibrationOf(scored.logits, truth),
  };
}

function nothingToJudge(found: string): UnlearnableError {
  return new UnlearnableError("nothing to judge", {
    found,
    expected: "at least one row in which every input of the model is known",
    code: "nothing-to-judge",
    hint: "Look at what the traces hold.",
  });
}

function concat(parts: readonly Uint8Array[], tables: readonly TraceTable[]): Uint8Array {
  const out = new Uint8Array(tables.reduce((sum, t) => sum + t.rows, 0));
  let at = 0;
  parts.forEach((part, i) => {
    out.set(part.subarray(0, tables[i].rows), at);
    at += tables[i].rows;
  });
  return out;
}

/** The rule's answer to the target for each row (1 or -1), and the reason: recorded, else the rule's. */
function ruleOn(
  tables: readonly TraceTable[],
  rows: Uint32Array,
  target: Target,
): { decisions: Float64Array; reasons: string[] } {
  const least = target === "migrate" ? 1 : 2;
  const decisions = new Float64Array(rows.length);
  const reasons = new Array<string>(rows.length);
  let table = 0;
  let first = 0;
  for (let i = 0; i < rows.length; i++) {
    while (rows[i] - first >= tables[table].rows) first += tables[table++].rows;
    const local = rows[i] - first;
    const reason = ruleReason(tables[table], local);
    decisions[i] = decisionOf(reason) >= least ? 1 : -1;
    reasons[i] = tables[table].text.reason[local] || reason;
  }
  return { decisions, reasons };
}

interface LearnedScores {
  /** Thresholds already taken off: positive means positive. */
  logistic: Float64Array;
  tree: Float64Array;
  from: "training" | "cross-fit";
}

/** Parts of a cross-fit: consecutive fifths, so that neighbours in time stay together. */
const FOLDS = 5;

function baselineScores(
  matrix: Matrix,
  given: FittedBaselines | null | undefined,
  rule: ThresholdRule,
): LearnedScores | null {
  if (given) return { ...apply(given, matrix), from: "training" };
  const out = { logistic: new Float64Array(matrix.rows), tree: new Float64Array(matrix.rows) };
  for (let fold = 0; fold < FOLDS; fold++) {
    const from = Math.floor((fold * matrix.rows) / FOLDS);
    const to = Math.floor(((fold + 1) * matrix.rows) / FOLDS);
    if (from === to) continue;
    const others = rowsOutside(matrix, from, to);
    if (!others.labels.includes(0) || !others.labels.includes(1)) return null;
    const fitted = fitBaselines(others, null, { classWeights: "sqrt", threshold: rule });
    const part = apply(fitted, rowsInside(matrix, from, to));
    out.logistic.set(part.logistic, from);
    out.tree.set(part.tree, from);
  }
  return { ...out, from: "cross-fit" };
}

function apply(fitted: FittedBaselines, matrix: Matrix): Omit<LearnedScores, "from"> {
  return {
    logistic: logisticScores(fitted.logistic, matrix).map((s) => s - fitted.logistic.threshold),
    tree: treeScores(fitted.tree, matrix).map((s) => s - fitted.tree.threshold),
  };
}

function rowsInside({ inputs, values, labels }: Matrix, from: number, to: number): Matrix {
  return {
    rows: to - from,
    inputs,
    values: values.subarray(from * inputs, to * inputs),
    labels: labels.subarray(from, to),
  };
}

function rowsOutside({ rows, inputs, values, labels }: Matrix, from: number, to: number): Matrix {
  const kept = rows - (to - from);
  const outValues = new Float32Array(kept * inputs);
  const outLabels = new Uint8Array(kept);
  outValues.set(values.subarray(0, from * inputs), 0);
  outValues.set(values.subarray(to * inputs), from * inputs);
  outLabels.set(labels.subarray(0, from), 0);
  outLabels.set(labels.subarray(to), from);
  return { rows: kept, inputs, values: outValues, labels: outLabels };
}
