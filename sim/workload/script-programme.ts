import { InputError } from "../../traces/input-error.ts";
import * as P from "./programme.ts";
import type { PeriodicTimer } from "./resources.ts";
import {
  type Code,
  type Compiled,
  JUMP,
  JUMP_CHANCE,
  JUMP_LOOP_END,
  JUMP_LOOP_START,
} from "./script-code.ts";

/** Jumps in a row after which a script is taken to go round for ever without a step. */
const SPIN_LIMIT = 100_000;

/** One task's way through a script. */
export class ScriptProgramme implements P.Programme {
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

  mayWake(visitor: P.WakeVisitor, all: boolean): void {
    this.code.visit(visitor, all ? 0 : this.earliest());
  }

  /** The first step that may still be executed: that of the outermost loop that goes round again, or the next one. */
  private earliest(): number {
    const { nodes, loops } = this.code;
    // Who was let through at a channel may have its message yet to send or to take.
    const last = this.pc > 0 ? nodes[this.pc - 1].op : P.OP_EXIT;
    let first = last === P.OP_SEND || last === P.OP_RECEIVE ? this.pc - 1 : this.pc;
    for (let i = nodes[this.pc]?.loop ?? -1; i >= 0; i = loops[i].around)
      if (loops[i].counter < 0 || this.left[loops[i].counter] > 1) first = loops[i].first;
    return first;
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
  if (node.channel !== null) {
    step.channel = node.channel; // all that sending and receiving look at: each reference stored costs a write barrier
    return;
  }
  step.mutex = node.mutex;
  step.condition = node.condition;
  step.barrier = node.barrier;
  step.semaphore = node.fromRegister === null ? node.semaphore : node.fromRegister(task.register);
  step.gate = node.gate;
  step.timer = node.timer;
  step.child = node.child;
  step.cpus = node.cpus;
  step.group = node.group;
  step.line = node.line;
}
