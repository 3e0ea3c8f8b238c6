/**
 * The knobs of the fair class, as under /sys/kernel/debug/sched of Linux 6.1, plus what the model adds.
 *
 * The three `*Ns` granularities are the already scaled values: the kernel multiplies its defaults (6 ms, 0.75 ms, 1 ms)
 * by 1 + ilog2(min(CPUs, 8)) (SCHED_TUNABLESCALING_LOG).
 */
export interface Tunables {
  /** Ticks per second. Kernel: CONFIG_HZ. */
  hz: number;
  /** sysctl_sched_latency, ns. */
  latencyNs: number;
  /** sysctl_sched_min_granularity, ns. */
  minGranularityNs: number;
  /** sysctl_sched_idle_min_granularity, ns: slice floor of SCHED_IDLE beside normal tasks. */
  idleMinGranularityNs: number;
  /** sysctl_sched_wakeup_granularity, ns. */
  wakeupGranularityNs: number;
  /**
   * sysctl_sched_migration_cost, ns: a task that ran less than this ago is cache-hot. 0: no task but buddies, -1: every
   * task (see task_hot()).
   */
  migrationCostNs: number;
  /** sysctl_sched_nr_migrate: tasks one detach pass may look at. */
  nrMigrate: number;
  /** Kernel: sysctl_sched_child_runs_first. */
  childRunsFirst: boolean;
  /** sysctl_sched_rt_period, ns. */
  rtPeriodNs: number;
  /** sysctl_sched_rt_runtime, ns: how long real-time tasks may have a CPU in each period; -1: always. At most the period. */
  rtRuntimeNs: number;
  /** sched_rr_timeslice, ns: slice of a SCHED_RR task. */
  rrTimesliceNs: number;
  /** Tick-less idle: idle CPUs do not tick and one of them balances for all (CONFIG_NO_HZ_IDLE). */
  nohz: boolean;
  /** CONFIG_PREEMPTION: a newly idle pass stops after the first task. */
  preemption: boolean;
  /**
   * Adds to sd->cache_nice_tries of the level named ("SMT", "MC", ...), or replaces it: the value to use.
   * Empty: as the kernel sets it (SMT 0, MC 1, NUMA 2).
   */
  cacheNiceTries: Readonly<Record<string, number>>;
  /**
   * Duration the kernel would measure for a newly-idle pass over a domain, ns: drives max_newidle_lb_cost and the
   * decision whether a newly idle CPU balances at all. `span` = CPUs of the domain, `examined` = tasks looked at.
   */
  newidleCost: (span: number, examined: number) => number;
  /**
   * Feature NI_RANDOM: draws an integer 0..2^32-1, by which newly-idle passes are skipped as often as they have been in
   * vain. null: the feature is off; so by default, as the core itself knows no chance. Simulations supply a stream.
   */
  newidleRandom: (() => number) | null;
  /**
   * Tasks that must move are spread over their new CPUs from one change from outside to the next
   * (cpumask_any_and_distribute()). False: each begins with the lowest one.
   */
  distributeAffinity: boolean;
}

/** Least and largest value. */
export type Range = readonly [min: number, max: number];

/** What the knobs may be set to that can be turned while the scheduler runs. */
export const TUNABLE_RANGES = {
  latencyNs: [100_000, 1e10],
  minGranularityNs: [10_000, 1e10],
  wakeupGranularityNs: [0, 1e10],
  /** An unsigned int, whose last value stands for -1. */
  migrationCostNs: [-1, 2 ** 32 - 2],
  nrMigrate: [1, 100_000],
} as const satisfies Partial<Record<keyof Tunables, Range>>;

/** The migration cost where the kernel reads it as a time: it is an unsigned int, whose -1 is the largest. ns */
export function migrationCostTime({ migrationCostNs }: Pick<Tunables, "migrationCostNs">): number {
  return migrationCostNs === -1 ? 2 ** 32 - 1 : migrationCostNs;
}

/** RR_TIMESLICE, ns. */
const RR_TIMESLICE_NS = 100_000_000;

/** sched_rr_timeslice in ticks: what is written to it is rounded up, the kernel's own value down. */
export function rrTicks({ hz, rrTimesliceNs }: Pick<Tunables, "hz" | "rrTimesliceNs">): number {
  if (rrTimesliceNs === RR_TIMESLICE_NS) return Math.floor(hz / 10);
  return Math.ceil((rrTimesliceNs * hz) / 1e9);
}

/** Kernel: get_update_sysctl_factor() with the default logarithmic scaling. */
export function tunableFactor(cpus: number): number {
  return 1 + (31 - Math.clz32(Math.min(cpus, 8)));
}

/** Defaults of Linux 6.1 (Debian: HZ=250) for a machine with `cpus` CPUs. */
export function defaultTunables(cpus: number): Tunables {
  const factor = tunableFactor(cpus);
  return {
    hz: 250,
    latencyNs: 6_000_000 * factor,
    minGranularityNs: 750_000 * factor,
    idleMinGranularityNs: 750_000,
    wakeupGranularityNs: 1_000_000 * factor,
    migrationCostNs: 500_000,
    nrMigrate: 32,
    childRunsFirst: false,
    rtPeriodNs: 1_000_000_000,
    rtRuntimeNs: 950_000_000,
    rrTimesliceNs: RR_TIMESLICE_NS,
    nohz: true,
    preemption: false,
    cacheNiceTries: {},
    newidleCost: () => 0,
    newidleRandom: null,
    distributeAffinity: true,
  };
}
