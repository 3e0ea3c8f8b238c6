import type { TraceRow } from "../../traces/schema.ts";
import type { BalanceWatch } from "./balance-watch.ts";
import type { Task } from "./task.ts";

/** Why a task changed its CPU. (The placement of a new task is no change: it has never been anywhere.) */
export type MigrationKind = "wakeup" | "exec" | "balance" | "active" | "affinity" | "push" | "pull";

/** State in which the previous task left the CPU: still runnable (preempted or yielded), asleep, or gone. */
export const PREV_RUNNABLE = 0;
export const PREV_SLEEPING = 1;
export const PREV_EXITED = 2;

/** Values of `enum cpu_idle_type` in Linux 6.1. */
export const CPU_IDLE = 0;
export const CPU_NOT_IDLE = 1;
export const CPU_NEWLY_IDLE = 2;

/** How one pass over one domain ended: columns of /proc/schedstat, plus "not_ours" of should_we_balance(). */
export type BalanceOutcome = "moved" | "nobusyg" | "nobusyq" | "failed" | "pinned" | "active" | "not_ours";

/** Why one CPU interrupted another. */
export type IpiKind = "resched" | "wakeup" | "nohz_kick" | "stopper";

/**
 * Observers of the core. All calls are synchronous, in the order in which the kernel would reach them; an observer
 * must not call an operation of the core from inside one. Whatever is left out costs nothing.
 */
export interface CoreListener {
  /**
   * CPU `cpu` switched from `prev` to `next`; null is the idle task, or the stopper when
   * `core.cpus[cpu].stopperRunning` is set (it borrows the CPU at one clock value, then a second call follows).
   */
  onSwitch?(cpu: number, prev: Task | null, next: Task | null, prevState: number): void;
  /**
   * `task` became runnable on `targetCpu`; `wakerCpu` is where the waker, for a new task its parent, ran. After any
   * onMigrate of the wake-up.
   */
  onWakeup?(task: Task, targetCpu: number, wakerCpu: number, isNew: boolean): void;
  onMigrate?(task: Task, from: number, to: number, kind: MigrationKind): void;
  /** One can_migrate_task() call. The row is reused: copy what you keep. */
  onDecision?(row: TraceRow): void;
  /**
   * One load_balance() pass for `cpu` over its domain `level` ("SMT", "MC", ...). `moved` counts the tasks pulled. It may
   * run on another CPU (core.executingCpu), which balances for the idle ones.
   */
  onBalance?(
    cpu: number,
    level: string,
    idleType: number,
    outcome: BalanceOutcome,
    examined: number,
    moved: number,
  ): void;
  /** Is told of balance passes from within. */
  readonly watch?: BalanceWatch;
  /** The queue of group `group` on `cpu` has run out of its quota, or has run time again. */
  onThrottle?(group: number, cpu: number, throttled: boolean): void;
  onIpi?(from: number, to: number, kind: IpiKind): void;
}
