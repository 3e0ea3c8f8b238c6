import type { Distribution } from "./distributions.ts";
import * as P from "./programme.ts";
import type { Barrier, Channel, Condition, Gate, Mutex, PeriodicTimer, Semaphore } from "./resources.ts";

/** What a step of a script says; what it leaves out is drawn or does not matter. */
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

export const JUMP_LOOP_START = 100; // counter, count, target behind the loop
export const JUMP_LOOP_END = 101; // counter, target of the body's first node
export const JUMP = 103; // target: the end of an endless loop
export const JUMP_CHANCE = 102; // count (permille), target behind the body

const PLAIN: ReadonlySet<number> = new Set([
  P.OP_RUN,
  P.OP_RUN_UNTIL,
  P.OP_SLEEP,
  P.OP_SLEEP_UNTIL,
  P.OP_YIELD,
  P.OP_DONE,
]);

/** A compiled instruction. All have the same fields, so that reading them stays fast. */
export class Compiled {
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
  readonly group: string | null;
  /** A step without a resource: its op, ns and count say all. */
  readonly plain: boolean;
  readonly line: number;
  /** The innermost loop around it (an index of Code.loops), -1 for none. */
  readonly loop: number;
  /** Loop counter, -1 for none. */
  readonly counter: number;
  /** Where a jump goes. */
  target: number;

  constructor(node: Node, loop: number, counter = -1, target = -1, ownTimer = -1) {
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
    this.group = node.group ?? null;
    this.line = node.line ?? 0;
    this.loop = loop;
    this.plain = PLAIN.has(node.op);
    this.counter = counter;
    this.target = target;
  }
}

/** A loop of a script: where its body begins, its counter (-1: endless) and the loop around it (-1: none). */
interface Loop {
  first: number;
  counter: number;
  around: number;
}

/**
 * What all tasks made from a script share. A task's own state is small whatever the length of the script: its place, a
 * counter per level of nesting (loops beside each other share one), the timers of its own that it has used.
 */
export class Code {
  readonly nodes: Compiled[] = [];
  readonly loops: Loop[] = [];
  /** Depth of the loops that count. */
  counters = 0;
  readonly ownTimers: (() => PeriodicTimer)[] = [];
  private readonly timerNumbers = new Map<string, number>();
  /** Mutexes that the script releases without, or more often than, it locks them. */
  private readonly foreign: ReadonlySet<Mutex>;

  constructor(instructions: readonly Instruction[]) {
    this.compileAll(instructions, 0, -1);
    this.timerNumbers.clear();
    this.foreign = foreignMutexes(this.nodes);
    for (const mutex of this.foreign) mutex.foreign = true;
  }

  /** Tells the visitor what the steps from `from` on may wake. */
  visit(visitor: P.WakeVisitor, from: number): void {
    const { nodes } = this;
    const end = visitor.upTo(this, from, nodes.length);
    for (let i = from; i < end; i++) this.visitNode(visitor, nodes[i]);
  }

  private visitNode(visitor: P.WakeVisitor, node: Compiled): void {
    switch (node.op) {
      case P.OP_SIGNAL:
      case P.OP_BROADCAST:
        visitor.wakes(node.condition!);
        break;
      case P.OP_UNLOCK:
      case P.OP_WAIT:
      case P.OP_SYNC:
        if (node.op === P.OP_SYNC) visitor.wakes(node.condition!);
        if (this.foreign.has(node.mutex!)) visitor.wakes(node.mutex!);
        break;
      case P.OP_BARRIER:
        visitor.wakes(node.barrier!);
        break;
      case P.OP_SEMAPHORE_POST:
      case P.OP_SEMAPHORE_POST_SYNC:
        if (node.fromRegister) visitor.wakesAnybody();
        else visitor.wakes(node.semaphore!);
        break;
      case P.OP_SEND:
        visitor.wakes(node.channel!.readers);
        break;
      case P.OP_RECEIVE:
        visitor.wakes(node.channel!.writers);
        break;
      case P.OP_GATE_OPEN:
        visitor.wakes(node.gate!);
        break;
      case P.OP_FORK:
        visitor.forks(node.child!);
        break;
    }
  }

  private compileAll(instructions: readonly Instruction[], depth: number, loop: number): void {
    for (const i of instructions) this.compile(i, depth, loop);
  }

  /** `depth`: counters in use around the instruction; `loop`: the loop around it. */
  private compile(instruction: Instruction, depth: number, loop: number): void {
    const { nodes } = this;
    if ("step" in instruction) {
      const { step } = instruction;
      nodes.push(new Compiled(step, loop, -1, -1, step.ownTimer ? this.timerNumber(step.ownTimer) : -1));
    } else if ("permille" in instruction) {
      const head = new Compiled({ op: JUMP_CHANCE, count: instruction.permille }, loop);
      nodes.push(head);
      this.compileAll(instruction.body, depth, loop);
      head.target = nodes.length;
    } else if ("loop" in instruction && instruction.loop === 1) {
      this.compileAll(instruction.body, depth, loop);
    } else if ("loop" in instruction && instruction.loop < 0) {
      const inner = this.addLoop(-1, loop);
      this.compileAll(instruction.body, depth, inner);
      nodes.push(new Compiled({ op: JUMP }, inner, -1, this.loops[inner].first));
    } else this.compileCounted(instruction, depth, loop);
  }

  private compileCounted(
    instruction: Extract<Instruction, { loop: number } | { batch: Distribution }>,
    depth: number,
    loop: number,
  ): void {
    const { nodes } = this;
    const times =
      "loop" in instruction ? { count: instruction.loop } : { count: 0, drawCount: instruction.batch };
    const head = new Compiled({ op: JUMP_LOOP_START, ...times }, loop, depth);
    nodes.push(head);
    const inner = this.addLoop(depth, loop);
    this.compileAll(instruction.body, depth + 1, inner);
    nodes.push(new Compiled({ op: JUMP_LOOP_END }, inner, depth, this.loops[inner].first));
    this.counters = Math.max(this.counters, depth + 1);
    head.target = nodes.length;
  }

  /** A loop whose body begins at the next node. */
  private addLoop(counter: number, around: number): number {
    return this.loops.push({ first: this.nodes.length, counter, around }) - 1;
  }

  private timerNumber({ name, make }: { name: string; make: () => PeriodicTimer }): number {
    const known = this.timerNumbers.get(name);
    if (known !== undefined) return known;
    this.timerNumbers.set(name, this.ownTimers.length);
    return this.ownTimers.push(make) - 1;
  }
}

/** What a script has not locked itself it can only release for somebody else, where that is possible (!handOff). */
function foreignMutexes(nodes: readonly Compiled[]): Set<Mutex> {
  const balance = new Map<Mutex, number>();
  const locked = new Set<Mutex>();
  for (const { op, mutex } of nodes) {
    if (mutex === null || mutex.handOff) continue;
    if (op === P.OP_LOCK) locked.add(mutex);
    balance.set(mutex, (balance.get(mutex) ?? 0) + (op === P.OP_LOCK ? 1 : op === P.OP_UNLOCK ? -1 : 0));
  }
  return new Set([...balance].flatMap(([mutex, rest]) => (rest < 0 || !locked.has(mutex) ? [mutex] : [])));
}
