/**
 * How predictable are histories? By what one knows, and how far one sees; what a kernel can keep; what class weights, focal loss and cuts
 * change; and what one could tell who knows all that the simulator does.
 */
import type { TrainerConfig } from "../../model/trainer/config.ts";
import { allKnowingTables } from "./all-knowing.ts";
import type { Bench } from "./bench.ts";
import { recordings } from "./data.ts";
import { SCOPES } from "./jobs/knowledge.ts";
import type { Learner } from "./jobs/learners.ts";
import type { Knowledge, PredictJob } from "./jobs/predict.ts";
import type { Predicted } from "./jobs/prediction.ts";
import { COLUMNS, type Labelled, tableRows } from "./predicted-table.ts";
import type { ResultTable } from "./table.ts";

const ROW: Knowledge = { row: true, history: [], horizonNs: 0 };
const BEFORE: Knowledge = { ...ROW, counters: ["forced before"] };
const PAST: Knowledge = { ...ROW, history: SCOPES };
const LEVELS: readonly [string, Knowledge][] = [
  ["the row", ROW],
  ...SCOPES.map((scope): [string, Knowledge] => [
    `the row and counters of the ${scope}`,
    { ...ROW, history: [scope] },
  ]),
  ["the row and all counters", PAST],
  ...[1, 16, 64, 256, 1024].map((ms): [string, Knowledge] => [
    `these and ${ms} ms of the future`,
    { ...PAST, horizonNs: ms * 1e6 },
  ]),
];

/** Of these, what boosted trees are given, too: they take longer. */
const TOLD_BY_TREES = /^the row$|of the move$/;

/** What a kernel can hold, beside the row. */
const KEPT: readonly [string, Knowledge][] = [
  [
    "of the task: how often the move was refused as hot, and since when",
    { ...ROW, counters: ["move refused", "move refused since"] },
  ],
  [
    "of the task: how often it was refused as hot since its last migration, and since when",
    { ...ROW, counters: ["stay refused"] },
  ],
  [
    "of the destination and level: calls and time since it last got a task",
    { ...ROW, counters: ["success"] },
  ],
  ["of the source: whether the move was forced before", BEFORE],
  [
    "all of these",
    { ...ROW, counters: ["move refused", "move refused since", "stay refused", "success", "forced before"] },
  ],
];

const TRAININGS: readonly [string, Partial<TrainerConfig>][] = [
  ["cross-entropy, natural classes", {}],
  ["classes weighed by roots", { classWeights: "sqrt" }],
  ["classes weighed equally", { classWeights: "balanced" }],
  ["focal loss", { loss: "focal" }],
  ["two layers, 32 and 16 units", { hidden: [32, 16] }],
];

export async function predictabilityTables(bench: Bench): Promise<ResultTable[]> {
  const train = recordings(bench, /-4x2-.*-train\.parquet$/);
  const tests = {
    "another boot": recordings(bench, /-4x2-.*-test\.parquet$/),
    "another chip": recordings(bench, /-8x1-.*-test\.parquet$/),
  };
  const predicted = (
    knowledge: Knowledge,
    config: PredictJob["config"] = {},
    learner: Learner = "network",
  ) => {
    const argument: PredictJob = {
      knowledge,
      learner,
      config: {
        ...(learner === "network" ? { epochs: bench.quick ? 2 : 40 } : bench.quick ? { trees: 5 } : {}),
        ...config,
      },
      train,
      tests,
      seed: bench.seed,
      resamples: bench.quick ? 20 : 100,
    };
    const known = [
      knowledge.history.length === SCOPES.length ? "past" : (knowledge.history[0] ?? "row"),
      ...(knowledge.counters ?? []).map((name) => name.replaceAll(" ", "-")),
      knowledge.horizonNs / 1e6,
    ];
    return bench.run<Predicted>({
      name: ["predict", learner, ...known, ...Object.values(config).flat()].join("-"),
      job: "predict",
      argument,
      reads: [...train, ...Object.values(tests).flat()],
      writes: [],
    });
  };
  const all = <T>(of: readonly [string, T][], make: (each: T) => Promise<Predicted>): Promise<Labelled> =>
    Promise.all(of.map(async ([label, each]) => [label, await make(each)] as const));
  const levels = bench.quick ? LEVELS.slice(0, 2) : LEVELS;
  const kept = bench.quick ? KEPT.slice(4, 5) : KEPT;
  const trainings = bench.quick ? TRAININGS.slice(0, 2) : TRAININGS;
  const [row, byNetwork, byTrees, byKept, byTraining, allKnowing] = await Promise.all([
    predicted(ROW),
    all(levels, (knowledge) => predicted(knowledge)),
    all(
      levels.filter(([label]) => TOLD_BY_TREES.test(label)),
      (knowledge) => predicted(knowledge, {}, "boosted"),
    ),
    all(kept, (knowledge) => predicted(knowledge)),
    all(trainings, (config) => predicted(BEFORE, config)),
    allKnowingTables(bench),
  ]);
  return [
    {
      id: "knowledge",
      title: "How predictable is a history, by what one knows",
      columns: [{ name: "judged on" }, { name: "known" }, ...COLUMNS],
      rows: tableRows(byNetwork),
      notes: [
        "Trained on first boots of nine workloads on the chip 4x2. The row: every column but clocks and names, and the rule's answer. Counters of the past: for the same move (task, source, destination), the same stay on a CPU, the same task, or the same destination and level, how many calls there were, how long ago the first and the last, how many were refused as hot and forced. The future: calls of the same history within the horizon, how far failures are past what the domain bears, whether the task has left; with a long horizon nearly everything that the label is made of.",
        "“Not forced now”: rows that the rule does not force. “Ahead”: of these, the rows whose move has not been forced before either: only there something is to be foreseen. In brackets the share of positives, which is what chance gives.",
      ],
    },
    {
      id: "boosted",
      title: "The same, told by boosted trees: what a learner without a size limit makes of it",
      columns: [{ name: "judged on" }, { name: "known" }, ...COLUMNS],
      rows: tableRows(byTrees),
      notes: [
        "120 trees of five levels, each on a quarter of the rows, drawn anew; some 100 KB. Not for a kernel.",
      ],
    },
    {
      id: "kept",
      title: "What a kernel can keep, beside the row",
      columns: [
        ...[{ name: "judged on" }, { name: "kept" }, ...COLUMNS],
        ...[
          { name: "PR-AUC gained (95 %)", digits: 3 },
          { name: "MCC gained (95 %)", digits: 3 },
        ],
      ],
      rows: tableRows([["nothing", row], ...byKept], row),
      notes: [
        "Per task, the last four destinations; per source, a table of 64 moves. Gained: over the network that sees the row alone, on the same resampled rows; the spread between seeds of a network, about 0.01, is not in these intervals.",
        "“Forced before” is worth what it is by definition: a call belongs to the history of an earlier forced one. It happens where the balancer passes over a task after it was allowed to go, because its load is larger than the imbalance.",
      ],
    },
    {
      id: "training",
      title: "How it is trained: the row, and whether the move was forced before",
      columns: [{ name: "judged on" }, { name: "trained with" }, ...COLUMNS],
      rows: tableRows(byTraining),
      notes: [],
    },
    ...allKnowing,
  ];
}
