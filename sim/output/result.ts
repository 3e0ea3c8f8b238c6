import type { Reason } from "../../traces/schema.ts";
import type { SchedstatCpu } from "../core.ts";
import type { MigrationKind } from "../state/core-listener.ts";
import type { LatencySummary } from "./latency-histogram.ts";

/** One task. Times in ns. */
export interface TaskResult {
  pid: number;
  comm: string;
  /** What the workload calls it: instances of one rt-app task have it in common. */
  name: string;
  /** CPU time, lost time included. */
  runNs: number;
  /** Part of runNs without progress (switches, refills, interrupts, balancing, inference). */
  lostNs: number;
  /** Part of lostNs: refilling caches after moves and absence. */
  refillNs: number;
  /** Runnable without running. */
  waitNs: number;
  wakeups: number;
  /** Times it was switched to, and times it lost the CPU while still runnable. */
  switches: number;
  preemptions: number;
  migrations: number;
  /** Units of the workload's work it finished. */
  units: number;
  /** When it ended, -1 while it lives. */
  exitNs: number;
  /** From wake-up to CPU. */
  latency: LatencySummary;
  /** From becoming runnable, by a wake-up or a preemption, to the CPU: all waits that ended. */
  delay: { meanNs: number; maxNs: number; maxEndNs: number };
}

/** One CPU. Times in ns. */
export interface CpuResult {
  cpu: number;
  busyNs: number;
  lostNs: number;
  idleNs: number;
  switches: number;
  /** Switches to a task, and how long those tasks had waited for a CPU until then, ns (rq_sched_info). */
  arrivals: number;
  waitNs: number;
  wakeups: number;
  migrationsIn: number;
  migrationsOut: number;
}

/** One control group, with all that is in it. Times in ns. */
export interface GroupResult {
  path: string;
  /** cpu.weight as it reads at the end. */
  weight: number;
  idle: boolean;
  /** null: no limit. */
  quotaNs: number | null;
  periodNs: number;
  /** CPU time of its tasks and of those in groups below. */
  usageNs: number;
  /** How long its queues were throttled, all CPUs together. */
  throttledNs: number;
  nrPeriods: number;
  nrThrottled: number;
  nrBursts: number;
  burstNs: number;
}

/** The kernel's own threads, all together. Times in ns. */
export interface BackgroundResult {
  threads: number;
  wakeups: number;
  /** CPU time, lost time included, which `totals` and `tasks` do not have. */
  runNs: number;
  lostNs: number;
  waitNs: number;
}

/** The thread that computes for a policy beside its decisions. Times in ns. */
export interface PolicyThreadResult {
  pid: number;
  /** What it has finished. */
  jobs: number;
  /** CPU time, lost time included, which `totals` and `tasks` do not have. */
  runNs: number;
  lostNs: number;
  waitNs: number;
  migrations: number;
}

/** The clocks of the cores. */
export interface FrequencyResult {
  /** Mean over all times in which cores were busy. */
  meanMhz: number;
  /** For how long cores were busy at each frequency, all together, ns. */
  busyNs: Record<string, number>;
  /** Cores that were active on average: busy, idle for a short time, or spinning. */
  activeCores: number;
}

/** What came of a simulation. Times in ns. */
export interface SimulationResult {
  workload: string;
  policy: string;
  chip: string;
  seed: string;
  /** Simulated time, ns: the duration, or when the last task ended. */
  simulatedNs: number;
  /** Scheduler events: switches, wake-ups, ticks, balance passes, migrations. */
  events: number;
  eventsByKind: {
    switches: number;
    wakeups: number;
    ticks: number;
    balancePasses: number;
    migrations: number;
    ipis: number;
  };
  tasks: TaskResult[];
  cpus: CpuResult[];
  /** Control groups but the root, parents before their children; empty where there are none. */
  groups: GroupResult[];
  /** null: it was off. */
  background: BackgroundResult | null;
  /** null: the policy gave its thread nothing to do. */
  policyThread: PolicyThreadResult | null;
  /** null: clocks were not modelled. */
  frequency: FrequencyResult | null;
  /** The counters of /proc/schedstat (version 15): CPUs, and their domains from the lowest up. */
  schedstat: { jiffies: number; cpus: SchedstatCpu[] };
  /** Wake-up latency over all tasks. */
  latency: LatencySummary;
  /** can_migrate_task() calls by reason, and those of them in which the task really left its queue. */
  decisions: Record<Reason, number>;
  detached: Record<Reason, number>;
  /** Changes of CPU by what caused them. */
  migrations: Record<MigrationKind, number>;
  /** Finished work. `makespanNs`: when the last task ended; null when some still live. */
  work: { unit: string; units: number; makespanNs: number | null; created: number; exited: number };
  /**
   * Work conservation: how long some CPU idled while a task that may run there waited for another one, and how often that
   * began. Apart from it: how long CPUs idled while tasks waited none of which may run on any of them.
   */
  conservation: {
    violations: number;
    violatedNs: number;
    affinityForced: number;
    affinityForcedNs: number;
  };
  totals: { runNs: number; lostNs: number; refillNs: number; waitNs: number; idleNs: number };
  /** Questions that a policy was asked; 0 for the stock rules, which are inlined. */
  policyCalls: number;
  /** Its answers to place() that affinity, or that there is no such CPU, forbade. */
  policyVetoes: number;
  notes: string[];
}
