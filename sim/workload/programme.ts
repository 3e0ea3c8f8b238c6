import type { Hardware } from "../chip/hardware.ts";
import type {
  Barrier,
  Channel,
  Condition,
  Gate,
  Mutex,
  PeriodicTimer,
  Resource,
  Semaphore,
} from "./resources.ts";
import type { TaskRandom } from "./task-random.ts";

/** What a step does. Each comment names the fields of Step it reads. */
export const OP_RUN = 0; // ns of work at the full speed of an unshared core
export const OP_RUN_UNTIL = 1; // until ns of time have passed since the step began, whatever gets done
export const OP_SLEEP = 2; // ns
export const OP_TIMER = 3; // timer, ns (period)
export const OP_LOCK = 4; // mutex
export const OP_UNLOCK = 5; // mutex
export const OP_WAIT = 6; // condition, mutex
export const OP_SIGNAL = 7; // condition
export const OP_BROADCAST = 8; // condition
export const OP_SYNC = 9; // condition, mutex: signal, then wait
export const OP_SUSPEND = 10; // condition: wait without a mutex
export const OP_BARRIER = 11; // barrier, ns (spins so long before it sleeps)
export const OP_SEMAPHORE_WAIT = 12; // semaphore
export const OP_SEMAPHORE_POST = 13; // semaphore, count
export const OP_SEND = 14; // channel, count (the message)
export const OP_RECEIVE = 15; // channel; the message lands in the register
export const OP_GATE_PASS = 16; // gate
export const OP_GATE_CLOSE = 17; // gate
export const OP_GATE_OPEN = 18; // gate
export const OP_YIELD = 19;
export const OP_FORK = 20; // child
export const OP_EXEC = 21;
export const OP_SET_NICE = 22; // count
export const OP_SET_POLICY = 23; // count (of the fair class)
export const OP_SET_AFFINITY = 24; // cpus
export const OP_DONE = 25; // count: units of the workload's work that are finished
export const OP_EXIT = 26;
export const OP_SLEEP_UNTIL = 27; // ns (clock)
export const OP_SET_GROUP = 28; // group
export const OP_SET_FIFO = 29; // count: real-time priority
export const OP_SET_RR = 30; // count: real-time priority
export const OP_SEMAPHORE_POST_SYNC = 31; // semaphore, count; the task is about to sleep (WF_SYNC)

/** One step. The object is reused: a programme sets at least op and the fields that its comment above names. */
export class Step {
  op = OP_EXIT;
  /** Duration in ns. */
  ns = 0;
  count = 0;
  mutex: Mutex | null = null;
  condition: Condition | null = null;
  barrier: Barrier | null = null;
  semaphore: Semaphore | null = null;
  /** OP_SEMAPHORE_POST: the next step is another one, in the same system call; the task gives way to whom it woke after the last. */
  goesOn = false;
  /** Of semaphores: the step costs nothing by itself, it is in the work around it. */
  free = false;
  channel: Channel | null = null;
  gate: Gate | null = null;
  timer: PeriodicTimer | null = null;
  child: TaskSpec | null = null;
  cpus: readonly number[] | null = null;
  /** Path of a control group. */
  group: string | null = null;
  /** Line of the file it stands in, for complaints; 0 = none. */
  line = 0;
}

export function copyStep(from: Step, to: Step): void {
  to.op = from.op;
  to.ns = from.ns;
  to.count = from.count;
  to.mutex = from.mutex;
  to.condition = from.condition;
  to.barrier = from.barrier;
  to.semaphore = from.semaphore;
  to.channel = from.channel;
  to.gate = from.gate;
  to.timer = from.timer;
  to.child = from.child;
  to.cpus = from.cpus;
  to.group = from.group;
  to.line = from.line;
}

/** What a programme may know of the task it drives. */
export interface ProgrammeTask {
  readonly pid: number;
  readonly name: string;
  readonly random: TaskRandom;
  /** Message received last. */
  readonly register: number;
  /** Clock, ns. */
  readonly now: number;
}

/**
 * What a task does, step by step. `next` is asked once the previous step is complete and fills in the next one; it must
 * not look at the scheduler (a programme does the same work under every policy). Scripts (script.ts) implement it;
 * replayed schedules can.
 */
export interface Programme {
  next(step: Step, task: ProgrammeTask): void;
  /**
   * Tells whose waiters the programme may wake from here on, or might have woken from its beginning on (`all`). It may
   * name too many, never too few; a programme that cannot tell leaves the method out.
   */
  mayWake?(visitor: WakeVisitor, all: boolean): void;
}

/** Is told what programmes may do for those who wait. */
export interface WakeVisitor {
  /** The steps of `code` from `from` to `end` are about to be told: the answer says where to stop. */
  upTo(code: object, from: number, end: number): number;
  /** A step that may wake waiters of the resource. A mutex is released by its owner; others are named here. */
  wakes(resource: Resource): void;
  /** A step of which is not known whom it may wake. */
  wakesAnybody(): void;
  /** A step that creates such a task. */
  forks(spec: TaskSpec): void;
}

/** A task to create. */
export interface TaskSpec {
  /** What the kernel keeps of it: see comm.ts. */
  comm: string;
  /** The comm of a task made by a fork, from the number of tasks made before it; undefined: `comm`. */
  forkComm?: (before: number) => string;
  /** What the workload calls it, where that is not its comm. */
  name?: string;
  /** Where the task is written, for complaints. */
  origin?: { readonly file: string; readonly line: number };
  /** A new programme for each task made from this spec. */
  programme: () => Programme;
  nice?: number;
  /** SCHED_NORMAL 0, SCHED_FIFO 1, SCHED_RR 2, SCHED_BATCH 3, SCHED_IDLE 5. */
  policy?: number;
  /** 1 to 99 with SCHED_FIFO and SCHED_RR. */
  rtPriority?: number;
  /** Allowed CPUs; undefined = all. */
  affinity?: readonly number[];
  /** A kernel thread of the only CPU in `affinity`: no balancer moves it. */
  perCpuKthread?: boolean;
  /** Path of the control group it begins in; undefined: its parent's, or what the user says of its name. */
  group?: string;
  /** Cache footprint, for the warmth model. */
  workingSetBytes?: number;
  /** When it comes into being, ns. */
  startNs?: number;
  /** What its timers count from, ns; undefined: from when it comes into being. */
  timersFromNs?: number;
}

/** What a workload may know when it sets up its tasks. */
export interface WorkloadSetup {
  readonly cpus: number;
  /** The kernel's number of each CPU, ascending; programmes and specs count CPUs by their place in it. */
  readonly cpuNumbers: readonly number[];
  readonly hardware: Readonly<Hardware>;
  /** Tasks that may ever be created, forks included. */
  readonly maxTasks: number;
  /** Adds a task. */
  spawn(spec: TaskSpec): void;
}

/** Tasks and what they do: made anew for each simulation. */
export interface Workload {
  readonly name: string;
  /** The definition as text (file contents, or model and parameters): its hash goes into trace metadata. */
  readonly definition: string;
  /** How long it wants to run, ns; undefined: as long as the user says. */
  readonly durationNs?: number;
  /** The least time after which all its tasks can have ended, ns; Infinity or undefined: they may go on for ever. */
  readonly shortestRunNs?: number;
  /** What OP_DONE counts, e.g. "messages". */
  readonly unit: string;
  /** Remarks for the user: what was approximated, what was ignored. */
  readonly notes: readonly string[];
  /** Creates the tasks. Resources must be made in here, so that a workload can run more than once. */
  setUp(setup: WorkloadSetup): void;
}
