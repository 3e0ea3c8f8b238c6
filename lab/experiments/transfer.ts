/** From simulation to reality: networks trained on simulated rows, on real ones and on both, judged on either. */
import type { Target } from "../../traces/schema.ts";
import type { Bench } from "./bench.ts";
import { BENCHMARKS, recordedRuns, recordings } from "./data.ts";
import type { Learnt } from "./jobs/learn.ts";
import { learn } from "./learn.ts";
import { plainTraces, variedTraces } from "./simulated-traces.ts";
import { type Cell, percent, type ResultTable, within } from "./table.ts";

const TARGETS: readonly [Target, string][] = [
  ["migrate", "E1 `migrate`"],
  ["forced_eventually", "E2 `forced_eventually`"],
  ["forced_now", "E3 `forced_now`"],
];

/** Judged on, by name. */
type Tests = Record<string, readonly string[]>;

export async function transferTables(bench: Bench): Promise<ResultTable[]> {
  const real = recordings(bench, /-train\.parquet$/);
  const tests: Tests = {
    simulated: await plainTraces(bench, "test"),
    "real, other boots": recordings(bench, /-test\.parquet$/),
    "real, other workloads": recordings(bench, /\.parquet$/, "traces/real"),
    ...Object.fromEntries(BENCHMARKS.map((b) => [b.recorded, recordedRuns(bench, b, "test")])),
    desktop: recordings(bench, /^desktop-.*-test\.parquet$/),
  };
  const [plain, varied] = await Promise.all([plainTraces(bench, "train"), variedTraces(bench)]);
  const sets: [string, readonly string[]][] = [
    ["simulated, plain", plain],
    ["simulated, varied", varied],
    ["real", real],
    ["both", [...varied, ...real]],
  ];
  const learnt = await Promise.all(
    TARGETS.flatMap(([target, title]) =>
      sets.map(async ([set, train]) => {
        const name = `transfer-${target}-${set.replace(/\W+/g, "-")}`;
        return {
          title,
          set,
          verdicts: await learn(bench, name, { target, preset: "best", train, split: "none", tests }),
        };
      }),
    ),
  );
  return [matrix(learnt), byBenchmark(learnt), misses(learnt)];
}

type Trained = { title: string; set: string; verdicts: Learnt };

const POOLED = ["simulated", "real, other boots", "real, other workloads"];

function matrix(learnt: readonly Trained[]): ResultTable {
  return {
    id: "matrix",
    title: "From simulation to reality: `best`, cut at the base rate",
    columns: [
      { name: "target" },
      { name: "trained on" },
      ...POOLED.flatMap((name) => [
        { name: `${name}: balanced % (95 %)`, digits: 1 },
        { name: "PR-AUC", digits: 3 },
      ]),
    ],
    rows: learnt.map(({ title, set, verdicts }) => [
      title,
      set,
      ...POOLED.flatMap((name): Cell[] => {
        const v = verdicts[name];
        if ("why" in v) return [null, null];
        const { balancedAccuracy, intervals } = v.atBaseRate.model!;
        return [percent(balancedAccuracy, intervals?.balancedAccuracy), within(v.own.model!.prAuc)];
      }),
    ]),
    notes: [
      "Simulated, plain: the five models on the thesis's chip, nothing else on the machine. Varied: six models, more shapes of `weights`, pinned tasks and groups with a quota, on two chips, with two migration costs, beside the kernel's own threads. Real: first boots of nine workloads, on two chips, with two migration costs.",
      "Judged on other seeds, second boots of all of these, and `traces/real/`: other workloads under another clock.",
    ],
  };
}

function byBenchmark(learnt: readonly Trained[]): ResultTable {
  const names = Object.keys(learnt[0].verdicts).filter((name) => !POOLED.includes(name));
  return {
    id: "benchmarks",
    title: "The same by benchmark: balanced accuracy on second boots of the real kernel, %",
    columns: [{ name: "target" }, { name: "trained on" }, ...names.map((name) => ({ name, digits: 1 }))],
    rows: learnt.map(({ title, set, verdicts }) => [
      title,
      set,
      ...names.map((name): Cell => {
        const v = verdicts[name];
        if ("why" in v || v.positives === 0 || v.positives === v.rows) return null;
        return percent(v.atBaseRate.model!.balancedAccuracy);
      }),
    ]),
    notes: ["“-”: these recordings hold one class only."],
  };
}

/** What remains between simulated and real, by what the kernel did. */
function misses(learnt: readonly Trained[]): ResultTable {
  const reasons = new Set<string>();
  for (const { verdicts } of learnt) {
    const v = verdicts["real, other boots"];
    if ("byReason" in v) for (const reason of Object.keys(v.byReason)) reasons.add(reason);
  }
  return {
    id: "misses",
    title:
      "Where they are right on second boots of the real kernel, by what the kernel did, % (own threshold)",
    columns: [
      { name: "target" },
      { name: "trained on" },
      ...[...reasons].map((name) => ({ name, digits: 1 })),
    ],
    rows: learnt.map(({ title, set, verdicts }) => {
      const v = verdicts["real, other boots"];
      return [
        title,
        set,
        ...[...reasons].map((reason): Cell => {
          const score = "byReason" in v ? v.byReason[reason] : undefined;
          return score ? percent(score.accuracy) : null;
        }),
      ];
    }),
    notes: [],
  };
}
