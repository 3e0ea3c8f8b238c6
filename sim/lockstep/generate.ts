import { type Random, randomStream } from "../engine/random.ts";
import { GroupBook } from "./group-book.ts";
import { BATCH, FIFO, IDLE, type Kind, NORMAL, type OperationName, RR } from "./kind.ts";
import { SCENARIO_KINDS } from "./kinds.ts";
import {
  MAX_DEPTH,
  type Operation,
  type Scenario,
  type ScenarioStep,
  type ScenarioTask,
} from "./scenario.ts";

const MS = 1_000_000;
/** A tick's distance from the step before when it comes in time, ns: HZ=250. */
const TICK_NS = 4 * MS;
/** Longest distance between two steps of a burst, ns. */
const BURST_NS = 2000;
/** Share of the ticks that come in time. The others come early, as the steps around them take part of the period. */
const PUNCTUAL = 2 / 3;

/** Operations while stoppers are held up, at most; MAX_HELD_CHANGES bounds the changes of affinity among them. */
const MAX_HELD = 8;

/** Share of the changes of affinity, while stoppers are held up, that are of the same task. */
const VICTIMS = 0.75;

/** What makes a kind's scenarios ones of tickless idle: `nohz-mixed`. */
export const NOHZ_PREFIX = "nohz-";

/**
 * Makes a scenario. Equal arguments give equal scenarios, on every machine; each kind has a stream of its own.
 * @param kind a kind's name, NOHZ_PREFIX before it or not
 * @param steps default: the kind's own length
 */
export function generateScenario(kind: string, seed: string, cpus: number, steps?: number): Scenario {
  const nohz = kind.startsWith(NOHZ_PREFIX);
  const base = SCENARIO_KINDS[nohz ? kind.slice(NOHZ_PREFIX.length) : kind];
  if (base === undefined) throw new RangeError(`no kind ${kind}`);
  const random = randomStream(seed, `lockstep/${kind}`);
  const rule = { ...base, ...base.draw?.(random) };
  const tasks = Array.from({ length: rule.tasks }, () => makeTask(rule, random));
  const children = Array.from({ length: rule.children ?? 0 }, () => ({
    nice: 0,
    policy: 0,
    priority: 0,
    child: true,
  }));
  const maker = new StepMaker(rule, random, cpus);
  return { nohz, tasks: [...tasks, ...children], steps: maker.make(steps ?? rule.steps) };
}

function makeTask(rule: Kind, random: Random): ScenarioTask {
  const task = { nice: pick(rule.nice, random), policy: pick(rule.policies, random), child: false };
  const realTime = task.policy === FIFO || task.policy === RR;
  return { ...task, priority: realTime ? pick(rule.priorities ?? [1], random) : 0 };
}

class StepMaker {
  private readonly rule: Kind;
  private readonly random: Random;
  private readonly cpus: number;
  private readonly steps: ScenarioStep[] = [];
  private readonly total: number;
  /** Tasks that are there or have been: those of the start and the children made so far. */
  private tasks: number;
  private readonly groups: GroupBook;

  constructor(rule: Kind, random: Random, cpus: number) {
    this.rule = rule;
    this.random = random;
    this.cpus = cpus;
    this.tasks = rule.tasks;
    this.groups = new GroupBook(random);
    this.total = Object.values(rule.operations).reduce((sum, weight) => sum + weight, 0);
  }

  make(count: number): ScenarioStep[] {
    this.makeGroups();
    if (this.rule.allAwake) for (let task = 0; task < this.rule.tasks; task++) this.add("wake", task);
    while (this.steps.length < count) this.perform(this.operation());
    return this.steps.slice(0, count);
  }

  /** The groups of the start, as deep as the kind wants them, with all tasks in them or in the root group. */
  private makeGroups(): void {
    const { groups = 0, depth = 1, limited = 0, idle = 0 } = this.rule;
    for (let group = 1; group <= groups; group++) {
      const parent = group <= depth ? group - 1 : this.groups.any(depth - 1);
      this.push("mkgroup", group, parent);
      if (this.random() < idle) this.push("gidle", group, 1);
      else this.push("weight", group, this.argument("weight"));
      if (this.random() < limited)
        for (const op of ["period", "quota"] as const) this.push(op, group, this.argument(op));
    }
    if (groups > 0)
      for (let task = 0; task < this.rule.tasks; task++) this.push("attach", task, this.argument("attach"));
  }

  private operation(): OperationName {
    let rest = this.random() * this.total;
    for (const [name, weight] of Object.entries(this.rule.operations)) {
      rest -= weight;
      if (rest < 0) return name as OperationName;
    }
    return "tick";
  }

  /** One operation, or a burst: every task is woken, or every CPU blocks, in random order and almost at once. */
  private perform(name: OperationName): void {
    if (name === "storm") this.burst("wake", this.tasks);
    else if (name === "lull") this.burst("block", this.cpus);
    else if (name === "hold") this.hold();
    else if (name === "tick" || name === "free") this.add(name, 0);
    else if (name === "fork") this.add(name, this.nextChild());
    else if (name === "block" || name === "yield" || name === "exec" || name === "exit")
      this.add(name, below(this.cpus, this.random));
    else if (name === "clear") this.clear();
    else if (name === "mkgroup") this.add(name, 1 + below(this.rule.maxGroups ?? 1, this.random));
    else if (GROUP_SETTINGS.has(name)) this.add(name, this.groups.any() || 1);
    else this.add(name, below(this.tasks, this.random));
  }

  private burst(op: Operation, count: number): void {
    for (const each of shuffled(count, this.random)) this.add(op, each, BURST_NS);
  }

  /** A few operations while stoppers are held up; most changes of affinity among them are of one task. */
  private hold(): void {
    const victim = below(this.tasks, this.random);
    this.add("hold", 0);
    for (let rest = 1 + below(MAX_HELD, this.random); rest > 0; rest--) {
      const name = this.operation();
      if (name !== "hold" && name !== "affine") this.perform(name);
      else this.add("affine", this.random() < VICTIMS ? victim : below(this.tasks, this.random));
    }
    this.add("free", 0);
  }

  /** A group without children is removed, after all of its tasks have been moved out. */
  private clear(): void {
    const group = this.groups.childless();
    if (group === null) {
      this.add("tick", 0);
      return;
    }
    for (const task of this.groups.tasksOf(group))
      this.push("attach", task, this.groups.parent(group), BURST_NS);
    this.add("rmgroup", group);
    this.groups.delete(group);
  }

  /** The next child; when all have been made, one that is there already: a step without effect. */
  private nextChild(): number {
    if (this.tasks < this.rule.tasks + (this.rule.children ?? 0)) return this.tasks++;
    return below(this.tasks, this.random);
  }

  private add(op: Operation, a: number, within?: number): void {
    const dt =
      op === "tick" && this.random() < PUNCTUAL
        ? TICK_NS
        : below((within ?? pick(this.rule.within, this.random)) + 1, this.random);
    this.note({ dt, op, a, b: this.argument(op) });
  }

  /** A step with this argument, at once or `within` ns. */
  private push(op: Operation, a: number, b: number, within = 0): void {
    this.note({ dt: within > 0 ? below(within + 1, this.random) : 0, op, a, b });
  }

  private note(step: ScenarioStep): void {
    this.steps.push(step);
    if (step.op === "mkgroup") this.groups.add(step.a, step.b);
    if (step.op === "attach") this.groups.attach(step.a, step.b);
  }

  private argument(op: Operation): number {
    switch (op) {
      case "wake":
      case "sync":
      case "fork":
      case "kill":
        return below(Math.min(this.rule.wakers ?? this.cpus, this.cpus), this.random);
      case "nice":
        return pick(this.rule.renice ?? this.rule.nice, this.random);
      case "policy":
        return pick(this.rule.policies.filter(isFair), this.random);
      case "affine":
        return this.mask(pick(this.rule.masks ?? MASKS, this.random));
      case "mkgroup":
        return this.groups.any(MAX_DEPTH - 1);
      case "attach":
        return this.groups.any();
      case "weight":
        return pick(this.rule.weights ?? [100], this.random);
      case "gidle":
        return below(2, this.random);
      case "quota":
        return pick(this.rule.quotas ?? [-1], this.random);
      case "period":
        return pick(this.rule.periods ?? [100_000], this.random);
      case "burst":
        return pick(this.rule.bursts ?? [0], this.random);
      case "fifo":
      case "rr":
        return pick(this.rule.priorities ?? [1], this.random);
      default:
        return 0;
    }
  }

  /** A mask of the CPUs: all, a half, a quarter (a pair of threads among eight), one CPU, any. Never empty. */
  private mask(shape: MaskShape): number {
    const all = 2 ** this.cpus - 1;
    if (shape === "all") return all;
    if (shape === "any") return 1 + below(all, this.random);
    const size = shape === "one" ? 1 : Math.max(1, this.cpus / (shape === "half" ? 2 : 4));
    return (2 ** size - 1) * 2 ** (size * below(this.cpus / size, this.random));
  }
}

/** Operations on a group that is there. */
const GROUP_SETTINGS: ReadonlySet<OperationName> = new Set([
  "weight",
  "gidle",
  "quota",
  "period",
  "burst",
  "rmgroup",
] as const);

const isFair = (policy: number): boolean => policy === NORMAL || policy === BATCH || policy === IDLE;

type MaskShape = NonNullable<Kind["masks"]>[number];
const MASKS: readonly MaskShape[] = ["all", "all", "half", "half", "half", "quarter", "quarter", "any"];

function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[below(from.length, random)];
}

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1, random);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
