import type { Task } from "./cfs/task.ts";
import type { Tunables } from "./cfs/tunables.ts";
import type { Topology } from "./chip/topology.ts";
import type { CoreListener } from "./core-listener.ts";
import type { Policy } from "./policy/policy.ts";

export { SCHED_BATCH, SCHED_IDLE, SCHED_NORMAL, Task } from "./cfs/task.ts";
export { defaultTunables, type Tunables } from "./cfs/tunables.ts";
export type { Topology, TopologyCpu } from "./chip/topology.ts";
export * from "./core-listener.ts";

export interface CoreOptions {
  topology: Topology;
  tunables?: Partial<Tunables>;
  /** Undefined: the stock rule of can_migrate_task(), inlined. */
  policy?: Policy;
  listener?: CoreListener;
}

export interface NewTaskOptions {
  comm?: string;
  nice?: number;
  /** SCHED_NORMAL (0, default), SCHED_BATCH (3) or SCHED_IDLE (5). */
  policy?: number;
  /** CPUs the task may use; undefined = all. */
  affinity?: readonly number[];
  /** CPU it slept on last (default: lowest allowed). wakeNew() places anew. */
  cpu?: number;
  /** Default: counts up from 1. */
  pid?: number;
}

/** A CPU as outputs see it (struct rq). Read only. */
export interface CoreCpu {
  readonly cpu: number;
  /** Task on the CPU, null when idle. */
  readonly curr: Task | null;
  /** Fair tasks on the queue, the running one included (cfs.h_nr_running). */
  readonly nrRunning: number;
  /** The stopper holds the CPU (only inside listener calls). */
  readonly stopperRunning: boolean;
  /** nohz: the CPU is idle and its tick is stopped: do not call tickCpu() for it. */
  readonly tickStopped: boolean;
}

/**
 * The fair class and its balancer on a chip, driven by operations at a clock that only the caller moves. After each
 * operation everything it set off (reschedules, newly-idle balancing, softirqs, the stopper, queued wake-ups) has run
 * to rest at the same clock value. Deterministic; no I/O; no randomness.
 */
export declare class SchedulerCore {
  readonly topology: Topology;
  readonly tunables: Readonly<Tunables>;
  readonly cpus: readonly CoreCpu[];
  /** Clock, integer ns. */
  readonly now: number;
  readonly jiffies: number;
  /** Scheduler events so far: switches, wake-ups, ticks, balance passes, migrations. */
  readonly events: number;

  constructor(options: CoreOptions);

  /** Moves the clock; `now` must not go back. */
  advanceTo(now: number): void;
  /** A new task, asleep. */
  newTask(options?: NewTaskOptions): Task;
  /** fork: places a new task (wake_up_new_task), forked by what runs on `parentCpu`. */
  wakeNew(task: Task, parentCpu: number): void;
  /** execve of the task running on `cpu` (sched_exec). */
  exec(cpu: number): void;
  /**
   * try_to_wake_up from `fromCpu` (from the task running there, or an interrupt when it is idle). False when the task
   * is already runnable. `sync`: the waker is about to sleep (WF_SYNC, pipes).
   */
  wake(task: Task, fromCpu: number, sync?: boolean): boolean;
  /** The task running on `cpu` goes to sleep. False when idle. */
  block(cpu: number): boolean;
  /** The task running on `cpu` ends. False when idle. */
  exitCurrent(cpu: number): boolean;
  /** sched_yield() of the task running on `cpu`. False when idle. */
  yieldCpu(cpu: number): boolean;
  setNice(task: Task, nice: number): void;
  setPolicy(task: Task, policy: number): void;
  /** set_cpus_allowed_ptr(). False when nothing changed. */
  setAffinity(task: Task, cpus: readonly number[]): boolean;

  /** jiffies + 1, then every CPU ticks in turn, each with its softirq, run to rest in between. */
  tick(): void;
  /** jiffies + 1. The event loop calls it every 1/HZ s, whether CPUs tick or not. */
  advanceJiffies(): void;
  /** The timer interrupt of one CPU: scheduler_tick(), softirq, then to rest. */
  tickCpu(cpu: number): void;
}
