import { InputError } from "../../../traces/input-error.ts";
import { Barrier, Condition, Mutex, PeriodicTimer, Semaphore } from "../resources.ts";
import type { RtAppDefinition, TaskDefinition } from "./definition.ts";

/** Each task's own timers, all together: some 400 MB. */
const MAX_OWN_TIMERS = 4_000_000;

/** The resources of one run of an rt-app file, made when first named, by kind and name as in rt-app. */
export class RtAppResources {
  private readonly definition: RtAppDefinition;
  private readonly mutexes = new Map<string, Mutex>();
  private readonly conditions = new Map<string, Condition>();
  private readonly barriers = new Map<string, Barrier>();
  private readonly semaphores = new Map<string, Semaphore>();
  private readonly timers = new Map<string, PeriodicTimer>();
  private ownTimers = 0;
  /** Names of shared timers that are absolute, and of those that belong to the tasks of one description. */
  private readonly absolute: ReadonlySet<string>;
  private readonly ownAbsolute: ReadonlyMap<TaskDefinition, ReadonlySet<string>>;
  private readonly users: ReadonlyMap<string, number>;

  constructor(definition: RtAppDefinition) {
    this.definition = definition;
    const absolute = new Set<string>();
    const ownAbsolute = new Map<TaskDefinition, Set<string>>();
    const users = new Map<string, number>();
    for (const task of definition.tasks)
      for (const phase of task.phases)
        for (const e of phase.events) {
          // One absolute use makes the timer absolute; every mention of a barrier adds the task's instances.
          if (e.kind === "timer" && e.absolute)
            (e.unique ? get(ownAbsolute, task, () => new Set()) : absolute).add(e.name);
          if (e.kind === "barrier") users.set(e.name, (users.get(e.name) ?? 0) + task.instances);
        }
    this.absolute = absolute;
    this.ownAbsolute = ownAbsolute;
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

  /**
   * A timer whose name begins with "unique", made for one of the tasks described by `owner`: neither its time nor its mode
   * are anybody else's. @throws InputError for what memory would not hold.
   */
  ownTimer(name: string, owner: TaskDefinition): PeriodicTimer {
    if (++this.ownTimers > MAX_OWN_TIMERS) {
      throw new InputError("too many timers that belong to one task each", {
        found: `more than ${MAX_OWN_TIMERS}`,
        expected: "instances x names that begin with unique below that",
        hint: "Lower the instances, or use fewer names for timers",
      });
    }
    return new PeriodicTimer(name, this.ownAbsolute.get(owner)?.has(name) ?? false);
  }
}

function get<K, T>(map: Map<K, T>, key: K, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
