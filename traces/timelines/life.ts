import { UNKNOWN_PRIO } from "./claim.ts";

/** States of a task. */
export const UNSEEN = 0;
export const NEW = 1;
export const RUNNING = 2;
export const RUNNABLE = 3;
export const ASLEEP = 4;
export const ENDED = 5;
/** It left its CPU unseen. */
export const VANISHED = 6;

/** The thread that moves running tasks off a CPU, by its name. */
export const isStopper = ({ comm }: { comm: string }): boolean => /^(?:migration|stopper)\/\d+$/.test(comm);

/** What woke a task. */
export type Cause = "task" | "timer" | "device" | "interrupt" | "unknown";

/** One task of a recording, from its first to its last event; a pid may have several (H5). */
export class RecordedLife {
  /** Number among the lives of the recording. */
  readonly index: number;
  readonly pid: number;
  comm: string;
  prio: number = UNKNOWN_PRIO;
  /** What the recording says of it, event by event: switches to it, sched_wakeup(_new), sched_waking, sched_migrate_task. */
  switches = 0;
  wakeups = 0;
  wakings = 0;
  migrateEvents = 0;
  /** Times it came to another CPU than the one it ran on before. */
  moves = 0;
  /** CPU time and waits for a CPU, ns. */
  runNs = 0;
  waitNs = 0;
  state = UNSEEN;
  /** Where it runs, ran last or waits; -1 unknown. */
  cpu = -1;
  /** CPU it ran on last; -1 unknown. */
  ranOn = -1;
  /** Since when it is in its state, ns; of one that is not seen yet, since when it may have been there. */
  since = 0;
  parent: RecordedLife | null = null;
  pendingNs = -1;
  pendingCause: Cause = "unknown";
  pendingWaker: RecordedLife | null = null;

  constructor(index: number, pid: number, comm: string) {
    this.index = index;
    this.pid = pid;
    this.comm = comm;
  }
}
