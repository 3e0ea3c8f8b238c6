import type { Notes } from "../../notes.ts";

/** An rt-app file, understood. Durations in ns, sizes in bytes, `line` for complaints that come later. */
export interface RtAppDefinition {
  global: GlobalDefinition;
  tasks: TaskDefinition[];
  /** What was ignored or approximated, for the user. */
  notes: Notes;
}

export interface GlobalDefinition {
  /** ns; -1 = until all tasks end. */
  durationNs: number;
  /** Mutexes with priority inheritance are handed over. */
  piEnabled: boolean;
  /** iorun writes to /dev/null. */
  nullDevice: boolean;
  memBufferBytes: number;
  defaultPolicy: Scheduling;
}

export interface Scheduling {
  /** SCHED_NORMAL 0, SCHED_FIFO 1, SCHED_RR 2, SCHED_BATCH 3 or SCHED_IDLE 5. */
  policy: number;
  nice: number;
  /** 1 to 99 with SCHED_FIFO and SCHED_RR, 0 with others. */
  rtPriority: number;
}

export interface TaskDefinition {
  name: string;
  /** Where it is written. */
  file: string;
  line: number;
  instances: number;
  /** Infinity: it never begins. */
  delayNs: number;
  scheduling: Scheduling;
  /** Allowed CPUs; undefined = all. */
  cpus?: Cpus;
  /** Path of the control group it begins in; undefined: the root, or what the user says. */
  group?: string;
  phases: PhaseDefinition[];
  /** Times the phases are gone through; -1 = for ever. */
  loop: number;
}

export interface Cpus {
  list: number[];
  line: number;
}

export interface PhaseDefinition {
  /** Times the events are gone through; -1 = for ever. */
  loop: number;
  events: EventDefinition[];
  cpus?: Cpus;
  /** Control group from the phase's start on; undefined = as before. */
  group?: string;
  /** How the task is scheduled from the phase's start on; undefined = as before. */
  scheduling?: Scheduling;
}

/** One event. `name` is a resource; the key that made the event is in `kind`. ns, bytes and count: Infinity = for ever. */
export type EventDefinition = { line: number } & (
  | { kind: "run" | "runtime" | "sleep"; ns: number }
  | { kind: "timer"; name: string; unique: boolean; absolute: boolean; ns: number }
  | { kind: "lock" | "unlock" | "signal" | "broad" | "barrier" | "suspend" | "resume"; name: string }
  | { kind: "sem_post" | "sem_wait"; name: string }
  | { kind: "wait" | "sync"; name: string; mutex: string }
  | { kind: "mem" | "iorun"; bytes: number }
  | { kind: "memrun"; type: "chase" | "read" | "write"; bytes: number; count: number }
  | { kind: "yield" }
  | { kind: "fork"; name: string }
);
