import { balancedAccuracy, type Confusion, confusionOf, mcc } from "../../model/evaluation/metrics.ts";
import { scoreRows } from "../../model/evaluation/scoring.ts";
import { bestThreshold, THRESHOLD_METRICS, thresholdAt } from "../../model/evaluation/threshold.ts";
import { FEATURE_SETS } from "../../model/feature-sets.ts";
import { concatRows } from "../../model/matrix.ts";
import { seedFrom } from "../../model/numerics/random-state.ts";
import { prepare } from "../../model/prepare.ts";
import { finish } from "../../model/trainer/finish.ts";
import { flatten, predictLogits } from "../../model/trainer/predict.ts";
import { preset } from "../../model/trainer/presets.ts";
import { Trainer } from "../../model/trainer/trainer.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { labelTable } from "../../traces/label.ts";
import type { Target, TraceTable } from "../../traces/schema.ts";
import { markdownTable } from "../markdown.ts";

const SEEDS = ["1", "2", "3"];
const TARGETS: readonly Target[] = ["forced_eventually", "forced_now"];

/**
 * Where to cut: each workload in turn is held out, the others train a network of preset `best`, and its threshold is
 * chosen in several ways. What they decide on the workload held out is added up over workloads and seeds.
 */
export function thresholdTable(runs: readonly TraceTable[], say: (text: string) => void): string {
  const rows = TARGETS.flatMap((target) => {
    const sums = new Map<string, Confusion>();
    for (const seed of SEEDS)
      for (const workload of new Set(runs.map(({ meta }) => meta.workload))) {
        const others = runs.filter(({ meta }) => meta.workload !== workload);
        const heldOut = runs.filter(({ meta }) => meta.workload === workload);
        for (const [way, c] of decisions(others, heldOut, target, seed)) addTo(sums, way, c);
      }
    say(`thresholds, ${target}`);
    return [...sums].map(([way, c], i) => [i === 0 ? target : "", way, ...cells(c)]);
  });
  const header = ["target", "threshold", "balanced %", "MCC", "recall %", "false alarms in 1000 rows"];
  return markdownTable(header, rows);
}

function decisions(
  train: readonly TraceTable[],
  heldOut: readonly TraceTable[],
  target: Target,
  seed: string,
): [string, Confusion][] {
  const { config, features, preprocessing } = preset("best", target);
  const data = prepare({
    tables: train,
    target,
    features: FEATURE_SETS[features],
    preprocessing,
    needsValidation: true,
    random: randomStream(seed, "split"),
  });
  const weights = randomStream(seed, "weights");
  const trainer = new Trainer(data.train, data.validation, config, {
    weights: seedFrom(weights),
    order: seedFrom(weights),
  });
  while (!trainer.done) trainer.runEpoch();
  const { net, points } = finish(trainer, data, config, target);
  const { shape, parameters } = flatten(net);
  const kept = data.validation ?? data.train;
  const all = data.validation ? concatRows(data.train, data.validation) : data.train;
  const [keptLogits, allLogits] = [kept, all].map((rows) => predictLogits(shape, parameters, rows));
  const searched = THRESHOLD_METRICS.filter((m) => m !== "accuracy").flatMap((metric): [string, number][] => [
    [`${metric}, searched on validation rows`, bestThreshold(metric, keptLogits!, kept.labels)],
    [`${metric}, searched on all training rows`, bestThreshold(metric, allLogits!, all.labels)],
  ]);
  const ways: [string, number][] = [
    ["none (one half)", 0],
    ...searched,
    ["balanced, by Bayes' rule", points.trainedLogOdds],
    ["cost:20, by Bayes' rule", thresholdAt({ cost: 20 }, points)],
  ];
  return heldOut.flatMap((table) => {
    const { logits, matrix } = scoreRows(net, [table], labelTable(table, target));
    return ways.map(([way, cut]): [string, Confusion] => [way, confusionOf(logits, matrix.labels, cut)]);
  });
}

function addTo(sums: Map<string, Confusion>, way: string, c: Confusion): void {
  const sum = sums.get(way) ?? { tp: 0, fp: 0, tn: 0, fn: 0 };
  sums.set(way, { tp: sum.tp + c.tp, fp: sum.fp + c.fp, tn: sum.tn + c.tn, fn: sum.fn + c.fn });
}

function cells(c: Confusion): string[] {
  return [
    (100 * balancedAccuracy(c)).toFixed(2),
    mcc(c).toFixed(3),
    ((100 * c.tp) / (c.tp + c.fn)).toFixed(1),
    ((1000 * c.fp) / (c.fp + c.tn)).toFixed(2),
  ];
}
