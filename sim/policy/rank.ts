import type { TaskView } from "./place.ts";

/** A task that detach_tasks() may look at, as it is when rank() is asked. */
export interface RankedTask extends TaskView {
  /** How long ago it last ran, ns, as in rows; of a task that has just come from elsewhere the time since boot. */
  readonly delta: number;
  /** task_hot() by the stock rule. */
  readonly hot: boolean;
  /** The queue wants to run it next, or ran it last. */
  readonly buddy: boolean;
  /** It runs now: it cannot be moved. */
  readonly running: boolean;
  /** It may run on the destination. */
  readonly allowed: boolean;
}

/** What a policy sees when detach_tasks() begins to look for tasks to take from a queue. It is a copy, which may be kept. */
export interface RankQuery {
  /** Simulated time, ns. */
  readonly now: number;
  readonly srcCpu: number;
  readonly dstCpu: number;
  /** Level of the domain being balanced: SMT, MC, ... */
  readonly level: string;
  /** The destination is busy, idle, or about to be idle. */
  readonly idle: "busy" | "idle" | "newly idle";
  readonly nrBalanceFailed: number;
  readonly cacheNiceTries: number;
  /** How much is to be moved, and of what: load, utilisation, or tasks. */
  readonly imbalance: number;
  readonly imbalanceOf: "load" | "util" | "task" | "misfit";
  /** The tasks that the pass may still look at, in the order in which stock CFS does: the one that ran longest ago first. */
  readonly tasks: readonly RankedTask[];
}
