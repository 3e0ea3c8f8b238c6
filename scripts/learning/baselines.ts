import { baselinesAt } from "../../model/baselines/fitted.ts";
import type { Interval, Metrics } from "../../model/evaluation/metrics.ts";
import { type Evaluation, evaluateModel, type TrainResult, trainModels } from "../../model/pipeline.ts";
import { quantise } from "../../model/quantise.ts";
import type { Split } from "../../model/split.ts";
import { PRESETS, type PresetName } from "../../model/trainer/presets.ts";
import { randomStream } from "../../sim/engine/random.ts";
import type { Target, TraceTable } from "../../traces/schema.ts";
import { markdownTable } from "../markdown.ts";
import type { RepositoryTraces } from "./data-sets.ts";

const SEEDS = ["1", "2", "3"];
const RESAMPLES = 200;
export const TARGETS: readonly Target[] = ["migrate", "forced_eventually", "forced_now"];

/** What to learn from and what to be judged by. */
interface Experiment {
  name: string;
  train: readonly TraceTable[];
  split: Split;
  /** Judged on these, or on the rows that the split holds out. */
  test: readonly TraceTable[] | null;
}

function experiments(traces: RepositoryTraces): Experiment[] {
  const { train, boot, chip, real, synthetic } = traces;
  const later: Split = { kind: "time", fraction: 0.8 };
  const none: Split = { kind: "none" };
  return [
    { name: "later in the same runs", train, split: later, test: null },
    { name: "another boot", train, split: none, test: boot },
    { name: "another chip", train, split: none, test: chip },
    { name: "other workloads", train, split: none, test: real },
    { name: "simulated, later", train: synthetic, split: later, test: null },
    { name: "simulated → real", train: synthetic, split: none, test: boot },
  ];
}

/** One judge on the rows of an experiment, by its own threshold and by the balanced one. */
interface Judgement {
  own: Metrics[];
  balanced: Metrics[];
}

interface Verdict {
  rows: number;
  positives: number;
  judges: Map<string, Judgement>;
  /** Most points of accuracy that a network lost in fixed point. */
  fixedPointLoss: number;
}

/** The tables of baselines: one per target, as Markdown; and the largest loss by fixed point, in points. */
export async function baselineTables(
  traces: RepositoryTraces,
  say: (text: string) => void,
): Promise<{ tables: Map<Target, string>; fixedPointLoss: number }> {
  const tables = new Map<Target, string>();
  let fixedPointLoss = 0;
  const header = [
    "judged on",
    "judge",
    "accuracy %",
    "balanced %",
    "MCC",
    "PR-AUC",
    "balanced %, cut at base rate",
  ];
  for (const target of TARGETS) {
    const lines: string[][] = [];
    for (const experiment of experiments(traces)) {
      const verdict = await judge(experiment, target);
      fixedPointLoss = Math.max(fixedPointLoss, verdict.fixedPointLoss);
      const rows = `${experiment.name}: ${verdict.positives} of ${verdict.rows}`;
      [...verdict.judges].forEach(([name, judgement], i) => {
        lines.push([i === 0 ? rows : "", name, ...cells(judgement)]);
      });
      say(`${target}, ${experiment.name}`);
    }
    tables.set(target, markdownTable(header, lines));
  }
  return { tables, fixedPointLoss };
}

async function judge(experiment: Experiment, target: Target): Promise<Verdict> {
  const { train, split, test } = experiment;
  const jobs = PRESETS.flatMap((preset) => SEEDS.map((seed) => ({ preset, seed })));
  const trained = await trainModels(
    jobs.map(({ preset, seed }) => ({
      tables: train,
      target,
      preset,
      split,
      random: { weights: randomStream(seed, "weights"), split: randomStream(seed, "split") },
    })),
  );
  const verdict: Verdict = { rows: 0, positives: 0, judges: new Map(), fixedPointLoss: 0 };
  jobs.forEach(({ preset }, i) => {
    const [own, balanced] = evaluateBoth(trained[i], target, test ?? train, test === null);
    verdict.rows = own.rows;
    verdict.positives = own.positives;
    verdict.fixedPointLoss = Math.max(verdict.fixedPointLoss, pointsLost(own));
    for (const [name, of] of judgesOf(preset)) add(verdict.judges, name, of(own), of(balanced));
  });
  return verdict;
}

/** The baselines see the inputs of `best`, and their judgements do not depend on the seed of the network. */
function judgesOf(preset: PresetName): [string, (e: Evaluation) => Metrics | null][] {
  const network: [string, (e: Evaluation) => Metrics] = [`**${preset}**`, (e) => e.model];
  if (preset !== "best") return [network];
  return [
    network,
    ["logistic regression", (e) => e.logistic],
    ["small tree", (e) => e.tree],
    ["the kernel's rule", (e) => e.rule],
    ["majority class", (e) => e.majority],
  ];
}

function evaluateBoth(
  result: TrainResult,
  target: Target,
  tables: readonly TraceTable[],
  heldOut: boolean,
): [Evaluation, Evaluation] {
  const options = () => ({
    rows: heldOut ? result.testRows : undefined,
    fixed: quantise(result.net),
    bootstrap: { resamples: RESAMPLES, random: randomStream("1", "bootstrap") },
  });
  return [
    evaluateModel(result.net, tables, target, { ...options(), baselines: result.baselines }),
    evaluateModel(result.net, tables, target, {
      ...options(),
      threshold: result.points.balanced,
      baselines: baselinesAt("balanced", result.baselines),
    }),
  ];
}

const pointsLost = ({ model, fixedPoint }: Evaluation) => 100 * (model.accuracy - fixedPoint!.accuracy);

function add(judges: Verdict["judges"], name: string, own: Metrics | null, balanced: Metrics | null): void {
  if (!own || !balanced) return;
  const judgement = judges.get(name) ?? { own: [], balanced: [] };
  judges.set(name, judgement);
  judgement.own.push(own);
  judgement.balanced.push(balanced);
}

/** Medians over the seeds; intervals from the least lower to the greatest upper end over the seeds. */
function cells({ own, balanced }: Judgement): string[] {
  const percent = (x: number) => (100 * x).toFixed(2);
  const three = (x: number) => x.toFixed(3);
  const cell = (
    of: readonly Metrics[],
    key: "accuracy" | "balancedAccuracy" | "mcc" | "prAuc",
    show: (x: number) => string,
    range: boolean,
  ) => {
    const values = of.map((m) => m[key] ?? 0).sort((a, b) => a - b);
    const middle = show(values[values.length >> 1]);
    const intervals = of.map((m) => m.intervals?.[key]).filter((i): i is Interval => Boolean(i));
    if (!range || intervals.length === 0) return middle;
    const low = Math.min(...intervals.map(([l]) => l));
    const high = Math.max(...intervals.map(([, h]) => h));
    return low === high ? middle : `${middle} (${show(low)} – ${show(high)})`;
  };
  return [
    cell(own, "accuracy", percent, false),
    cell(own, "balancedAccuracy", percent, true),
    cell(own, "mcc", three, true),
    cell(own, "prAuc", three, false),
    cell(balanced, "balancedAccuracy", percent, true),
  ];
}
