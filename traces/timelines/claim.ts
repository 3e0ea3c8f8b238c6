import type {
  EndEvent,
  MigrateEvent,
  NewTaskEvent,
  SwitchEvent,
  TimelineContext,
  WakeupEvent,
  WakingEvent,
} from "../timeline.ts";

/**
 * What a recording says, event by event, whatever the format it came in. Readers make claims, history.ts makes a history
 * of them: recordings contradict themselves (events lost, clocks apart, wake-ups out of order), so a reader says with each
 * claim which part of it gives way when another one says otherwise.
 *
 * Invariants, of what a reader yields:
 *  K1. `time` is integer ns since the first event of the recording and never decreases from one claim to the next (in-order.ts
 *      sees to it).
 *  K2. What a recording does not know is UNKNOWN_PID, the empty comm, UNKNOWN_PRIO; a prio of -1 is also what perf says where it
 *      does not know one.
 *  K3. Pid 0 is the idle task of its CPU.
 */
export const UNKNOWN_PID = -1;
export const UNKNOWN_PRIO = -1;

/** No kernel has more CPUs: what says otherwise is damaged. */
export const MOST_CPUS = 8192;

/** What may be wrong about a claim. */
interface Yielding {
  /** The pid on whose account the recording notes the event: who ran on `cpu` then. UNKNOWN_PID where it does not say. */
  account: number;
  /**
   * `cause`: that the task on the CPU woke the other is a guess, it may have been an interrupt (no flags in the recording).
   * `prev`: who leaves was not recorded, it is who came last.
   */
  yields?: "cause" | "prev";
  /** Who runs on `cpu` was to give way by then, and had not: it is in the middle of a system call (`N` among ftrace's flags). */
  overdue?: boolean;
}

/** As in the timeline of a simulation; for recordings, how a task was moved is not known. */
export type ScheduleClaim = (
  | SwitchEvent
  | WakingEvent
  | WakeupEvent
  | ForkClaim
  | EndEvent
  | Omit<MigrateEvent, "kind">
) &
  Yielding;

/** task_newtask, or sched_process_fork, which names the parent. */
export interface ForkClaim extends NewTaskEvent {
  parent?: number;
}

/** task_rename or sched_process_exec: the task has another comm from here on. */
export interface RenameClaim {
  type: "rename";
  time: number;
  cpu: number;
  task: { pid: number; comm: string };
}

/** cpu_frequency: `cpu` runs at so many kHz from here on. */
export interface FrequencyClaim {
  type: "frequency";
  time: number;
  cpu: number;
  khz: number;
}

/** What the CPU's interrupts do from here on: a timer's, a device's, or nothing known any more. */
export interface InterruptClaim {
  type: "interrupt";
  time: number;
  cpu: number;
  what: "timer" | "device" | undefined;
}

/** Events are missing around here. */
export interface LossClaim {
  type: "loss";
  time: number;
  /** Undefined: on any CPU. */
  cpu: number | undefined;
  /** How many; undefined: nobody counted. */
  events: number | undefined;
  /** The loss lies before the recording's first event: it takes nothing of what is there. */
  before?: boolean;
  /** The file breaks off here. */
  cut?: boolean;
}

/** Behind the recording's end the file goes on with so many bytes of something else. */
export interface TrailingClaim {
  type: "trailing";
  time: number;
  bytes: number;
}

/** What the recording says of its machine. */
export interface MachineClaim {
  type: "machine";
  time: number;
  cpus: number;
}

/** A row that should say something and cannot be read. */
export interface UnreadClaim {
  type: "unread";
  time: number;
  /** Of the file; 0 where it has no lines. */
  line: number;
  text: string;
}

export type Claim =
  | ScheduleClaim
  | RenameClaim
  | FrequencyClaim
  | InterruptClaim
  | LossClaim
  | TrailingClaim
  | MachineClaim
  | UnreadClaim;

export type { TimelineContext };
