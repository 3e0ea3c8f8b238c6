import type { Programme, TaskSpec, WakeVisitor } from "../workload/programme.ts";
import { Barrier, Mutex, type Resource } from "../workload/resources.ts";
import type { SimTask } from "./sim-task.ts";

/**
 * Who can still be woken. A task that waits can go on if some task that can go on may wake it: the least fixed point over
 * what programmes say they may wake (Programme.mayWake) and over owners of mutexes. Whoever is not reached waits for ever.
 *
 * Invariants:
 *  G1. Programmes name too many rather than too few they may wake, so no task called lost here is ever woken.
 *  G2. Time and memory are linear in tasks and steps: a visitor looks at each step of a script once.
 */
export interface Lost {
  /** Those whom a task could have woken that has ended: producers gone, a partner done. */
  abandoned: SimTask[];
  /** Those whom one of the abandoned could wake, directly or through others. */
  dependent: SimTask[];
  /** Those whom nobody could ever have woken, or who hold each other up. */
  deadlocked: SimTask[];
}

/** The tasks that wait and that nobody can wake any more. */
export function lostTasks(tasks: readonly SimTask[]): Lost {
  const waiting = tasks.filter((t) => t.waitingFor !== null);
  if (waiting.length === 0) return NONE;
  const saved = spread(
    tasks.filter((t) => t.exitNs < 0 && (t.waitingFor === null || isFree(t.waitingFor))),
    waiting,
  );
  const lost = waiting.filter((t) => !saved.has(t));
  if (lost.length === 0) return NONE;
  const ended = new Reach();
  for (const t of tasks) if (t.exitNs >= 0) ended.add(t.programme, true);
  const partnerEnded = (r: Resource) => !(r instanceof Mutex) && (ended.anybody || ended.resources.has(r));
  const abandoned = new Set(lost.filter((t) => partnerEnded(t.waitingFor!)));
  const excused = spread([...abandoned], lost);
  return {
    abandoned: [...abandoned],
    dependent: lost.filter((t) => excused.has(t) && !abandoned.has(t)),
    deadlocked: lost.filter((t) => !excused.has(t)),
  };
}

const NONE: Lost = { abandoned: [], dependent: [], deadlocked: [] };

/** A mutex without an owner: somebody is on the way to take it. */
const isFree = (resource: Resource): boolean => resource instanceof Mutex && resource.owner === null;

/** `seeds` and all of `waiting` whom they may wake, directly or through others. */
function spread(seeds: readonly SimTask[], waiting: readonly SimTask[]): Set<SimTask> {
  const byResource = new Map<Resource, SimTask[]>();
  const byOwner = new Map<SimTask, SimTask[]>();
  for (const t of waiting) {
    const resource = t.waitingFor!;
    push(byResource, resource, t);
    if (resource instanceof Mutex && resource.owner) push(byOwner, resource.owner as SimTask, t);
  }
  const reached = new Set(seeds);
  const queue = [...reached];
  const reach = (list: readonly SimTask[] = []) => {
    for (const t of list)
      if (!reached.has(t)) {
        reached.add(t);
        queue.push(t);
      }
  };
  const visitor = new Reach((resource) => reach(byResource.get(resource)));
  for (let t = queue.pop(); t !== undefined; t = queue.pop()) {
    visitor.add(t.programme, false);
    if (visitor.anybody) return new Set([...reached, ...waiting]);
    reach(byOwner.get(t));
  }
  return reached;
}

/** Collects what programmes may wake, each step of a shared script once. */
class Reach implements WakeVisitor {
  readonly resources = new Set<Resource>();
  anybody = false;
  private readonly found: (resource: Resource) => void;
  /** By script: where the steps begin that have been looked at. */
  private readonly seen = new Map<object, number>();
  private readonly specs = new Set<TaskSpec>();
  private readonly children: TaskSpec[] = [];

  constructor(found: (resource: Resource) => void = () => {}) {
    this.found = found;
  }

  add(programme: Programme, all: boolean): void {
    this.visit(programme, all);
    for (let spec = this.children.pop(); spec; spec = this.children.pop()) this.visit(spec.programme(), true);
  }

  upTo(code: object, from: number, end: number): number {
    const before = this.seen.get(code) ?? end;
    if (from < before) this.seen.set(code, from);
    return before;
  }

  wakes(resource: Resource): void {
    if (this.resources.has(resource)) return;
    this.resources.add(resource);
    this.found(resource);
  }

  wakesAnybody(): void {
    this.anybody = true;
  }

  forks(spec: TaskSpec): void {
    if (this.specs.has(spec)) return;
    this.specs.add(spec);
    this.children.push(spec);
  }

  private visit(programme: Programme, all: boolean): void {
    if (programme.mayWake) programme.mayWake(this, all);
    else this.wakesAnybody();
  }
}

/** Steps looked at for the wakers of a report; beyond them it names none. */
const MOST_STEPS = 2_000_000;

/** For each resource that tasks of the list wait for: one of the list that may wake them. */
export class Wakers {
  private readonly by = new Map<Resource, SimTask>();
  /** All steps were looked at: who is not named here does not exist. */
  complete = true;

  constructor(tasks: readonly SimTask[]) {
    let steps = 0;
    for (const task of tasks) {
      const forked = new Set<TaskSpec>();
      const visitor: WakeVisitor = {
        upTo: (_, from, end) => {
          steps += end - from;
          if (steps <= MOST_STEPS) return end;
          this.complete = false;
          return from;
        },
        wakes: (resource) => {
          // Who waits at a barrier has come to it already.
          const there = resource instanceof Barrier && task.waitingFor === resource;
          if (!there && !this.by.has(resource)) this.by.set(resource, task);
        },
        wakesAnybody: () => {
          this.complete = false;
        },
        forks: (spec) => {
          if (forked.has(spec)) return;
          forked.add(spec);
          this.complete = false; // what a child would do is not looked at
        },
      };
      if (task.programme.mayWake) task.programme.mayWake(visitor, false);
      else this.complete = false;
      if (steps > MOST_STEPS) return;
    }
  }

  /** Who `task` waits for: the owner of its mutex, one who may wake it, or null. */
  of(task: SimTask): SimTask | null {
    const resource = task.waitingFor!;
    if (resource instanceof Mutex) return resource.owner as SimTask | null;
    return this.by.get(resource) ?? null;
  }
}

function push<K>(map: Map<K, SimTask[]>, key: K, task: SimTask): void {
  const list = map.get(key);
  if (list) list.push(task);
  else map.set(key, [task]);
}
