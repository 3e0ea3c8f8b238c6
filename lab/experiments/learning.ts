/**
 * E1, E2 and E3: what the thesis reports of each, beside the same on open data, and how much of it is more than the kernel's
 * rule and leaking columns.
 */
import { FEATURE_SETS, featureName, thesisSet } from "../../model/feature-sets.ts";
import type { FeatureName } from "../../model/features.ts";
import { PRESETS, type PresetName, preset } from "../../model/trainer/presets.ts";
import type { Bench } from "./bench.ts";
import { BENCHMARKS, type Benchmark, recordedRuns, recordings, simulatedRun } from "./data.ts";
import { heldOutTables } from "./held-out.ts";
import type { ClassCounts, ScoreJob } from "./jobs/describe.ts";
import { learn } from "./learn.ts";
import { type Cell, percent, type ResultTable } from "./table.ts";
import { CLASS_BALANCE, THESIS } from "./thesis.ts";

export type ThesisTarget = keyof typeof THESIS;

/** All tables of one target. */
export async function learningTables(bench: Bench, target: ThesisTarget): Promise<ResultTable[]> {
  recordings(bench, /-train\.parquet$/); // that they are missing is said before anything takes time
  const simulated = await simulatedRuns(bench);
  return Promise.all([
    ...(target === "forced_eventually" ? [balanceTable(bench, simulated)] : []),
    scoreTable(bench, target, simulated),
    Promise.resolve(sizesTable(target)),
    accuracyTable(bench, target, simulated),
    ...heldOutTables(bench, target),
  ]);
}

type Runs = ReadonlyMap<Benchmark, { train: string; test: string }>;

async function simulatedRuns(bench: Bench): Promise<Runs> {
  const of = async (b: Benchmark) =>
    [
      b,
      { train: await simulatedRun(bench, b, "train"), test: await simulatedRun(bench, b, "test") },
    ] as const;
  return new Map(await Promise.all(BENCHMARKS.map(of)));
}

/** Table 5.5. */
async function balanceTable(bench: Bench, simulated: Runs): Promise<ResultTable> {
  const counts = (name: string, files: string[]) =>
    bench.run<ClassCounts>({
      name: `count-${name}`,
      job: "countClasses",
      argument: { files },
      reads: files,
      writes: [],
    });
  const lines = (name: string, { rows, forced, histories }: ClassCounts): Cell[] => [
    name,
    rows,
    percent(forced / rows),
    percent(histories / rows),
    forced === 0 ? null : histories / forced,
  ];
  const rows = await Promise.all(
    BENCHMARKS.map(async (b) => {
      const { forced, histories } = CLASS_BALANCE[b.thesis];
      const both = [...recordedRuns(bench, b, "train"), ...recordedRuns(bench, b, "test")];
      const { train, test } = simulated.get(b)!;
      return [
        [b.thesis, "thesis", 1_000_000, forced, histories, histories / forced],
        ["", ...lines(`real kernel, ${b.recorded}`, await counts(b.recorded, both))],
        ["", ...lines(`simulated, ${b.model}`, await counts(`${b.model}-simulated`, [train, test]))],
      ] satisfies Cell[][];
    }),
  );
  return {
    id: "class-balance",
    title: "Table 5.5: how often migrations are forced, and how many calls lead to them",
    columns: [
      { name: "benchmark" },
      { name: "data" },
      { name: "records" },
      { name: "forced %", digits: 3 },
      { name: "calls of histories %", digits: 3 },
      { name: "calls per forced one", digits: 2 },
    ],
    rows: rows.flat(),
    notes: [
      "Recorded: both boots, on both chips, with migration costs of 0.5 and 4 ms, all together. A history is every call with the key (task, source, destination, migrations so far) of a forced one, itself included.",
    ],
  };
}

/** Tables 5.4, 5.6 and 5.7. */
async function scoreTable(bench: Bench, target: ThesisTarget, simulated: Runs): Promise<ResultTable> {
  const { table, inputs } = THESIS[target].scores;
  const columns = Object.keys(inputs) as FeatureName[];
  const score = (name: string, files: readonly string[]) =>
    bench.run<(number | null)[]>({
      name: `score-${target}-${name}`,
      job: "scoreInputs",
      argument: { files, target, columns } satisfies ScoreJob,
      reads: files,
      writes: [],
    });
  const found = await Promise.all(
    BENCHMARKS.map(async (b) => ({
      real: await score(b.recorded, recordedRuns(bench, b, "train")),
      simulated: await score(`${b.model}-simulated`, [simulated.get(b)!.train]),
    })),
  );
  const rows = columns.flatMap((column, i): Cell[][] => [
    [column, "thesis", ...inputs[column]!],
    ["", "real kernel", ...found.map(({ real }) => real[i])],
    ["", "simulated", ...found.map((of) => of.simulated[i])],
  ]);
  return {
    id: "scores",
    title: `Table ${table}: score of each input by itself (ANOVA's F)`,
    columns: [
      { name: "input" },
      { name: "data" },
      ...BENCHMARKS.map(({ thesis }) => ({ name: thesis, digits: 2 })),
    ],
    rows,
    notes: [
      "F grows with the number of rows: the thesis scored a million of each benchmark, here there are thousands. Compare the order within a column, not the sizes.",
      "“-”: the rows hold one class only, or the column does not vary.",
    ],
  };
}

/** Table 5.8, as the presets are. */
function sizesTable(target: ThesisTarget): ResultTable {
  const of = (name: PresetName) => ({ name, ...preset(name, target) });
  const rows = PRESETS.map(of).map(({ name, features, config }): Cell[] => {
    const inputs = FEATURE_SETS[features];
    const units = inputs.length + config.hidden.reduce((sum, n) => sum + n, 0) + 1;
    return [
      name,
      name === "best" ? "ours" : `column “${name === "libml" ? "LibML" : "PyTorch"}”`,
      inputs.length,
      units,
      String(config.learningRate),
      String(config.weightDecay || "-"),
      config.batchSize,
      config.optimiser,
      config.epochs,
    ];
  });
  return {
    id: "hyper-parameters",
    title: "Table 5.8: networks as they are trained here",
    columns: [
      "preset",
      "from",
      "inputs",
      "units in all",
      "learning rate",
      "weight decay",
      "batch",
      "optimiser",
      "epochs at most",
    ].map((name) => ({ name, digits: 0 })),
    rows,
    notes: [
      `Inputs of the thesis: ${FEATURE_SETS[thesisSet(target)].map(featureName).join(", ")}.`,
      "Units, rates, decay and batches of `libml` and `pytorch` are those of the thesis. It does not say optimiser and epochs: these are ours.",
    ],
  };
}

/** Figures 5.1 to 5.3. */
async function accuracyTable(bench: Bench, target: ThesisTarget, simulated: Runs): Promise<ResultTable> {
  const { figure, accuracy, summary } = THESIS[target];
  const why = new Set<string>();
  const learnt = async (
    b: Benchmark,
    data: string,
    train: readonly string[],
    test: readonly string[],
    name: PresetName,
  ) => {
    const result = await learn(bench, `learn-${target}-${name}-${data}-${b.recorded}`, {
      target,
      preset: name,
      train,
      split: "random:0.8",
      tests: { "same run": [], "separate run": test },
    });
    return Object.values(result).map((verdict): Cell => {
      if ("why" in verdict) {
        why.add(`${b.thesis}, ${data}: ${verdict.why.split(/[:.;(]/)[0]}`);
        return null;
      }
      if (verdict.positives === 0 || verdict.positives === verdict.rows) {
        why.add(`${b.thesis}, ${data}: the test rows hold one class only`);
        return null;
      }
      // classes 50/50, as the thesis judged: the mean of both hit rates is the accuracy on such rows
      const of = name === "best" ? verdict.atBaseRate : verdict.own;
      return percent(of.model!.balancedAccuracy, of.model!.intervals?.balancedAccuracy);
    });
  };
  const rows = await Promise.all(
    BENCHMARKS.map(async (b): Promise<Cell[][]> => {
      const said = accuracy[b.thesis];
      const of = async (data: string, train: readonly string[], test: readonly string[]) => {
        const all = await Promise.all(
          (["pytorch", "libml", "best"] as const).map((p) => learnt(b, data, train, test, p)),
        );
        return all.flat();
      };
      const { train, test } = simulated.get(b)!;
      return [
        [b.thesis, "thesis", said?.pytorch || null, null, said?.libml || null, null, null, null],
        [
          "",
          "real kernel",
          ...(await of("real", recordedRuns(bench, b, "train"), recordedRuns(bench, b, "test"))),
        ],
        ["", "simulated", ...(await of("simulated", [train], [test]))],
      ];
    }),
  );
  const column = (name: string) =>
    ["same run", "separate run"].map((run) => ({ name: `${name}, ${run}`, digits: 1 }));
  return {
    id: "accuracy",
    title: `Figure ${figure}: accuracy on balanced classes, %, by benchmark (95 % intervals)`,
    columns: [
      { name: "benchmark" },
      { name: "data" },
      ...column("pytorch"),
      ...column("libml"),
      ...column("best"),
    ],
    rows: rows.flat(),
    notes: [
      `The thesis: ${summary}.`,
      "A network for each benchmark. “Same run”: a fifth of the rows, drawn at random, is held out, so that neighbours in time lie on both sides. “Separate run”: another boot of the real kernel, another seed of the simulator.",
      ...(why.size > 0 ? [`Without a number: ${[...why].sort().join("; ")}.`] : []),
    ],
  };
}
