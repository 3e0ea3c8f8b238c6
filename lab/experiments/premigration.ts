/**
 * The thesis's question: can the losses before a forced migration be reduced by migrating earlier? Answered in the simulator, with
 * its model of warm caches, for a network, for an oracle that knows the future, and for rules that need no prediction.
 */
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import type { MetricComparison } from "../compare/verdict.ts";
import { trainingOutputs } from "../train-file.ts";
import type { Bench } from "./bench.ts";
import type { TrainJob } from "./jobs/train.ts";
import { COLUMNS, cells, compared, type PairedSetting, stockCells, swept } from "./paired.ts";
import type { Cell, ResultTable } from "./table.ts";

/** A workload under which policies are compared. */
interface Setting extends PairedSetting {
  /** Of the simulation that the network learns from, s. */
  learnSeconds: number;
}

/**
 * What comes nearest to the thesis's Cassandra (lab/experiments/regimes.ts); the regime with the longest histories; and the pipeline under which a real kernel
 * has most to win (experiment ceiling): if there is anything to win, then here.
 */
const settingsOf = (bench: Bench): Setting[] => [
  {
    label: "nine equal, 8x1",
    model: "weights",
    parameters: { busy: "9", low: "0", pausePermille: "10" },
    chip: "8x1",
    seconds: 5,
    learnSeconds: 120,
  },
  {
    label: "eight and three at nice 10, 8x1",
    model: "weights",
    parameters: { busy: "8", low: "3", lowNice: "10" },
    chip: "8x1",
    seconds: 5,
    learnSeconds: 120,
  },
  {
    label: "pipeline of short tasks, 8x1",
    model: pipelineFile(bench),
    chip: "8x1",
    seconds: 3,
    learnSeconds: 30,
  },
];
const COSTS = ["500us", "4ms"] as const;

/** The tasks of the recordings `rtapp-pipeline-*` as an rt-app file. */
function pipelineFile({ dir }: Bench): string {
  const file = join(dir, "inputs", "pipeline.json");
  const work = { loop: 3, run: 4000, sleep: 1000 };
  const tasks = {
    source: { instance: 4, loop: -1, run: 3000, timer: { ref: "tick", period: 10_000 } },
    filter: { instance: 6, loop: -1, phases: { work, rest: { loop: 1, sleep: 8000 } } },
    batch: { instance: 5, loop: -1, priority: 5, run: 30_000 },
  };
  writeFileAtomic(file, `${JSON.stringify({ tasks, global: { duration: 30 } }, null, 1)}\n`);
  return file;
}

export async function premigrationTables(bench: Bench): Promise<ResultTable[]> {
  const settings = bench.quick ? settingsOf(bench).slice(0, 1) : settingsOf(bench);
  const models = await Promise.all(settings.map((setting) => predictor(bench, setting)));
  const found: { setting: Setting; cost: string; policy: string; metrics: MetricComparison[] }[] = [];
  for (const [i, setting] of settings.entries()) {
    const policies = ["cfs", `premigrate:${models[i]}`, "oracle", "never-hot", "always", "work-conserving"];
    const rows = await swept(bench, setting, { policy: policies, migrationCost: COSTS });
    for (const cost of COSTS)
      for (const policy of policies.slice(1))
        found.push({
          setting,
          cost,
          policy,
          metrics: compared(bench, rows, { migrationCost: cost }, { policy: "cfs" }, { policy }),
        });
  }
  return [
    policyTable(found),
    await toleranceTable(bench, settings),
    await costTable(bench, settings),
    await cacheTable(bench, settings[0]),
  ];
}

const slugOf = ({ label }: Setting): string => label.replace(/\W+/g, "-");
const learningTrace = (bench: Bench, setting: Setting, cost: string): string =>
  join(bench.dir, "traces", `premigration-${slugOf(setting)}-${cost}.parquet`);

/** A network for each workload, as the thesis has it: trained on a run of the same workload with another seed. */
async function predictor(bench: Bench, setting: Setting): Promise<string> {
  const slug = slugOf(setting);
  const traces = await Promise.all(
    COSTS.map(async (cost) => {
      const out = learningTrace(bench, setting, cost);
      const { model: source, chip, parameters = {}, learnSeconds } = setting;
      await bench.run({
        name: `simulate-premigration-${slug}-${cost}`,
        job: "simulate",
        argument: {
          source,
          chip,
          out,
          seed: `${bench.seed}-premigration`,
          parameters: Object.fromEntries(
            Object.entries(parameters).map(([name, value]) => [name, Number(value)]),
          ),
          durationNs: (learnSeconds * 1e9) / (bench.quick ? 4 : 1),
          tunables: { migrationCostNs: cost === "4ms" ? 4e6 : 5e5 },
        },
        reads: source.endsWith(".json") ? [source] : [],
        writes: [out],
      });
      return out;
    }),
  );
  const out = join(bench.dir, "models", `e2-${slug}.nt`);
  const argument: TrainJob = {
    target: "forced_eventually",
    preset: "best",
    // a call taken for the beginning of a history costs one migration: as many hits as can be had
    config: { threshold: "balanced", ...(bench.quick ? { epochs: 3 } : {}) },
    seed: bench.seed,
    split: "none",
    traces,
    out,
  };
  const writes = trainingOutputs(out).filter((file) => !file.endsWith(".checkpoint"));
  await bench.run({ name: `train-premigration-${slug}`, job: "train", argument, reads: traces, writes });
  return out;
}

const POLICY_LABELS: Readonly<Record<string, string>> = {
  premigrate: "premigrate, with the network",
  oracle: "premigrate, with an oracle",
  "never-hot": "never-hot: no task is hot",
  always: "always: whatever is asked for moves",
  "work-conserving": "work-conserving: no CPU idles while a task waits",
};

function policyTable(
  found: readonly { setting: Setting; cost: string; policy: string; metrics: MetricComparison[] }[],
): ResultTable {
  return {
    id: "policies",
    title: "Earlier migration beside stock CFS (stock = 100 %)",
    columns: [{ name: "workload" }, { name: "migration cost" }, { name: "policy" }, ...COLUMNS],
    rows: found.flatMap(({ setting, cost, policy, metrics }): Cell[][] => {
      const line = ["", "", POLICY_LABELS[policy.replace(/:.*/, "")], ...cells(metrics)];
      return policy.startsWith("premigrate:")
        ? [[setting.label, cost, "stock", ...stockCells(metrics)], line]
        : [line];
    }),
    notes: [
      "30 paired seeds for each line; intervals hold with 95 % for all metrics of a line together. Inference costs what docs/kernel-bridge.md measured.",
      "The oracle has seen a first run with the stock rule and the same seed: a hot task that was forced to move in the end moves at the first call that asks for it. Its knowledge is exact until it first acts and fades from there, so it bounds what prediction from that run can give, not what any scheduler could.",
      "The network is trained on another seed of the same workload and cut at the base rate.",
    ],
  };
}

/** The same without any prediction: the tunable that says how many failures are borne. */
async function toleranceTable(bench: Bench, settings: readonly Setting[]): Promise<ResultTable> {
  const tries = ["0", "1", "4"];
  const rows: Cell[][] = [];
  for (const setting of settings) {
    const simulations = await swept(bench, setting, { niceTries: tries, migrationCost: COSTS });
    for (const cost of COSTS)
      for (const niceTries of tries.filter((n) => n !== "1"))
        rows.push([
          setting.label,
          cost,
          Number(niceTries),
          ...cells(compared(bench, simulations, { migrationCost: cost }, { niceTries: "1" }, { niceTries })),
        ]);
  }
  return {
    id: "nice-tries",
    title: "Other cache_nice_tries beside 1 (= 100 %)",
    columns: [
      { name: "workload" },
      { name: "migration cost" },
      { name: "cache_nice_tries", digits: 0 },
      ...COLUMNS,
    ],
    rows,
    notes: ["Stock policy; the same value in every domain. 30 paired seeds."],
  };
}

/** And the tunable that says who is hot. */
async function costTable(bench: Bench, settings: readonly Setting[]): Promise<ResultTable> {
  const usual = "500us";
  const others = ["50us", "20ms"];
  const rows: Cell[][] = [];
  for (const setting of settings) {
    const simulations = await swept(bench, setting, { migrationCost: [usual, ...others] });
    for (const migrationCost of others)
      rows.push([
        setting.label,
        migrationCost,
        ...cells(compared(bench, simulations, {}, { migrationCost: usual }, { migrationCost })),
      ]);
  }
  return {
    id: "migration-costs",
    title: "Other migration costs beside 0.5 ms (= 100 %)",
    columns: [{ name: "workload" }, { name: "migration cost" }, ...COLUMNS],
    rows,
    notes: ["Stock policy. 30 paired seeds."],
  };
}

/** Other caches: by name, what is set. Refills are four times as dear, or the caches are forgotten four times as slowly. */
const CACHES: readonly [string, Record<string, string>][] = [
  ["working set of 64 KiB", { "parameters.workingSet": "65536" }],
  ["working set of 1 MiB", { "parameters.workingSet": "1048576" }],
  ["working set of 8 MiB", { "parameters.workingSet": "8388608" }],
  [
    "refills four times as dear",
    { "hardware.privateRefillNsPerKib": "200", "hardware.sharedRefillNsPerKib": "400" },
  ],
  [
    "warm four times as long",
    { "hardware.privateDecayNs": "16000000", "hardware.sharedDecayNs": "800000000" },
  ],
];

/** How much of the answer hangs on the cache model. */
async function cacheTable(bench: Bench, setting: Setting): Promise<ResultTable> {
  const rows: Cell[][] = [];
  for (const [label, caches] of bench.quick ? CACHES.slice(0, 2) : CACHES) {
    const simulations = await swept(bench, setting, {
      policy: ["cfs", "oracle", "never-hot"],
      ...Object.fromEntries(Object.entries(caches).map(([name, value]) => [name, [value]])),
      migrationCost: ["4ms"],
    });
    for (const policy of ["oracle", "never-hot"])
      rows.push([
        label,
        POLICY_LABELS[policy],
        ...cells(compared(bench, simulations, {}, { policy: "cfs" }, { policy })),
      ]);
  }
  return {
    id: "cache",
    title: `How much hangs on the caches: ${setting.label}, migration cost 4 ms (stock = 100 %)`,
    columns: [{ name: "caches" }, { name: "policy" }, ...COLUMNS],
    rows,
    notes: ["30 paired seeds."],
  };
}
