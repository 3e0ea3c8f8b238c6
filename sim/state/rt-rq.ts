import { D0 } from "../lib/arithmetic.ts";
import { LinkedList } from "../lib/list.ts";
import { SchedAvg } from "./sched-avg.ts";
import type { Task } from "./task.ts";

/** MAX_RT_PRIO: priorities below are real-time ones, 0 the highest. */
export const MAX_RT_PRIO = 100;
/** The priority that stands for "no real-time task": none has it. */
export const NO_RT_PRIO = MAX_RT_PRIO - 1;

/**
 * The real-time queue of a CPU (struct rt_rq; RT_GROUP_SCHED is off, so it is the only one).
 *
 * Invariants:
 *  RT1. `nrRunning` tasks are on it (task.rtOnRq), `rrNrRunning` of them SCHED_RR, `nrMigratory` of them with more than one
 *       CPU to run on.
 *  RT2. A task on it is in the list of its priority; so is one that is off it for a moment to be changed.
 *  RT3. `highestCurr` is the smallest priority of its tasks, `highestNext` that of the first task of `pushable`; NO_RT_PRIO
 *       where there is none.
 *  RT4. `pushable` holds those of its tasks that wait and may run elsewhere, by priority, then in the order of their coming.
 *  RT5. While `queued`, its tasks are counted in rq.nrTasks, and the CPU runs one where nothing higher is there. It is queued
 *       when it has tasks and is not throttled.
 *  RT6. `overloaded` when it has more than one task, at least one of which may run elsewhere; then its CPU is in the root
 *       domain's rtoMask.
 */
export class RtRq {
  nrRunning = 0;
  rrNrRunning = 0;
  nrMigratory = 0;
  highestCurr = NO_RT_PRIO;
  highestNext = NO_RT_PRIO;
  overloaded = false;
  queued = false;
  /** Has used up its runtime: its tasks wait for the period timer. */
  throttled = false;
  /** What its tasks ran, less what the period timer has forgiven. ns */
  time = D0;
  readonly pushable: Task[] = [];
  /** What real-time tasks take of the CPU (rq->avg_rt). */
  readonly avg = new SchedAvg();
  /** By priority; a list is made when the first task of its priority comes. */
  private readonly queues: (LinkedList<Task> | undefined)[] = [];

  /** The list of a priority. */
  queueOf(prio: number): LinkedList<Task> {
    this.queues[prio] ??= new LinkedList<Task>();
    return this.queues[prio];
  }

  /** sched_find_first_bit(): the smallest priority that has a task in its list; MAX_RT_PRIO where none has. */
  firstPrio(): number {
    const { queues } = this;
    for (let prio = 0; prio < queues.length; prio++) {
      const queue = queues[prio];
      if (queue !== undefined && queue.size !== 0) return prio;
    }
    return MAX_RT_PRIO;
  }
}
