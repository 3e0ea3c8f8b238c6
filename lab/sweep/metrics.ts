import type { SimulationResult } from "../../sim/output/result.ts";

/** A number that a simulation comes to, and which way is up. */
export interface Metric {
  unit: string;
  about: string;
  /** null: neither way is better by itself. */
  better: "higher" | "lower" | null;
  /** Its value for one simulation. */
  of: (result: SimulationResult) => number;
}

const seconds = ({ simulatedNs }: SimulationResult): number => Math.max(simulatedNs, 1) / 1e9;
const perSecond = (count: number, result: SimulationResult): number => count / seconds(result);
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);

/** What sweeps keep of each simulation and comparisons compare. Times are in ns where nothing else is said. */
export const METRICS: Readonly<Record<string, Metric>> = {
  throughput: {
    unit: "units/s",
    about: "the workload's own units of work per simulated second",
    better: "higher",
    of: (r) => perSecond(r.work.units, r),
  },
  makespan: {
    unit: "ns",
    about: "when the last task had ended; the whole duration where some still live",
    better: "lower",
    of: (r) => r.work.makespanNs ?? r.simulatedNs,
  },
  p50: { unit: "ns", about: "median wake-up latency", better: "lower", of: (r) => r.latency.p50Ns },
  p99: {
    unit: "ns",
    about: "99th percentile of the wake-up latency",
    better: "lower",
    of: (r) => r.latency.p99Ns,
  },
  wait: {
    unit: "s/s",
    about: "time that tasks were runnable without running, per simulated second, all tasks together",
    better: "lower",
    of: (r) => perSecond(r.totals.waitNs / 1e9, r),
  },
  migrations: {
    unit: "1/s",
    about: "changes of CPU of all kinds per simulated second",
    better: null,
    of: (r) => perSecond(sum(r.migrations), r),
  },
  forced: {
    unit: "1/s",
    about: "forced answers of can_migrate_task() per simulated second",
    better: null,
    of: (r) => perSecond(r.decisions.forced, r),
  },
  wastedScans: {
    unit: "",
    about: "share of can_migrate_task() calls after which the task stayed where it was; 0 without calls",
    better: "lower",
    of: (r) => (sum(r.decisions) === 0 ? 0 : 1 - sum(r.detached) / sum(r.decisions)),
  },
  refill: {
    unit: "s/s",
    about: "CPU time spent on refilling caches, per simulated second",
    better: "lower",
    of: (r) => perSecond(r.totals.refillNs / 1e9, r),
  },
  imbalance: {
    unit: "",
    about: "standard deviation of the CPUs' busy time over its mean: 0 where all were equally busy",
    better: "lower",
    of: imbalance,
  },
  idleWhileWaiting: {
    unit: "s/s",
    about: "time in which a CPU idled while a task that may run there waited, per simulated second",
    better: "lower",
    of: (r) => perSecond(r.conservation.violatedNs / 1e9, r),
  },
  clock: {
    unit: "MHz",
    about: "mean clock of cores while they were busy; 0 where clocks are not modelled",
    better: "higher",
    of: (r) => r.frequency?.meanMhz ?? 0,
  },
  activeCores: {
    unit: "",
    about: "cores that were active on average, clocked up or ready to be; 0 where clocks are not modelled",
    better: null,
    of: (r) => r.frequency?.activeCores ?? 0,
  },
  fairness: {
    unit: "",
    about:
      "Jain's index of the tasks' progress, run time over run and wait time: 1 where all got an equal part of what they asked for (Jain, Chiu & Hawe, DEC-TR-301, 1984)",
    better: "higher",
    of: fairness,
  },
};

export const METRIC_NAMES: readonly string[] = Object.keys(METRICS);

function imbalance({ cpus }: SimulationResult): number {
  const mean = cpus.reduce((total, { busyNs }) => total + busyNs, 0) / cpus.length;
  if (mean === 0) return 0;
  return Math.sqrt(cpus.reduce((total, { busyNs }) => total + (busyNs - mean) ** 2, 0) / cpus.length) / mean;
}

function fairness({ tasks }: SimulationResult): number {
  const progress = tasks
    .filter(({ runNs, waitNs }) => runNs + waitNs > 0)
    .map((t) => t.runNs / (t.runNs + t.waitNs));
  const squares = progress.reduce((total, x) => total + x * x, 0);
  return squares === 0 ? 1 : progress.reduce((total, x) => total + x, 0) ** 2 / (progress.length * squares);
}
