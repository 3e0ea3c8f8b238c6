import { Barrier, Condition, Mutex, PeriodicTimer, Semaphore } from "../resources.ts";
import type { RtAppDefinition } from "./definition.ts";

/** The resources of one run of an rt-app file, made when first named, by kind and name as in rt-app. */
export class RtAppResources {
  private readonly definition: RtAppDefinition;
  private readonly mutexes = new Map<string, Mutex>();
  private readonly conditions = new Map<string, Condition>();
  private readonly barriers = new Map<string, Barrier>();
  private readonly semaphores = new Map<string, Semaphore>();
  private readonly timers = new Map<string, PeriodicTimer>();
  private readonly absolute: ReadonlySet<string>;
  private readonly users: ReadonlyMap<string, number>;

  constructor(definition: RtAppDefinition) {
    this.definition = definition;
    const absolute = new Set<string>();
    const users = new Map<string, number>();
    for (const task of definition.tasks)
      for (const phase of task.phases)
        for (const e of phase.events) {
          // One absolute use makes the timer absolute; every mention of a barrier adds the task's instances.
          if (e.kind === "timer" && e.absolute) absolute.add(e.name);
          if (e.kind === "barrier") users.set(e.name, (users.get(e.name) ?? 0) + task.instances);
        }
    this.absolute = absolute;
    this.users = users;
  }

  mutex(name: string): Mutex {
    return get(this.mutexes, name, () => new Mutex(name, this.definition.global.piEnabled));
  }

  condition(name: string): Condition {
    return get(this.conditions, name, () => new Condition(name));
  }

  barrier(name: string): Barrier {
    return get(this.barriers, name, () => new Barrier(name, this.users.get(name) ?? 0));
  }

  semaphore(name: string): Semaphore {
    return get(this.semaphores, name, () => new Semaphore(name));
  }

  timer(name: string): PeriodicTimer {
    return get(this.timers, name, () => new PeriodicTimer(name, this.absolute.has(name)));
  }

  /** The timers of one task whose names begin with "unique". */
  uniqueTimers(): (name: string) => PeriodicTimer {
    const own = new Map<string, PeriodicTimer>();
    return (name) => get(own, name, () => new PeriodicTimer(name, this.absolute.has(name)));
  }
}

function get<T>(map: Map<string, T>, name: string, make: () => T): T {
  const known = map.get(name);
  if (known !== undefined) return known;
  const made = make();
  map.set(name, made);
  return made;
}
