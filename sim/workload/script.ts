import { InputError } from "../../traces/input-error.ts";
import type { Distribution } from "./distributions.ts";
import * as P from "./programme.ts";
import type { Barrier, Channel, Condition, Gate, Mutex, PeriodicTimer, Semaphore } from "./resources.ts";

/**
 * Scripts: programmes written down as nested instructions, compiled to a flat list with jumps. rt-app files and the
 * benchmark models are scripts.
 */
type Node = {
  op: number;
  draw?: Distribution;
  drawCount?: Distribution;
  /** Message or semaphore chosen from what the task received last. */
  fromRegister?: (register: number) => Semaphore;
} & Partial<P.Step>;

/** An instruction: a step, a loop or a choice. */
export type Instruction =
  | { step: Node }
  | { loop: number; body: readonly Instruction[] }
  | { permille: number; body: readonly Instruction[] }
  | { batch: Distribution; body: readonly Instruction[] };

type Duration = number | Distribution;
const timed = (op: number, ns: Duration): Instruction => ({
  step: typeof ns === "number" ? { op, ns } : { op, draw: ns },
});

export const run = (ns: Duration) => timed(P.OP_RUN, ns);
export const runUntil = (ns: Duration) => timed(P.OP_RUN_UNTIL, ns);
export const sleep = (ns: Duration) => timed(P.OP_SLEEP, ns);
export const timer = (t: PeriodicTimer, ns: number): Instruction => ({
  step: { op: P.OP_TIMER, timer: t, ns },
});
export const lock = (mutex: Mutex): Instruction => ({ step: { op: P.OP_LOCK, mutex } });
export const unlock = (mutex: Mutex): Instruction => ({ step: { op: P.OP_UNLOCK, mutex } });
export const wait = (condition: Condition, mutex: Mutex): Instruction => ({
  step: { op: P.OP_WAIT, condition, mutex },
});
export const sync = (condition: Condition, mutex: Mutex): Instruction => ({
  step: { op: P.OP_SYNC, condition, mutex },
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
export const setAffinity = (cpus: readonly number[]): Instruction => ({
  step: { op: P.OP_SET_AFFINITY, cpus },
});
export const done = (count = 1): Instruction => ({ step: { op: P.OP_DONE, count } });
/** The body `times` times; -1 = for ever. */
export const loop = (times: number, ...body: Instruction[]): Instruction => ({ loop: times, body });
export const forever = (...body: Instruction[]): Instruction => loop(-1, ...body);
/** The body with a probability of permille/1000. */
export const chance = (permille: number, ...body: Instruction[]): Instruction => ({ permille, body });
/** The body as many times as drawn. */
export const batch = (times: Distribution, ...body: Instruction[]): Instruction => ({ batch: times, body });

const JUMP_LOOP_START = 100; // counter, count, target behind the loop
const JUMP_LOOP_END = 101; // counter, target of the body's first node
const JUMP = 103; // target: the end of an endless loop
const JUMP_CHANCE = 102; // count (permille), target behind the body

const PLAIN: ReadonlySet<number> = new Set([P.OP_RUN, P.OP_RUN_UNTIL, P.OP_SLEEP, P.OP_YIELD, P.OP_DONE]);

/** A compiled instruction. All have the same fields, so that reading them stays fast. */
class Compiled {
  readonly op: number;
  readonly ns: number;
  readonly count: number;
  readonly draw: Distribution | null;
  readonly drawCount: Distribution | null;
  readonly fromRegister: ((register: number) => Semaphore) | null;
  readonly mutex: Mutex | null;
  readonly condition: Condition | null;
  readonly barrier: Barrier | null;
  readonly semaphore: Semaphore | null;
  readonly channel: Channel | null;
  readonly gate: Gate | null;
  readonly timer: PeriodicTimer | null;
  readonly child: P.TaskSpec | null;
  readonly cpus: readonly number[] | null;
  /** A step without a resource: its op, ns and count say all. */
  readonly plain: boolean;
  /** Loop counter, -1 for none. */
  readonly counter: number;
  /** Where a jump goes. */
  target: number;

  constructor(node: Node, counter: number, target: number) {
    this.op = node.op;
    this.ns = node.ns ?? 0;
    this.count = node.count ?? 0;
    this.draw = node.draw ?? null;
    this.drawCount = node.drawCount ?? null;
    this.fromRegister = node.fromRegister ?? null;
    this.mutex = node.mutex ?? null;
    this.condition = node.condition ?? null;
    this.barrier = node.barrier ?? null;
    this.semaphore = node.semaphore ?? null;
    this.channel = node.channel ?? null;
    this.gate = node.gate ?? null;
    this.timer = node.timer ?? null;
    this.child = node.child ?? null;
    this.cpus = node.cpus ?? null;
    this.plain = PLAIN.has(node.op);
    this.counter = counter;
    this.target = target;
  }
}

interface Code {
  nodes: Compiled[];
  counters: number;
}

/** Compiles instructions once; each task made from them gets a programme of its own. */
export function script(instructions: readonly Instruction[]): () => P.Programme {
  const code: Code = { nodes: [], counters: 0 };
  for (const i of instructions) compile(i, code);
  return () => new ScriptProgramme(code);
}

function compile(instruction: Instruction, code: Code): void {
  const { nodes } = code;
  if ("step" in instruction) {
    nodes.push(new Compiled(instruction.step, -1, -1));
    return;
  }
  if ("loop" in instruction && instruction.loop < 0) {
    const first = nodes.length;
    for (const i of instruction.body) compile(i, code);
    nodes.push(new Compiled({ op: JUMP }, -1, first));
    return;
  }
  const isChoice = "permille" in instruction;
  const counter = isChoice ? -1 : code.counters++;
  const head = new Compiled(
    {
      op: isChoice ? JUMP_CHANCE : JUMP_LOOP_START,
      count: isChoice ? instruction.permille : "loop" in instruction ? instruction.loop : 0,
      drawCount: "batch" in instruction ? instruction.batch : undefined,
    },
    counter,
    -1,
  );
  nodes.push(head);
  const first = nodes.length;
  for (const i of instruction.body) compile(i, code);
  if (!isChoice) nodes.push(new Compiled({ op: JUMP_LOOP_END }, counter, first));
  head.target = nodes.length;
}

/** Jumps in a row after which a script is taken to go round for ever without a step. */
const SPIN_LIMIT = 100_000;

class ScriptProgramme implements P.Programme {
  private readonly code: Code;
  private readonly left: Int32Array;
  private pc = 0;

  constructor(code: Code) {
    this.code = code;
    this.left = new Int32Array(code.counters);
  }

  next(step: P.Step, task: P.ProgrammeTask): void {
    const { nodes } = this.code;
    for (let spins = 0; spins < SPIN_LIMIT; spins++) {
      if (this.pc >= nodes.length) {
        step.op = P.OP_EXIT;
        return;
      }
      const node = nodes[this.pc++];
      switch (node.op) {
        case JUMP_LOOP_START: {
          const times = node.drawCount ? node.drawCount(task.random) : node.count;
          this.left[node.counter] = times;
          if (times === 0) this.pc = node.target;
          break;
        }
        case JUMP:
          this.pc = node.target;
          break;
        case JUMP_LOOP_END:
          if (--this.left[node.counter] > 0) this.pc = node.target;
          break;
        case JUMP_CHANCE:
          if (task.random.next32() % 1000 >= node.count!) this.pc = node.target;
          break;
        default:
          fill(step, node, task);
          return;
      }
    }
    throw new InputError("a loop goes round for ever without doing anything", {
      expected: "at least one event that takes time in each endless loop",
    });
  }
}

function fill(step: P.Step, node: Compiled, task: P.ProgrammeTask): void {
  step.op = node.op;
  step.ns = node.draw === null ? node.ns : node.draw(task.random);
  step.count = node.drawCount === null ? node.count : node.drawCount(task.random);
  if (node.plain) return;
  step.mutex = node.mutex;
  step.condition = node.condition;
  step.barrier = node.barrier;
  step.semaphore = node.fromRegister === null ? node.semaphore : node.fromRegister(task.register);
  step.channel = node.channel;
  step.gate = node.gate;
  step.timer = node.timer;
  step.child = node.child;
  step.cpus = node.cpus;
}
