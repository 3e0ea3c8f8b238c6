/** What is really learned: networks beside what needs none, on what was held out of their training. */
import type { Metrics } from "../../model/evaluation/metrics.ts";
import { FEATURE_SETS, featureName, thesisSet } from "../../model/feature-sets.ts";
import type { PresetName } from "../../model/trainer/presets.ts";
import type { Target } from "../../traces/schema.ts";
import type { Bench } from "./bench.ts";
import { recordings } from "./data.ts";
import type { Judge, Learnt, Verdict } from "./jobs/learn.ts";
import { learn } from "./learn.ts";
import { type Cell, percent, type ResultTable, within } from "./table.ts";

/** What is trained on, and what on is judged, by name. */
interface HeldOut {
  train: readonly string[];
  split: string;
  tests: Readonly<Record<string, readonly string[]>>;
}

/** A network of the tables. */
interface Variant {
  label: string;
  preset: PresetName;
  features?: string;
}

/** The thesis's inputs as they are, without those that tell runs apart, and with `delta` on a scale that shows where hot ends. */
function variants(target: Target): Variant[] {
  const set = thesisSet(target);
  const logarithm = FEATURE_SETS[set]
    .map(featureName)
    .map((name) => (name === "delta" ? "delta:log2" : name));
  return [
    { label: "pytorch", preset: "pytorch" },
    { label: "pytorch, no clocks, pid, CPUs", preset: "pytorch", features: `${set}-honest` },
    { label: "pytorch, `delta` as logarithm", preset: "pytorch", features: logarithm.join(",") },
    { label: "best", preset: "best" },
  ];
}

function heldOuts(bench: Bench): HeldOut[] {
  const runs = (boot: string, chip = "4x2", cost = "\\d+us") =>
    recordings(bench, new RegExp(`-${chip}-${cost}-${boot}\\.parquet$`));
  const but = (workload: string): HeldOut => ({
    train: runs("train").filter((file) => !file.includes(`/${workload}-`)),
    split: "none",
    tests: {
      [`another workload: ${workload}`]: runs("test").filter((file) => file.includes(`/${workload}-`)),
    },
  });
  const all: HeldOut[] = [
    { train: runs("train"), split: "time:0.8", tests: { "later in the same runs": [] } },
    {
      train: runs("train"),
      split: "none",
      tests: { "another boot": runs("test"), "another chip (8x1)": runs("test", "8x1") },
    },
    but("pgbench"),
    but("numeric"),
    but("rtapp-pipeline"),
    {
      train: runs("train", "4x2", "500us"),
      split: "none",
      tests: { "another migration cost: 0.5 → 4 ms": runs("test", "4x2", "4000us") },
    },
    {
      train: runs("train", "4x2", "4000us"),
      split: "none",
      tests: { "another migration cost: 4 → 0.5 ms": runs("test", "4x2", "500us") },
    },
  ];
  return bench.quick ? all.slice(0, 1) : all;
}

/** The tables of judges on what was held out, and of recall by reason. */
export function heldOutTables(bench: Bench, target: Target): Promise<ResultTable>[] {
  const verdicts = judged(bench, target);
  return [verdicts.then(judgesTable), verdicts.then((all) => reasonsTable(all, bench.quick))];
}

/** Verdicts on a test set, by the label of the network. */
type Judged = { data: string; by: Map<string, Verdict | { why: string }> }[];

async function judged(bench: Bench, target: Target): Promise<Judged> {
  const sets = heldOuts(bench).map(async (heldOut, i) => {
    const learnt = await Promise.all(
      variants(target).map(async ({ label, preset, features }, v): Promise<[string, Learnt]> => {
        const name = `held-out-${target}-${i}-${v}`;
        return [label, await learn(bench, name, { target, preset, features, ...heldOut })];
      }),
    );
    return Object.keys(heldOut.tests).map((data) => ({
      data,
      by: new Map(learnt.map(([label, of]) => [label, of[data]])),
    }));
  });
  return (await Promise.all(sets)).flat();
}

const BESIDE: readonly [string, Judge][] = [
  ["logistic regression", "logistic"],
  ["small tree", "tree"],
  ["the kernel's rule", "rule"],
  ["majority class", "majority"],
];

function judgesTable(judged: Judged): ResultTable {
  const rows = judged.flatMap(({ data, by }): Cell[][] => {
    const best = by.get("best")!;
    if ("why" in best) return [[data, best.why, ...Array.from({ length: 5 }, () => null)]];
    const networks = [...by].flatMap(([label, v]): Cell[][] =>
      "why" in v ? [] : [[label, ...cells(v.own.model, v.atBaseRate.model)]],
    );
    const others = BESIDE.map(([label, judge]): Cell[] => [
      label,
      ...cells(best.own[judge], best.atBaseRate[judge]),
    ]);
    return [...networks, ...others].map((line, i) => [
      i === 0 ? `${data}: ${best.positives.toLocaleString("en")} of ${best.rows.toLocaleString("en")}` : "",
      ...line,
    ]);
  });
  return {
    id: "held-out",
    title: "What is really learned: judges on what was held out of training",
    columns: [
      { name: "held out: positives of rows" },
      { name: "judge" },
      { name: "accuracy %", digits: 2 },
      { name: "balanced % (95 %)", digits: 2 },
      { name: "MCC (95 %)", digits: 3 },
      { name: "PR-AUC (95 %)", digits: 3 },
      { name: "balanced %, cut at base rate (95 %)", digits: 2 },
    ],
    rows,
    notes: [
      "Real kernel in virtual time, nine workloads, two migration costs, chip 4x2 where nothing else is said. Natural frequencies of the classes, but for training with the thesis's preprocessing.",
      "Logistic regression and tree see the inputs of `best` and are cut by the same rule. Nothing can beat the rule on `migrate` and `forced_now`: it is the code that decides.",
    ],
  };
}

function cells(own: Metrics | null, base: Metrics | null): Cell[] {
  if (!own || !base) return Array.from({ length: 5 }, () => null);
  return [
    percent(own.accuracy),
    percent(own.balancedAccuracy, own.intervals?.balancedAccuracy),
    within(own.mcc, own.intervals?.mcc),
    within(own.prAuc, own.intervals?.prAuc),
    percent(base.balancedAccuracy, base.intervals?.balancedAccuracy),
  ];
}

/** Where the rows are that a network gets wrong. */
function reasonsTable(judged: Judged, quick: boolean): ResultTable {
  const [wanted] = quick ? judged : judged.filter(({ data }) => data === "another boot");
  const reasons = new Set<string>();
  for (const v of wanted.by.values())
    if ("byReason" in v) for (const reason of Object.keys(v.byReason)) reasons.add(reason);
  const rows = [...reasons].flatMap((reason): Cell[][] =>
    [...wanted.by].flatMap(([label, v], i): Cell[][] => {
      const score = "byReason" in v ? v.byReason[reason] : undefined;
      if (!score) return [];
      const { rows, positives, accuracy, recall } = score;
      return [
        [
          i === 0 ? reason : "",
          label,
          i === 0 ? rows : null,
          i === 0 ? positives : null,
          percent(accuracy),
          percent(recall),
        ],
      ];
    }),
  );
  return {
    id: "by-reason",
    title: `Where they are right, by what the kernel did (${wanted.data})`,
    columns: [
      { name: "reason" },
      { name: "judge" },
      { name: "rows" },
      { name: "positives" },
      { name: "right %", digits: 2 },
      { name: "positives found %", digits: 2 },
    ],
    rows,
    notes: [],
  };
}
