import type { CpuView, TaskView } from "./place.ts";

/** A fair task that waits for a CPU, and may run on one that is idle. */
export interface WaitingTask extends TaskView {
  /** In whose queue it waits. */
  readonly cpu: number;
  /** How long ago it last ran, ns; of a task that has just come from elsewhere the time since boot. */
  readonly delta: number;
  /** May it run on the CPU of this number? */
  allowed(cpu: number): boolean;
}

/** What a policy sees when the machine has come to rest, and a CPU is idle while a task waits that may run there. Valid only until the answer is given. */
export interface PullQuery {
  /** Simulated time, ns. */
  readonly now: number;
  /** The idle CPUs, by ascending numbers, and all CPUs. */
  readonly idle: readonly CpuView[];
  readonly cpus: readonly CpuView[];
  /** The tasks, by the CPUs in whose queues they wait, and there the one first that ran longest ago. */
  readonly waiting: readonly WaitingTask[];
}

/** A task of the query that is to go to an idle CPU of the query, by its number, on which it is allowed. */
export interface Pull {
  readonly task: WaitingTask;
  readonly cpu: number;
}
