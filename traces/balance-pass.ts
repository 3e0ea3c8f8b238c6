/**
 * A balance pass as its observers get it: one load_balance() over one domain for one CPU, or one push of active balance. Pure
 * types: the simulator makes them, whoever shows them need not know it.
 *
 * Invariants:
 *  P1. The can_migrate_task() calls of a pass come between the end of the pass before it and its own end.
 *  P2. `failed*` and `interval*` are the domain's nr_balance_failed and balance_interval (ms), as the pass found and left them.
 */

/** How a pass came to be: by a CPU about to idle, by the tick, by another CPU for a tickless one, by the stopper. */
export type PassKind = "newly_idle" | "periodic" | "nohz" | "active";

/** What the balancer saw of a group of CPUs (struct sg_lb_stats). */
export interface PassGroup {
  /** The kernel's numbers of its CPUs. */
  cpus: readonly number[];
  /** It holds the CPU that balances. */
  local: boolean;
  /** "group_overloaded" ... */
  type: string;
  load: number;
  capacity: number;
  util: number;
  runnable: number;
  /** Tasks of all classes, and fair ones. */
  nrRunning: number;
  fairNrRunning: number;
  idleCpus: number;
  /** Load by capacity, of 1024; 0 where the balancer did not compute it. */
  avgLoad: number;
}

/** A pass, after its end. Each is an object of its own. */
export interface BalancePass {
  /** ns */
  time: number;
  kind: PassKind;
  /** The CPU that tasks are wanted for, and the one whose code balanced; the kernel's numbers. */
  cpu: number;
  byCpu: number;
  /** Domain level: SMT, MC, ... */
  level: string;
  cacheNiceTries: number;
  /** CPU_IDLE 0, CPU_NOT_IDLE 1, CPU_NEWLY_IDLE 2. */
  idle: number;
  /** In the order in which they were looked at; of several rounds (pinned tasks) the last one's. */
  groups: readonly PassGroup[];
  /** Index in `groups`; -1: none is busier than the own one. */
  busiestGroup: number;
  /** The CPU whose queue was found busiest; -1: none. */
  busiestCpu: number;
  /** What was to be moved, in the unit of `migrationType` (traces/schema.ts). */
  imbalance: number;
  migrationType: string;
  /** The words of BalanceOutcome in sim/state/core-listener.ts. */
  outcome: string;
  /** Tasks looked at, and moved. */
  examined: number;
  moved: number;
  failedBefore: number;
  failedAfter: number;
  intervalBefore: number;
  intervalAfter: number;
}

/** Is called at the end of each pass, in the order of time. */
export type PassListener = (pass: BalancePass) => void;
