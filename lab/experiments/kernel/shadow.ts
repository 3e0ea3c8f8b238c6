/** The third bars of Figures 5.1 to 5.3: the thesis's networks in the kernel, beside the same outside. */
import { join } from "node:path";
import type { MeasuredVerdict } from "../../../traces/measured.ts";
import { trainingOutputs } from "../../train-file.ts";
import type { Bench, MeasuredModel } from "../bench.ts";
import { BENCHMARKS, type Benchmark, recordedRuns } from "../data.ts";
import type { Learnt } from "../jobs/learn.ts";
import type { TrainJob } from "../jobs/train.ts";
import { learn } from "../learn.ts";
import type { ThesisTarget } from "../learning.ts";
import { type Cell, percent, type ResultTable } from "../table.ts";
import { THESIS } from "../thesis.ts";

/** What the thesis has in its kernel. */
const PRESET = "libml";
const TARGETS: readonly (readonly [target: ThesisTarget, name: string])[] = [
  ["migrate", "E1"],
  ["forced_eventually", "E2"],
  ["forced_now", "E3"],
];

export async function shadowTable(bench: Bench): Promise<ResultTable> {
  const { networks } = await bench.measured("shadow", () => shadowModels(bench));
  const rows: Cell[][] = [];
  for (const [target, name] of TARGETS) {
    const found = await Promise.all(
      BENCHMARKS.map(async (benchmark): Promise<Cell[]> => {
        const own = networks.find((each) => each.benchmark === benchmark.recorded && each.target === target);
        return [
          benchmark.thesis,
          THESIS[target].accuracy[benchmark.thesis]?.libml || null,
          await separateRun(bench, benchmark, target),
          own ? balanced(own.outside) : null,
          own ? balanced(own.inKernel) : null,
          own ? own.inKernel.tp + own.inKernel.fn : null,
          own ? callsOf(own.inKernel) : null,
          own ? own.wrongLogits : null,
        ];
      }),
    );
    rows.push(...found.map((cells, i) => [i === 0 ? name : "", ...cells]));
  }
  return {
    id: "shadow",
    title:
      "Figures 5.1 to 5.3, the third bar: the thesis's networks (libml) in the kernel while the workload runs, accuracy on balanced classes, %",
    columns: [
      { name: "experiment" },
      { name: "benchmark" },
      { name: "thesis, outside", digits: 1 },
      { name: "outside, separate run: all calls", digits: 1 },
      { name: "outside, this run: calls asked", digits: 1 },
      { name: "in the kernel (95 %)", digits: 1 },
      { name: "positives", digits: 0 },
      { name: "of calls", digits: 0 },
      { name: "wrong logits", digits: 0 },
    ],
    rows,
    notes: [
      "The thesis: 96.13 % on average for E3 in the kernel, 97.4 % outside, 96.83 % for hackbench in the kernel.",
      "A network for each benchmark, trained as for the figures. In the kernel it computes in fixed point, in mode shadow, on a boot that nobody has learned from or judged on, on the chip 8x1, with a migration cost of 4 ms, at which tasks are forced at all. The three networks take turns, so that each answers a part of the calls; “outside” is the same network in floating point on all calls of these runs that get past the hard refusals. The kernel asks no network in calls that these decide, which are part of “all calls”.",
      "“-”: the benchmark has no such calls to learn from or to judge on. Wrong logits: predictions of the kernel that are not, to the bit, those of the fixed-point network in TypeScript.",
    ],
  };
}

const callsOf = ({ tp, fp, tn, fn }: MeasuredVerdict): number => tp + fp + tn + fn;
const balanced = ({ balancedAccuracy, interval }: MeasuredVerdict): Cell =>
  percent(balancedAccuracy, interval);

/** As in the table of the figure. */
const learnt = (bench: Bench, benchmark: Benchmark, target: ThesisTarget): Promise<Learnt> =>
  learn(bench, `learn-${target}-${PRESET}-real-${benchmark.recorded}`, {
    target,
    preset: PRESET,
    train: recordedRuns(bench, benchmark, "train"),
    split: "random:0.8",
    tests: { "same run": [], "separate run": recordedRuns(bench, benchmark, "test") },
  });

async function separateRun(bench: Bench, benchmark: Benchmark, target: ThesisTarget): Promise<Cell> {
  const verdict = (await learnt(bench, benchmark, target))["separate run"];
  if ("why" in verdict || verdict.positives === 0 || verdict.positives === verdict.rows) return null;
  const { model } = verdict.own;
  return percent(model!.balancedAccuracy, model!.intervals?.balancedAccuracy);
}

/** The same networks as files; those that the recordings cannot teach are left out. */
async function shadowModels(bench: Bench): Promise<MeasuredModel[]> {
  const all = BENCHMARKS.flatMap((benchmark) =>
    TARGETS.map(([target, name]) => ({ benchmark, target, name })),
  );
  const made = await Promise.all(
    all.map(async ({ benchmark, target, name }): Promise<MeasuredModel[]> => {
      if (Object.values(await learnt(bench, benchmark, target)).every((verdict) => "why" in verdict))
        return [];
      const train = recordedRuns(bench, benchmark, "train");
      const out = join(bench.dir, "models", `${PRESET}-${name.toLowerCase()}-${benchmark.recorded}.nt`);
      const argument: TrainJob = {
        target,
        preset: PRESET,
        config: bench.quick ? { epochs: 3 } : {},
        seed: bench.seed,
        split: "random:0.8",
        traces: train,
        out,
      };
      const writes = trainingOutputs(out).filter((file) => !file.endsWith(".checkpoint"));
      const step = `train-shadow-${target}-${benchmark.recorded}`;
      await bench.run({ name: step, job: "train", argument, reads: train, writes });
      return [{ name, file: out, benchmark: benchmark.recorded, target, preset: PRESET }];
    }),
  );
  return made.flat();
}
