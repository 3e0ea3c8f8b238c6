/** The models in the box on what they have not seen. */
import { join, relative } from "node:path";
import { cardPath } from "../../model/card-path.ts";
import { differenceInterval } from "../../model/evaluation/bootstrap.ts";
import { ZOO } from "../../model/zoo.ts";
import { trainingOutputs } from "../train-file.ts";
import type { Bench } from "./bench.ts";
import { recordings } from "./data.ts";
import type { FileVerdict, JudgeFileJob } from "./jobs/judge-file.ts";
import type { TrainJob } from "./jobs/train.ts";
import { type Cell, percent, type ResultTable, within } from "./table.ts";

export async function zooTables(bench: Bench): Promise<ResultTable[]> {
  const tests: [string, string[]][] = [
    ["second boots, 4x2", recordings(bench, /-4x2-.*-test\.parquet$/)],
    ["second boots, 8x1", recordings(bench, /-8x1-.*-test\.parquet$/)],
    ["other workloads, a busy host's clock", recordings(bench, /\.parquet$/, "traces/real")],
    ["groups and real-time tasks", recordings(bench, /-test\.parquet$/, "traces/real/groups")],
  ];
  const judged = ([data, files]: (typeof tests)[number], model: string, name: string) => {
    const resamples = bench.quick ? 10 : 100;
    const argument: JudgeFileJob = { model, files, seed: bench.seed, resamples };
    return bench.run<FileVerdict>({
      name: `judge-zoo-${name}-${data.replace(/\W+/g, "-")}`,
      job: "judgeFile",
      argument,
      reads: [model, cardPath(model), ...files],
      writes: [],
    });
  };
  const inBox = (name: string) => relative(process.cwd(), join(bench.root, "model/zoo", `${name}.nt`));
  const rows = await Promise.all(
    Object.entries(ZOO).map(async ([target, name]): Promise<Cell[][]> => {
      const lines = await Promise.all(
        tests.map(async (test): Promise<Cell[]> => {
          const [data] = test;
          const v = await judged(test, inBox(name), name);
          return [
            v.bytes,
            data,
            `${v.positives.toLocaleString("en")} of ${v.rows.toLocaleString("en")}`,
            within(v.own.mcc, v.own.intervals?.mcc),
            v.rule.mcc,
            within(v.own.prAuc, v.own.intervals?.prAuc),
            v.rule.prAuc,
            percent(v.atBaseRate.balancedAccuracy, v.atBaseRate.intervals?.balancedAccuracy),
          ];
        }),
      );
      return lines.map(([bytes, ...line], i) => [
        i === 0 ? `zoo/${name}, \`${target}\`` : "",
        i === 0 ? bytes : null,
        ...line,
      ]);
    }),
  );
  return [
    {
      id: "zoo",
      title: "The models in the box, in the kernel's fixed point",
      columns: [
        { name: "model" },
        { name: "bytes" },
        { name: "judged on" },
        { name: "positives of rows" },
        { name: "MCC (95 %)", digits: 3 },
        { name: "the rule's", digits: 3 },
        { name: "PR-AUC (95 %)", digits: 3 },
        { name: "the rule's", digits: 3 },
        { name: "balanced %, cut at base rate (95 %)", digits: 2 },
      ],
      rows: rows.flat(),
      notes: [
        "Preset `best`, trained by `scripts/zoo.ts` on the first boots of nine workloads, on two chips, with two migration costs; `e2` with the inputs `wide-forced`.",
      ],
    },
    {
      id: "forced-before",
      title: "zoo/e2 beside the same without the input `task_forced_before`",
      columns: [
        { name: "judged on" },
        { name: "MCC without", digits: 3 },
        { name: "MCC gained (95 %)", digits: 3 },
        { name: "PR-AUC without", digits: 3 },
        { name: "PR-AUC gained (95 %)", digits: 3 },
      ],
      rows: await Promise.all(
        tests.map(async (test): Promise<Cell[]> => {
          const without = await judged(test, await plainModel(bench), "e2-without");
          const own = await judged(test, inBox("e2"), "e2");
          return [
            test[0],
            ...(["mcc", "prAuc"] as const).flatMap((metric): Cell[] => {
              const [a, b] = [without.own[metric], own.own[metric]];
              const interval = differenceInterval(without.draws[metric], own.draws[metric]);
              return [a, within(a === null || b === null ? null : b - a, interval)];
            }),
          ];
        }),
      ),
      notes: [
        "Gained on the same resampled rows. Where the column was not recorded it follows from the rows. It tells by definition: a call whose move was forced before belongs to that history.",
      ],
    },
  ];
}

/** As `scripts/zoo.ts` trains, with the inputs of `best` alone. */
async function plainModel(bench: Bench): Promise<string> {
  const traces = recordings(bench, /-train\.parquet$/);
  const out = join(bench.dir, "models", "e2-without.nt");
  const argument: TrainJob = {
    target: "forced_eventually",
    preset: "best",
    config: bench.quick ? { epochs: 3 } : {},
    seed: "1",
    split: "none",
    traces,
    out,
  };
  const writes = trainingOutputs(out).filter((file) => !file.endsWith(".checkpoint"));
  await bench.run({ name: "train-zoo-e2-without", job: "train", argument, reads: traces, writes });
  return out;
}
