/** Tables 5.9 and 5.10 and their figures: what a network in can_migrate_task() costs, on a real kernel and simulated. */
import { join } from "node:path";
import { randomStream } from "../../../sim/engine/random.ts";
import type { CostMeasured, MeasuredLatency } from "../../../traces/measured.ts";
import { trainingOutputs } from "../../train-file.ts";
import type { Bench, MeasuredModel } from "../bench.ts";
import { BENCHMARKS, recordings } from "../data.ts";
import type { TrainJob } from "../jobs/train.ts";
import type { Cell, ResultTable } from "../table.ts";
import { COST } from "../thesis.ts";
import { RUN_COLUMNS, runCells } from "./runs.ts";
import { simulatedRunTimes } from "./simulated-run-time.ts";

export async function costTables(bench: Bench): Promise<ResultTable[]> {
  const measured = await bench.measured("cost", () => costModels(bench));
  return [latencyTable(measured), runTimeTable(bench.seed, measured), await simulatedRunTimes(bench)];
}

/** The thesis's network for E1, as it is trained here, and the models in the box. */
async function costModels(bench: Bench): Promise<MeasuredModel[]> {
  const traces = recordings(bench, /-4x2-.*-train\.parquet$/);
  const out = join(bench.dir, "models", "libml-e1.nt");
  const argument: TrainJob = {
    target: "migrate",
    preset: "libml",
    config: bench.quick ? { epochs: 2 } : {},
    seed: bench.seed,
    split: "none",
    traces,
    out,
  };
  const writes = trainingOutputs(out).filter((file) => !file.endsWith(".checkpoint"));
  await bench.run({ name: "train-libml-e1", job: "train", argument, reads: traces, writes });
  const zoo = ["e1", "e2"].map((name) => ({
    name: `zoo/${name}`,
    file: join(bench.root, "model/zoo", `${name}.nt`),
  }));
  return [{ name: "libml", file: out }, ...zoo];
}

const NOTE =
  "Virtual time: all eight CPUs share one stream of 250 million instructions a second, so that a CPU is some hundred times slower than a real one while its timer ticks as often.";

/** No network takes as many instructions: a longer call has been interrupted by other CPUs'. */
const LONGEST = 4096;

/** Mean over calls that are no longer than that, and the share of the others. */
export function ownMean(density: MeasuredLatency["density"]): { mean: number; longer: number } {
  const own = density.filter(([low]) => low < LONGEST);
  const calls = (of: MeasuredLatency["density"]) => of.reduce((sum, [, , n]) => sum + n, 0);
  const sum = own.reduce((total, [low, width, n]) => total + n * (low + width / 2), 0);
  return { mean: sum / calls(own), longer: 1 - calls(own) / calls(density) };
}

export function latencyTable({ benchmarks }: CostMeasured): ResultTable {
  const rows = BENCHMARKS.flatMap(({ thesis, recorded }): Cell[][] => {
    const { latencyNs } = COST[thesis];
    const contenders = benchmarks.find(({ benchmark }) => benchmark === recorded)?.contenders ?? [];
    const none = [null, null, null, null, null, null];
    return [
      [thesis, "thesis, stock", "ns", null, latencyNs.stock, 1, ...none],
      ["", "thesis, with ML", "ns", null, latencyNs.withMl, latencyNs.withMl / latencyNs.stock, ...none],
      ...contenders.map(({ name, latency: { calls, mean, quantiles: q, density } }): Cell[] => [
        "",
        name,
        "instructions",
        calls,
        mean,
        ownMean(density).mean / ownMean(contenders[0].latency.density).mean,
        ...[q["5"], q["50"], q["95"], q["99"]],
        ownMean(density).mean,
        100 * ownMean(density).longer,
      ]),
    ];
  });
  return {
    id: "latency",
    title: "Table 5.9 and Figures 5.4 and 5.6: one call of can_migrate_task()",
    columns: [
      { name: "benchmark" },
      { name: "who decides" },
      { name: "unit" },
      { name: "calls", digits: 0 },
      { name: "mean", digits: 1 },
      { name: "× stock", digits: 2 },
      { name: "5 %", digits: 0 },
      { name: "median", digits: 0 },
      { name: "95 %", digits: 0 },
      { name: "99 %", digits: 0 },
      { name: "mean of calls up to 4,096", digits: 1 },
      { name: "longer ones, %", digits: 1 },
    ],
    rows,
    notes: [
      "The thesis measured nanoseconds on hardware. Here the clock is the number of executed instructions, so a latency is an instruction count: exact, the same on every machine, and blind to caches, branch prediction and the saving of vector registers. Compare the factors, not the units.",
      "In the middle of some calls, the longer the more often, the emulated CPU has to hand over to others, and the call shows their instructions, too: thousands, where the largest network takes 2,200. “× stock” compares the means of calls up to 4,096 instructions.",
    ],
  };
}

export function runTimeTable(seed: string, { benchmarks }: CostMeasured): ResultTable {
  const random = randomStream(seed, "run times");
  const rows = BENCHMARKS.flatMap(({ thesis, recorded }): Cell[][] => {
    const { runSeconds } = COST[thesis];
    const { contenders = [], load } = benchmarks.find(({ benchmark }) => benchmark === recorded) ?? {};
    const percent = (s: number) => (100 * s) / runSeconds.stock;
    const none = RUN_COLUMNS.slice(2).map(() => null);
    return [
      [thesis, "thesis, stock", runSeconds.stock, 100, ...none],
      ["", "thesis, with ML", runSeconds.withMl, percent(runSeconds.withMl), ...none],
      ["", "thesis, prediction", runSeconds.prediction, percent(runSeconds.prediction), ...none],
      ...contenders.map((runs, i): Cell[] => [
        i === 0 ? `${recorded}: ${load}` : "",
        runs.name,
        ...runCells(contenders[0], runs, random),
      ]),
    ];
  });
  const { length } = benchmarks[0].contenders[0].seconds;
  const missing = BENCHMARKS.filter(({ recorded }) =>
    benchmarks.every(({ benchmark }) => benchmark !== recorded),
  );
  return {
    id: "run-time",
    title: "Table 5.10 and Figure 5.5: run times with a network in the balancer",
    columns: [{ name: "benchmark" }, { name: "who decides" }, ...RUN_COLUMNS],
    rows,
    notes: [
      `A fixed amount of work, ${length} alternating repeats of each in one boot: medians, and of the ratio to stock in the same round. The thesis has one run of each kind.`,
      `${NOTE} A network therefore weighs far more here than on hardware: what is seen is an upper bound of its cost.`,
      "As an idle CPU leaves its instructions to the others, run time counts work, not lost parallelism. Waiting: of all tasks for a CPU (/proc/schedstat).",
      ...missing.map(({ thesis, recorded }) => `${thesis}: ${recorded} was not measured.`),
    ],
  };
}
