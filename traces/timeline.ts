/**
 * The timeline: what happened on which CPU when, as the exporters (ftrace text, Perfetto) and the tables consume it.
 * Pure types: the simulator produces these events in time order, readers of other sources may as well.
 *
 * Invariants:
 *  L1. `time` is integer ns and never decreases from one event to the next.
 *  L2. pid 0 is the idle task; its comm is `swapper/CPU` and its prio 120. Each CPU's stopper has pid STOPPER_PID + CPU,
 *      comm `migration/CPU` and prio 0.
 *  L3. A task that becomes runnable has a `waking` (before any `migrate` of that wake-up) and then a `wakeup`;
 *      the `waking` of a new task is left out, as in the kernel, and so are both for a stopper.
 *  L4. A task's first event is `newtask`, but for the kernel's own threads, which are older than the timeline; its last are `exit`, the `switch` that takes it off the CPU, and `free`.
 */

/** Above all pids that tasks get, below the kernel's limit of 2^22. */
export const STOPPER_PID = 4_000_000;

/** A task of a timeline. */
interface TimelineTask {
  pid: number;
  comm: string;
  /** Kernel priority: 120 + nice. */
  prio: number;
}

/**
 * State in which the previous task left the CPU, in the letters of sched_switch: R runnable, S asleep, D asleep and not to
 * be interrupted, T stopped, t traced, X gone, Z gone and not yet asked for, P parked, I idle. The simulator knows R, S, X.
 */
export type TimelineState = "R" | "S" | "D" | "T" | "t" | "X" | "Z" | "P" | "I";

/**
 * Whose code makes an event: that of the task on `cpu` where nothing is said; an interrupt, which borrows the task that
 * it interrupts; somebody of whom the source of the events knows nothing.
 */
export type TimelineContext = "hardirq" | "softirq" | "unknown";

/** sched_switch on `cpu`. */
export interface SwitchEvent {
  type: "switch";
  time: number;
  cpu: number;
  prev: TimelineTask;
  prevState: TimelineState;
  next: TimelineTask;
}

/** sched_waking: `cpu` is where the waker runs; the target CPU is not yet known, the task's last CPU is given. */
export interface WakingEvent {
  type: "waking";
  time: number;
  cpu: number;
  task: TimelineTask;
  targetCpu: number;
  context?: TimelineContext;
}

/** sched_wakeup or, with `isNew`, sched_wakeup_new: runnable on `targetCpu`; `cpu` is where the waker runs. */
export interface WakeupEvent {
  type: "wakeup";
  time: number;
  cpu: number;
  task: TimelineTask;
  targetCpu: number;
  isNew: boolean;
  context?: TimelineContext;
}

/** task_newtask: `task` has been forked by what runs on `cpu`. */
export interface NewTaskEvent {
  type: "newtask";
  time: number;
  cpu: number;
  task: TimelineTask;
  context?: TimelineContext;
}

/** sched_process_exit: `task`, on `cpu`, ends; sched_process_free: nothing of it is left. */
export interface EndEvent {
  type: "exit" | "free";
  time: number;
  cpu: number;
  task: TimelineTask;
  context?: TimelineContext;
}

/** sched_migrate_task, with the mechanism that moved it. */
export interface MigrateEvent {
  type: "migrate";
  time: number;
  /** The CPU that moves the task. */
  cpu: number;
  task: TimelineTask;
  origCpu: number;
  destCpu: number;
  kind: "wakeup" | "exec" | "balance" | "active" | "affinity" | "push" | "pull";
  context?: TimelineContext;
}

/**
 * One can_migrate_task() call with its answer. `cpu` is where the balancer runs: mostly, but not always, the destination.
 * What is not known is undefined, or "" where it is text.
 */
export interface DecisionEvent {
  type: "decision";
  time: number;
  cpu: number | undefined;
  task: { pid: number; comm: string; prio: number | undefined };
  srcCpu: number | undefined;
  dstCpu: number | undefined;
  /** Domain level: SMT, MC, ... */
  level: string;
  /** One of REASONS in schema.ts. */
  reason: string;
  /** 0 stay, 1 migrate, 2 forced. */
  migration: number | undefined;
  detached: boolean | undefined;
  nrBalanceFailed: number | undefined;
  cacheNiceTries: number | undefined;
  context?: TimelineContext;
}

/**
 * On so many CPUs a control group's tasks run now, those in groups below it included, or is it throttled. `cpu` is where that has
 * changed.
 */
export interface GroupEvent {
  type: "group";
  time: number;
  cpu: number;
  /** "/web/worker" */
  path: string;
  what: "running" | "throttled";
  cpus: number;
  context?: TimelineContext;
}

/** What happens on a CPU, at its time. */
export type TimelineEvent =
  | SwitchEvent
  | WakingEvent
  | WakeupEvent
  | NewTaskEvent
  | EndEvent
  | MigrateEvent
  | DecisionEvent
  | GroupEvent;
/** Is called with each event, in the order of time. */
export type TimelineListener = (event: TimelineEvent) => void;
export type { TimelineTask };
