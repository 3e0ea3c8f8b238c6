import type { Distribution } from "./distributions.ts";
import * as P from "./programme.ts";
import type { Barrier, Channel, Condition, Gate, Mutex, PeriodicTimer, Semaphore } from "./resources.ts";
import { Code, type Instruction } from "./script-code.ts";
import { ScriptProgramme } from "./script-programme.ts";

export type { Instruction } from "./script-code.ts";

/**
 * Scripts: programmes written down as nested instructions, compiled to a flat list with jumps. rt-app files and the
 * benchmark models are scripts.
 */
/** Compiles instructions once; each task made from them gets a programme of its own. */
export function script(instructions: readonly Instruction[]): () => P.Programme {
  const code = new Code(instructions);
  return () => new ScriptProgramme(code);
}

type Duration = number | Distribution;
const timed = (op: number, ns: Duration): Instruction => ({
  step: typeof ns === "number" ? { op, ns } : { op, draw: ns },
});

export const run = (ns: Duration) => timed(P.OP_RUN, ns);
export const runUntil = (ns: Duration) => timed(P.OP_RUN_UNTIL, ns);
export const sleep = (ns: Duration) => timed(P.OP_SLEEP, ns);
/** Until that time of the clock; at once when it has passed. */
export const sleepUntil = (ns: number) => timed(P.OP_SLEEP_UNTIL, ns);
export const timer = (t: PeriodicTimer, ns: number): Instruction => ({
  step: { op: P.OP_TIMER, timer: t, ns },
});
/** A timer that belongs to each task alone; within a script the same name is the same timer. */
export const ownTimer = (name: string, make: () => PeriodicTimer, ns: number): Instruction => ({
  step: { op: P.OP_TIMER, ownTimer: { name, make }, ns },
});
export const lock = (mutex: Mutex): Instruction => ({ step: { op: P.OP_LOCK, mutex } });
export const unlock = (mutex: Mutex, line = 0): Instruction => ({ step: { op: P.OP_UNLOCK, mutex, line } });
export const wait = (condition: Condition, mutex: Mutex, line = 0): Instruction => ({
  step: { op: P.OP_WAIT, condition, mutex, line },
});
export const sync = (condition: Condition, mutex: Mutex, line = 0): Instruction => ({
  step: { op: P.OP_SYNC, condition, mutex, line },
});
export const signal = (condition: Condition): Instruction => ({ step: { op: P.OP_SIGNAL, condition } });
export const broadcast = (condition: Condition): Instruction => ({ step: { op: P.OP_BROADCAST, condition } });
export const suspend = (condition: Condition): Instruction => ({ step: { op: P.OP_SUSPEND, condition } });
/** Waits for the others, busily for `spinNs` of work before it goes to sleep. */
export const barrier = (b: Barrier, spinNs = 0): Instruction => ({
  step: { op: P.OP_BARRIER, barrier: b, ns: spinNs },
});
export const semaphoreWait = (semaphore: Semaphore): Instruction => ({
  step: { op: P.OP_SEMAPHORE_WAIT, semaphore },
});
export const semaphorePost = (semaphore: Semaphore, count = 1): Instruction => ({
  step: { op: P.OP_SEMAPHORE_POST, semaphore, count },
});
/** Tells the scheduler that the task is about to sleep or to end (WF_SYNC), as a process that ends tells its parent. */
export const semaphorePostSync = (semaphore: Semaphore): Instruction => ({
  step: { op: P.OP_SEMAPHORE_POST_SYNC, semaphore, count: 1 },
});
/** Posts the semaphore that belongs to the message received last. */
export const reply = (to: (register: number) => Semaphore): Instruction => ({
  step: { op: P.OP_SEMAPHORE_POST, count: 1, fromRegister: to },
});
export const send = (channel: Channel, message: number | Distribution = 0): Instruction => ({
  step:
    typeof message === "number"
      ? { op: P.OP_SEND, channel, count: message }
      : { op: P.OP_SEND, channel, drawCount: message },
});
export const receive = (channel: Channel): Instruction => ({ step: { op: P.OP_RECEIVE, channel } });
export const gatePass = (gate: Gate): Instruction => ({ step: { op: P.OP_GATE_PASS, gate } });
export const gateClose = (gate: Gate): Instruction => ({ step: { op: P.OP_GATE_CLOSE, gate } });
export const gateOpen = (gate: Gate): Instruction => ({ step: { op: P.OP_GATE_OPEN, gate } });
export const yieldCpu = (): Instruction => ({ step: { op: P.OP_YIELD } });
export const fork = (child: P.TaskSpec): Instruction => ({ step: { op: P.OP_FORK, child } });
export const exec = (): Instruction => ({ step: { op: P.OP_EXEC } });
export const setNice = (nice: number): Instruction => ({ step: { op: P.OP_SET_NICE, count: nice } });
export const setPolicy = (policy: number): Instruction => ({ step: { op: P.OP_SET_POLICY, count: policy } });
export const setFifo = (priority: number): Instruction => ({ step: { op: P.OP_SET_FIFO, count: priority } });
export const setRr = (priority: number): Instruction => ({ step: { op: P.OP_SET_RR, count: priority } });
export const setAffinity = (cpus: readonly number[]): Instruction => ({
  step: { op: P.OP_SET_AFFINITY, cpus },
});
/** Into the control group of that path. */
export const setGroup = (group: string): Instruction => ({ step: { op: P.OP_SET_GROUP, group } });
export const done = (count = 1): Instruction => ({ step: { op: P.OP_DONE, count } });
/** The body `times` times; -1 = for ever. */
export const loop = (times: number, ...body: Instruction[]): Instruction => ({ loop: times, body });
export const forever = (...body: Instruction[]): Instruction => loop(-1, ...body);
/** The body with a probability of permille/1000. */
export const chance = (permille: number, ...body: Instruction[]): Instruction => ({ permille, body });
/** The body as many times as drawn. */
export const batch = (times: Distribution, ...body: Instruction[]): Instruction => ({ batch: times, body });
