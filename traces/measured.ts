/**
 * What is measured on a real kernel and kept as a JSON file for each measurement: kernel-bridge/measure/ writes them, experiments make
 * tables of them. Numbers as they were counted; everything that is estimated from them is made by the reader.
 */

/** Where a measurement was made. */
export interface MeasuredOn {
  /** As `uname -r` has it. */
  kernel: string;
  /** What moved the guest's time. */
  clock: Record<string, string>;
}

/** Calls of can_migrate_task() under one contender, in instructions. */
export interface MeasuredLatency {
  calls: number;
  /** Over all calls. */
  mean: number;
  /** By percent. */
  quantiles: Record<"5" | "25" | "50" | "75" | "95" | "99", number>;
  /** The histogram: a bucket's lower end, its width, and the calls in it. */
  density: (readonly [low: number, width: number, calls: number])[];
}

/** Runs of one load under one contender; all lists have a number for each round, and rounds of a number belong together. */
export interface MeasuredRuns {
  name: string;
  /** s */
  seconds: number[];
  /** Waiting of tasks for a CPU, s. */
  waited: number[];
  /** Tasks that balancing took, and cache-hot ones among them. */
  gained: number[];
  hotGained: number[];
}

/** Tables 5.9 and 5.10. */
export interface CostMeasured extends MeasuredOn {
  benchmarks: {
    benchmark: string;
    load: string;
    contenders: (MeasuredRuns & { latency: MeasuredLatency })[];
  }[];
}

/** Predictions of a network against what became of the calls. */
export interface MeasuredVerdict {
  tp: number;
  fp: number;
  tn: number;
  fn: number;
  /** null where the calls are of one class. */
  balancedAccuracy: number | null;
  /** 95 % */
  interval: readonly [number, number] | null;
}

/** The third bars of Figures 5.1 to 5.3. */
export interface ShadowMeasured extends MeasuredOn {
  networks: {
    benchmark: string;
    target: string;
    preset: string;
    /** By the kernel, in fixed point, while the workload ran: those calls in which this network was installed. */
    inKernel: MeasuredVerdict;
    /** By the floating-point network outside, on all calls of the same runs that get past the hard refusals. */
    outside: MeasuredVerdict;
    /** Logits of the kernel that differ from those of the fixed-point network outside. */
    wrongLogits: number;
  }[];
}

/** `kernel verify` of the models in the box. */
export interface VerifiedMeasured extends MeasuredOn {
  models: {
    name: string;
    /** sha256 of the model file. */
    sha256: string;
    phases: {
      workload: string;
      mode: string;
      decisions: number;
      positive: number;
      wrongLogits: number;
      wrongSigns: number;
      wrongAnswers: number;
      installations: number;
    }[];
    hostileFiles: number;
    faults: string[];
  }[];
}

/** Earlier migration on a real kernel: rounds are boots. */
export interface PremigrationMeasured extends MeasuredOn {
  settings: {
    workload: string;
    chip: string;
    migrationCostMs: number;
    /** `idle`: share of the time of all CPUs in which they had nothing to run. */
    contenders: (MeasuredRuns & { idle: number[] })[];
  }[];
}

/** By the name of the file. */
export interface Measurements {
  cost: CostMeasured;
  shadow: ShadowMeasured;
  verified: VerifiedMeasured;
  premigration: PremigrationMeasured;
}
export type MeasurementName = keyof Measurements;
