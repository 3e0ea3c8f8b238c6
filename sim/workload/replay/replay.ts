import type { SleepCause, Tape } from "./tape.ts";

/** One task of a recording, as it is replayed. */
export interface ReplayTask {
  /** Its number, by which steps name it. */
  readonly index: number;
  readonly pid: number;
  comm: string;
  /** Nice value at its first step. */
  nice: number;
  /** 1 to 99: it ran under a real-time policy from its first event to its last, SCHED_FIFO or SCHED_RR. 0: it did not. */
  rtPriority: number;
  /** SCHED_BATCH or SCHED_IDLE, where that is known; undefined: SCHED_NORMAL or real-time. */
  policy?: number;
  /** The CPU that the kernel binds such a thread to, by its name; undefined: it may run anywhere. */
  boundTo?: number;
  /** Others than these it may not run on, as far as is known; undefined: nothing is. */
  ranOn?: ReadonlySet<number>;
  /** Number of the task that forked it within the recording; -1: it was there, or nobody knows. */
  readonly forkedBy: number;
  /** When it was forked, ns from the beginning; 0: it was there. */
  readonly bornNs: number;
  readonly tape: Tape;
}

/** What a recording holds for the simulator: tasks that run, sleep, and wake each other. */
export interface Replay {
  /** By number; those left out (each CPU's stopper, which the simulator has itself) are missing. */
  readonly tasks: readonly (ReplayTask | undefined)[];
  /** Length of the recording, or of the window that was taken of it, ns. */
  readonly lengthNs: number;
  /** Wake-ups and forks by what caused them. */
  readonly causes: Readonly<Record<SleepCause | "task" | "fork", number>>;
  /** Of those by a task: the recording cannot tell them from an interrupt's. */
  readonly guessed: number;
  /** Messages that were put there because they must have come to tasks that were awake; undefined: the recording is too long for that. */
  readonly unseen?: number;
  readonly corrections: Corrections;
}

/** What was taken off CPU times, as the simulator adds it again in its own way. ns. */
export interface Corrections {
  /** CPU time before and work after all corrections. */
  readonly cpuNs: number;
  readonly workNs: number;
  /** CPU time on cores whose other thread was busy too, and at less than the highest frequency. */
  readonly sharedNs: number;
  readonly slowNs: number;
  /** Context switches and system calls, at what the simulator charges for them. */
  readonly costsNs: number;
}
