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
  /** A timer that each task has for itself, by name, and what makes it. */
  ownTimer?: { name: string; make: () => PeriodicTimer };
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

const PLAIN: ReadonlySet<number> = new Set([
  P.OP_RUN,
  P.OP_RUN_UNTIL,
  P.OP_SLEEP,
  P.OP_SLEEP_UNTIL,
  P.OP_YIELD,
  P.OP_DONE,
]);

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
  /** Number of the task's own timer, -1 for none. */
  readonly ownTimer: number;
  readonly child: P.TaskSpec | null;
  readonly cpus: readonly number[] | null;
  /** A step without a resource: its op, ns and count say all. */
  readonly plain: boolean;
  /** Loop counter, -1 for none. */
  readonly counter: number;
  /** Where a jump goes. */
  target: number;

  constructor(node: Node, counter: number, target: number, ownTimer = -1) {
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
    this.ownTimer = ownTimer;
    this.child = node.child ?? null;
    this.cpus = node.cpus ?? null;
    this.plain = PLAIN.has(node.op);
    this.counter = counter;
    this.target = target;
  }
}

/**
 * What all tasks made from a script share. A task's own state is small whatever the length of the script: its place, a
 * counter per level of nesting (loops beside each other share one), the timers of its own that it has used.
 */
class Code {
  readonly nodes: Compiled[] = [];
  /** Depth of the loops that count. */
  counters = 0;
  readonly ownTimers: (() => PeriodicTimer)[] = [];
  private readonly timerNumbers = new Map<string, number>();

  constructor(instructions: readonly Instruction[]) {
    this.compileAll(instructions, 0);
    this.timerNumbers.clear();
  }

  private compileAll(instructions: readonly Instruction[], depth: number): void {
    for (const i of instructions) this.compile(i, depth);
  }

  private compile(instruction: Instruction, depth: number): void {
    const { nodes } = this;
    if ("step" in instruction) {
      const { step } = instruction;
      nodes.push(new Compiled(step, -1, -1, step.ownTimer ? this.timerNumber(step.ownTimer) : -1));
      return;
    }
    if ("loop" in instruction && instruction.loop === 1) {
      this.compileAll(instruction.body, depth);
      return;
    }
    if ("loop" in instruction && instruction.loop < 0) {
      const first = nodes.length;
      this.compileAll(instruction.body, depth);
      nodes.push(new Compiled({ op: JUMP }, -1, first));
      return;
    }
    const isChoice = "permille" in instruction;
    const counter = isChoice ? -1 : depth;
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
    this.compileAll(instruction.body, isChoice ? depth : depth + 1);
    if (!isChoice) {
      nodes.push(new Compiled({ op: JUMP_LOOP_END }, counter, first));
      this.counters = Math.max(this.counters, depth + 1);
    }
    head.target = nodes.length;
  }

  private timerNumber({ name, make }: { name: string; make: () => PeriodicTimer }): number {
    const known = this.timerNumbers.get(name);
    if (known !== undefined) return known;
    this.timerNumbers.set(name, this.ownTimers.length);
    return this.ownTimers.push(make) - 1;
  }
}

/** Compiles instructions once; each task made from them gets a programme of its own. */
export function script(instructions: readonly Instruction[]): () => P.Programme {
  const code = new Code(instructions);
  return () => new ScriptProgramme(code);
}

/** Jumps in a row after which a script is taken to go round for ever without a step. */
const SPIN_LIMIT = 100_000;

class ScriptProgramme implements P.Programme {
  private readonly code: Code;
  private readonly left: Int32Array;
  private timers: PeriodicTimer[] | null = null;
  private pc = 0;

  constructor(code: Code) {
    this.code = code;
    this.left = code.counters === 0 ? NO_COUNTERS : new Int32Array(code.counters);
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
          if (node.ownTimer >= 0) step.timer = this.ownTimer(node.ownTimer);
          return;
      }
    }
    throw new InputError(`a loop of task ${task.name} goes round for ever without doing anything`, {
      expected: "at least one event that takes time in each endless loop",
    });
  }

  private ownTimer(number: number): PeriodicTimer {
    this.timers ??= [];
    const known = this.timers[number];
    if (known) return known;
    const made = this.code.ownTimers[number]();
    this.timers[number] = made;
    return made;
  }
}

const NO_COUNTERS = new Int32Array(0);

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
