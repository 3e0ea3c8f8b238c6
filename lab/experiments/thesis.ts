/**
 * What the thesis reports (M. Pinto, UTEC 2024), to stand beside what is found here: Tables 5.4 to 5.10 as printed, and of its
 * figures what the text says in numbers. Benchmarks in the order of its tables.
 */
import type { FeatureName } from "../../model/features.ts";
import type { Target } from "../../traces/schema.ts";

export const THESIS_BENCHMARKS = ["arrayfire", "askap", "cassandra", "compress-zstd", "hackbench"] as const;
export type ThesisBenchmark = (typeof THESIS_BENCHMARKS)[number];
type FiveNumbers = readonly [number, number, number, number, number];

/** Univariate scores of the inputs, by benchmark. */
export interface ScoreTable {
  /** Its number in the thesis. */
  table: string;
  inputs: Partial<Record<FeatureName, FiveNumbers>>;
}

const TABLE_5_4: ScoreTable = {
  table: "5.4",
  inputs: {
    cpu_idle: [7749.85, 9691.54, 732.98, 7837.08, 6656.93],
    pid: [21.68, 78.7, 75.86, 1212.13, 405.16],
    task_util_avg: [0.17, 125.78, 39.66, 7010.51, 455838.23],
    sd_nr_balance_failed: [1298.48, 632.54, 39667.73, 984.52, 1.02],
    task_vruntime: [11490.23, 9453.88, 351.49, 7629.09, 637.64],
    delta: [192723.65, 148431.65, 162989.79, 120962.92, 90859.08],
    task_nr_migrations: [226.87, 1329.91, 0.18, 60.67, 38141.56],
  },
};

const TABLE_5_6: ScoreTable = {
  table: "5.6",
  inputs: {
    cpu_idle: [1497.37, 1354.55, 370.36, 641.28, 27.63],
    cpu_newly_idle: [831.99, 793.99, 783.39, 257.09, 18.33],
    task_util_avg: [1831.09, 1873.33, 16.74, 904.71, 10.0],
    sd_nr_balance_failed: [3423.52, 3.53, 54.11, 32.87, 2.68],
    sd_cache_nice_tries: [13.02, 2251.77, 16.9, 910.06, 2.0],
    delta: [231.24, 184.0, 952.17, 158.21, 0.89],
    start_runtime: [1461.39, 1354.24, 10472.13, 0.19, 0.33],
    task_nr_migrations: [378.4, 157.96, 5913.19, 89.62, 0.27],
    ts: [1741.94, 1561.88, 13004.84, 8.87, 0.21],
    src_rq_nr_running: [88.71, 35.7, 58.87, 20.31, 0.17],
  },
};

const TABLE_5_7: ScoreTable = {
  table: "5.7",
  inputs: {
    cpu_idle: [20935.83, 2788.98, 3156.14, 13673.93, 0.19],
    cpu_newly_idle: [3529.31, 1270.87, 8365.95, 2402.05, 0.31],
    task_util_avg: [13313.02, 5138.66, 330.94, 4487.73, 0.005],
    sd_nr_balance_failed: [55256.6, 37948.11, 108486.86, 49143.49, 3252.77],
    sd_cache_nice_tries: [2259.62, 665.74, 1529.52, 247.79, 17.77],
    delta: [293.72, 154.36, 2645.16, 211.99, 15.43],
    dst_cpu: [0.73, 0.2, 395.36, 199.46, 0.11],
  },
};

/** Table 5.5: forced calls and calls of histories among the records, percent. */
export const CLASS_BALANCE: Record<ThesisBenchmark, { forced: number; histories: number }> = {
  arrayfire: { forced: 0.6531, histories: 4.4901 },
  askap: { forced: 0.3953, histories: 2.3195 },
  cassandra: { forced: 7.0197, histories: 25.7518 },
  "compress-zstd": { forced: 0.6759, histories: 1.5845 },
  hackbench: { forced: 0.0029, histories: 0.0063 },
};

/** Tables 5.9 and 5.10 for a benchmark. */
export interface ThesisCost {
  /** Mean of can_migrate_task(), ns. */
  latencyNs: { stock: number; withMl: number };
  /** Of one run each; "prediction": the network of E2 decides. */
  runSeconds: { stock: number; withMl: number; prediction: number };
}

export const COST: Record<ThesisBenchmark, ThesisCost> = {
  arrayfire: {
    latencyNs: { stock: 2051.96, withMl: 31235.13 },
    runSeconds: { stock: 57, withMl: 62.2, prediction: 57.2 },
  },
  askap: {
    latencyNs: { stock: 3743.49, withMl: 37644.6 },
    runSeconds: { stock: 432, withMl: 431.2, prediction: 432 },
  },
  cassandra: {
    latencyNs: { stock: 1578.89, withMl: 43490.65 },
    runSeconds: { stock: 801.8, withMl: 771.8, prediction: 779 },
  },
  "compress-zstd": {
    latencyNs: { stock: 4871.05, withMl: 67454.05 },
    runSeconds: { stock: 385.6, withMl: 384.8, prediction: 388 },
  },
  hackbench: {
    latencyNs: { stock: 669.02, withMl: 47335.62 },
    runSeconds: { stock: 16.59, withMl: 16.19, prediction: 15.78 },
  },
};

/** An accuracy of the thesis as far as its text says it: a number, or a bound such as "> 90". */
type Said = string;

/** What the thesis says of an experiment. */
export interface ThesisExperiment {
  scores: ScoreTable;
  /** Figures 5.1 to 5.3, accuracy on balanced classes in percent: PyTorch and LibML, one run; by benchmark. */
  figure: string;
  accuracy: Partial<Record<ThesisBenchmark, { pytorch: Said; libml: Said }>>;
  /** Its mean or its summary. */
  summary: string;
}

export const THESIS: Record<Exclude<Target, "forced_detached">, ThesisExperiment> = {
  migrate: {
    scores: TABLE_5_4,
    figure: "5.1",
    accuracy: {
      arrayfire: { pytorch: "> 90", libml: "> 90" },
      askap: { pytorch: "> 90", libml: "> 90" },
      cassandra: { pytorch: "> 90", libml: "> 90" },
      "compress-zstd": { pytorch: "87.44", libml: "85.9" },
      hackbench: { pytorch: "99.38", libml: "95.16" },
    },
    summary: "above 90 % except compress-zstd",
  },
  forced_eventually: {
    scores: TABLE_5_6,
    figure: "5.2",
    accuracy: {
      arrayfire: { pytorch: "> 90", libml: "> 90" },
      askap: { pytorch: "> 90", libml: "> 90" },
      cassandra: { pytorch: "up to 98.5", libml: "> 90" },
      "compress-zstd": { pytorch: "83.8", libml: "80.6" },
      hackbench: { pytorch: "100", libml: "96.8" },
    },
    summary: "92.442 % on average; hackbench 92.3 % on a separate run",
  },
  forced_now: {
    scores: TABLE_5_7,
    figure: "5.3",
    accuracy: {
      cassandra: { pytorch: "95.76", libml: "95.44" },
      hackbench: { pytorch: "100", libml: "" },
    },
    summary: "97.6 % (PyTorch) and 97.4 % (LibML) on average, 96.13 % in the kernel",
  },
};
