import type { Target } from "../../traces/schema.ts";

/** A result without the command that makes it again, which only the command line can tell. */
export type Uncommanded<T extends { command: string }> = Omit<T, "command">;

/** A trace of the run: what `nicetries trace info` says about the file. */
export interface TraceResult {
  workload: string;
  role: "train" | "test" | "real";
  file: string;
  /** Time between first and last record, s. */
  seconds: number;
  rows: number;
  reasons: Record<string, number>;
  positives: Record<Target, number>;
  /** sha256 over the rows, pinned by seed; "" for real traces. */
  sha256: string;
  /** Rows that the rule of can_migrate_task reproduces. */
  agree: number;
  /** Command that makes or describes the trace. */
  command: string;
}

export interface ModelResult {
  target: Target;
  preset: string;
  file: string;
  bytes: number;
  inputs: string[];
  hidden: readonly number[];
  parameters: number;
  trainRows: number;
  epochs: number;
  threshold: number;
  /** Validation loss by epoch. */
  curve: { epoch: number; loss: number }[];
  command: string;
}

/** Scores of one judge. Null where a score is not defined (one class only). */
export interface JudgeScores {
  accuracy: number;
  balancedAccuracy: number | null;
  balancedInterval: [number, number] | null;
  mcc: number | null;
  prAuc: number | null;
}

/** One model and its baselines on one data set. */
export interface JudgedResult {
  target: Target;
  preset: string;
  data: string;
  kind: "held-out seed" | "real kernel";
  rows: number;
  positives: number;
  judges: Record<string, JudgeScores>;
  command: string;
}

export interface PolicyResult {
  workload: string;
  seed: string;
  policy: string;
  /** CPU time that made progress, ns: run time without switches, refills, interrupts, balancing, inference. */
  workNs: number;
  /** Finished units of the workload's work (messages, requests ...) per simulated second. */
  unitsPerSecond: number;
  /** Hot tasks really taken off their queue because balancing had failed too often. */
  forced: number;
  /** All changes of CPU, wake-ups included. */
  migrations: number;
  refillNs: number;
  /** 99th percentile of wake-up latency, ns. */
  wakeupP99Ns: number;
  command: string;
}

/** Something that this run could not do, because the rows do not allow it. */
export interface LeftOut {
  /** A trace, a model, or a model on data. */
  what: string;
  why: string;
}

export interface RunResults {
  name: string;
  version: string;
  seed: string;
  chip: string;
  cpus: number;
  quick: boolean;
  command: string;
  traces: TraceResult[];
  models: ModelResult[];
  judged: JudgedResult[];
  policies: PolicyResult[];
  leftOut: LeftOut[];
}
