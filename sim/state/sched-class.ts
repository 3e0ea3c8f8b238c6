import type { CoreTimer } from "./core-timers.ts";
import { SD_BALANCE_EXEC, SD_BALANCE_FORK, SD_BALANCE_WAKE } from "./domain.ts";
import type { Machine } from "./machine.ts";
import type { Rq } from "./rq.ts";
import type { Task } from "./task.ts";
import type { TaskGroup } from "./task-group.ts";

/** Flags of enqueue and dequeue (kernel/sched/sched.h): sleep or wake-up, save or restore, migrated. */
export const DEQUEUE_SLEEP = 0x01;
export const DEQUEUE_SAVE = 0x02;
export const DEQUEUE_MOVE = 0x04;
export const ENQUEUE_WAKEUP = 0x01;
export const ENQUEUE_RESTORE = 0x02;
export const ENQUEUE_HEAD = 0x10;
export const ENQUEUE_MIGRATED = 0x40;

/** Wake-up flags; the first nibble is shared with the domain flags. */
export const WF_EXEC = SD_BALANCE_EXEC;
export const WF_FORK = SD_BALANCE_FORK;
export const WF_TTWU = SD_BALANCE_WAKE;
export const WF_SYNC = 0x10;

/**
 * What sim/sched/ asks of a scheduling class (struct sched_class of Linux 6.1). Operations that a class leaves out are
 * never needed for its tasks.
 */
export interface SchedClass {
  readonly name: "stop" | "rt" | "fair" | "idle";
  /** Tasks of a higher class go first (sched_class_above()). */
  readonly rank: number;
  enqueue(machine: Machine, rq: Rq, task: Task, flags: number): void;
  dequeue(machine: Machine, rq: Rq, task: Task, flags: number): void;
  /** sched_yield() of the task running on `rq`. */
  yieldTask?(machine: Machine, rq: Rq): void;
  /** `task` has come onto the queue, where another one of this class runs: must that give way? */
  checkPreempt(machine: Machine, rq: Rq, task: Task): void;
  /** Before another task is picked: is there one of this or a higher class, now that the class has looked elsewhere? */
  balance(machine: Machine, rq: Rq, prev: Task): boolean;
  /** The task of this class to run now, as set by setNext(); null where there is none. */
  pickNext(machine: Machine, rq: Rq): Task | null;
  /** `task` leaves the CPU, or is about to be changed while it is there. */
  putPrev(machine: Machine, rq: Rq, task: Task): void;
  /** `task` goes on after a change. */
  setNext(machine: Machine, rq: Rq, task: Task): void;
  /** The CPU to run on, seen from machine.thisCpu. `flags`: WF_*. */
  selectCpu(machine: Machine, task: Task, prevCpu: number, flags: number): number;
  /** The task is about to leave its CPU's queues (migrate_task_rq()). */
  migrate?(machine: Machine, task: Task): void;
  /** The task, on no queue just now, goes over to `group`; default: only the queue changes that it will stand in. */
  changeGroup?(machine: Machine, task: Task, group: TaskGroup): void;
  /** `task`, old or new, has been woken, and what runs on the queue's CPU told so. */
  taskWoken?(machine: Machine, rq: Rq, task: Task): void;
  tick(machine: Machine, rq: Rq, task: Task): void;
  /** A child of what runs on `rq`. */
  fork?(machine: Machine, rq: Rq, child: Task): void;
  dead?(machine: Machine, rq: Rq, task: Task): void;
  /** The task, queued or not, has just left the class for another one. */
  switchedFrom?(machine: Machine, rq: Rq, task: Task): void;
  /** The task, queued or not, has come from another class. */
  switchedTo?(machine: Machine, rq: Rq, task: Task): void;
  /** The priority of the task was `before`. */
  prioChanged?(machine: Machine, rq: Rq, task: Task, before: number): void;
}

/** What pickNextFrom() returns instead of a task. */
export const RETRY_TASK = 1;

/** The fair class has a shorter way for what happens most: that there are none but fair tasks. */
export interface FairClass extends SchedClass {
  /**
   * pick_next_task_fair() on a queue whose `prev` is fair or idle: balance(), putPrev() and pickNext() in one.
   * null: go idle. RETRY_TASK: a task of a higher class has come meanwhile.
   */
  pickNextFrom(machine: Machine, rq: Rq, prev: Task): Task | null | typeof RETRY_TASK;
}

/** What the real-time class has beside: the timer of its throttling. */
export interface RtClass extends SchedClass {
  readonly periodTimer: CoreTimer["fire"];
}

/** All classes of a machine. */
export interface SchedClasses {
  readonly stop: SchedClass;
  readonly rt: RtClass;
  readonly fair: FairClass;
  readonly idle: SchedClass;
}
