/**
 * How well histories can be told by who knows all that the simulator does: each queue, each domain, what every task will do next. In
 * regimes in which histories are long, on other seeds of the same workloads and on a workload that was never seen.
 */
import { join, relative } from "node:path";
import type { Bench } from "./bench.ts";
import type { ForetellJob, Sight } from "./jobs/foretell.ts";
import { HORIZONS_MS } from "./jobs/hindsight.ts";
import type { Learner } from "./jobs/learners.ts";
import { type Decided, type ObserveJob, PLAYED_ON_MS } from "./jobs/observe.ts";
import type { Predicted } from "./jobs/prediction.ts";
import { COLUMNS, tableRows } from "./predicted-table.ts";
import type { Cell, ResultTable } from "./table.ts";

interface Workload {
  name: string;
  source: string;
  parameters?: Record<string, number>;
  /** Simulated time, ns. */
  durationNs: number;
}

const weights = (name: string, parameters: Record<string, number>): Workload => ({
  name,
  source: "weights",
  parameters,
  durationNs: 30e9,
});

/** Of what the experiment `regimes` found, those with long histories; a recorded workload; and the model with most forced calls. */
const SEEN: readonly Workload[] = [
  weights("nine equal, no pauses", { busy: 9, low: 0, pausePermille: 0 }),
  weights("eight and three at nice 10", {}),
  weights("nice -5, 0 and 5 mixed", {
    busy: 4,
    low: 4,
    lowNice: 5,
    high: 3,
    highNice: -5,
    pausePermille: 0,
  }),
  { name: "rtapp-mixed", source: "kernel-bridge/benchmarks/rtapp-mixed.json", durationNs: 30e9 },
  { name: "compression", source: "compression", durationNs: 30e9 },
];
const UNSEEN: Workload = {
  name: "rtapp-pipeline",
  source: "kernel-bridge/benchmarks/rtapp-pipeline.json",
  durationNs: 10e9,
};

const CHIPS: Readonly<Record<string, string>> = { "8x1": "8x1", "4x2": "i5-1035g1" };
const MIGRATION_COST_NS = 4e6;
const [FIRST, SECOND, THIRD] = ["first", "second", "third"];

interface Observed {
  workload: string;
  chip: string;
  seed: string;
  file: string;
  decided: Decided;
}

/** A sight, how far it reaches, and what it is called. */
type Level = readonly [label: string, sight: Sight, horizonMs: number];
const AT_CALL: readonly Level[] = [
  ["the row", "row", 0],
  ["the row and all counters", "past", 0],
  ["these and all queues, domains, tasks and timers", "state", 0],
];
const AFTER_IT: readonly Level[] = HORIZONS_MS.map(
  (ms): Level => [`these and ${ms} ms of what tasks will do`, "programmes", ms],
);
/** What is decided sooner is hardly more than what is decided at the call. */
const PLAYED_ON: readonly Level[] = [256, 1024, 4096].map(
  (ms): Level => [`all of the call, and the run played on for ${ms} ms`, "outcome", ms],
);
const LEVELS = [...AT_CALL, ...AFTER_IT, ...PLAYED_ON];
/** What a network is given, too: it takes longer. */
const TO_NETWORK: readonly Level[] = [AT_CALL[0], AT_CALL[2], AFTER_IT[AFTER_IT.length - 1]];

export async function allKnowingTables(bench: Bench): Promise<ResultTable[]> {
  const { quick } = bench;
  const seen = quick ? SEEN.slice(0, 1) : SEEN;
  const chips = quick ? ["8x1"] : Object.keys(CHIPS);
  const seeds = quick ? [FIRST, THIRD] : [FIRST, SECOND, THIRD];
  const observed = await Promise.all([
    ...seen.flatMap((workload) =>
      chips.flatMap((chip) => seeds.map((seed) => observedRun(bench, workload, chip, seed))),
    ),
    ...chips.map((chip) => observedRun(bench, UNSEEN, chip, THIRD)),
  ]);
  const filesOf = (wanted: (run: Observed) => boolean) => observed.filter(wanted).map(({ file }) => file);
  const train = filesOf(({ seed }) => seed !== THIRD);
  const tests: Record<string, string[]> = {};
  for (const chip of chips)
    tests[`other seeds, ${chip}`] = filesOf(
      (run) => run.seed === THIRD && run.chip === chip && run.workload !== UNSEEN.name,
    );
  tests["a workload not seen"] = filesOf(({ workload }) => workload === UNSEEN.name);
  const foretold = async (levels: readonly Level[], learner: Learner) =>
    Promise.all(
      levels.map(async ([label, sight, horizonMs]) => {
        const argument: ForetellJob = {
          sight,
          horizonMs,
          learner,
          config: learner === "network" ? { epochs: quick ? 2 : 10 } : { trees: quick ? 5 : 60 },
          train,
          tests,
          seed: bench.seed,
          resamples: quick ? 20 : 100,
        };
        const by = await bench.run<Predicted>({
          name: `foretell-${learner}-${sight}-${horizonMs}`,
          job: "foretell",
          argument,
          reads: observed.map(({ file }) => file),
          writes: [],
        });
        return [learner === "network" ? `${label} (network)` : label, by] as const;
      }),
    );
  const [byTrees, byNetwork] = await Promise.all([
    foretold(quick ? [AT_CALL[0], AT_CALL[2], AFTER_IT[AFTER_IT.length - 1]] : LEVELS, "boosted"),
    foretold(quick ? [] : TO_NETWORK, "network"),
  ]);
  return [
    {
      id: "all-knowing",
      title: "The same in the simulator, by who knows all of it",
      columns: [{ name: "judged on" }, { name: "known" }, ...COLUMNS],
      rows: tableRows([...byTrees, ...byNetwork]),
      notes: [
        `Simulated under a migration cost of ${MIGRATION_COST_NS / 1e6} ms: ${seen.map(({ name }) => name).join("; ")}; not seen: ${UNSEEN.name}, of short tasks. Learned from ${seeds.length - 1} seeds on ${chips.join(" and ")}, and judged on another. 60 boosted trees; “(network)”: one of 24 units.`,
        "All queues, domains, tasks and timers: for each CPU its tasks, loads, what runs there since when and for how long its step goes on, how long and how warm others wait, when it balances and how often that has failed on each level; of the task and those beside it position, vruntime, loads and the work left; timers one by one. CPUs stand by their place: source, destination, threads beside them, and others, the fullest first.",
        "What tasks will do: wake-ups one by one, where and of what weight, who sleeps where, and for how long each runs until then, all taken from the run itself. Played on: whether the move is forced within that time. Who has the whole state and knows what tasks will do can play the run on, so this is the most that can be known; a learner has to find out for itself what a simulator computes.",
      ],
    },
    playedOn(observed),
  ];
}

async function observedRun(bench: Bench, workload: Workload, chip: string, seed: string): Promise<Observed> {
  const { name, source, parameters, durationNs } = workload;
  const isFile = source.endsWith(".json");
  const path = isFile ? relative(process.cwd(), join(bench.root, source)) : source;
  const file = join(bench.dir, "traces", `observed-${name.replaceAll(/[ ,]+/g, "-")}-${chip}-${seed}.gz`);
  const argument: ObserveJob = {
    source: path,
    parameters,
    chip: CHIPS[chip],
    seed: `${bench.seed}-${seed}`,
    durationNs: durationNs / (bench.quick ? 10 : 1),
    tunables: { migrationCostNs: MIGRATION_COST_NS },
    out: file,
  };
  const decided = await bench.run<Decided>({
    name: `observe-${name.replaceAll(/[ ,]+/g, "-")}-${chip}-${seed}`,
    job: "observe",
    argument,
    reads: isFile ? [path] : [],
    writes: [file],
  });
  return { workload: name, chip, seed, file, decided };
}

/** How far one has to see, whatever one makes of it. */
function playedOn(observed: readonly Observed[]): ResultTable {
  const kinds = new Map<string, Observed[]>();
  for (const run of observed) {
    const kind = `${run.workload}\n${run.chip}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), run]);
  }
  return {
    id: "played-on",
    title: "How far one has to see: balanced accuracy of who plays the run on, and knows nothing beyond",
    columns: [
      ...[{ name: "workload" }, { name: "chip" }, { name: "calls" }, { name: "of histories" }],
      ...PLAYED_ON_MS.map((ms) => ({ name: ms === 0 ? "not at all" : `${ms} ms`, digits: 1 })),
    ],
    rows: [...kinds.values()].map((runs): Cell[] => {
      const sum = (of: (decided: Decided) => number) =>
        runs.reduce((total, { decided }) => total + of(decided), 0);
      const positives = sum((d) => d.positives);
      return [
        ...[runs[0].workload, runs[0].chip, sum((d) => d.rows), positives],
        ...PLAYED_ON_MS.map((_, i) =>
          positives === 0 ? null : 50 * (1 + sum((d) => d.within[i]) / positives),
        ),
      ];
    }),
    notes: [
      "In %. “Not at all”: history is what is forced now or was forced before. Otherwise also what the run, played on for so long, comes to force: it says yes to nothing else, and so is never wrong about it.",
    ],
  };
}
