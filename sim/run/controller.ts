import type { SchedulerCore } from "../core.ts";
import type { Counters } from "../policy/control.ts";
import type { Policy } from "../policy/policy.ts";
import type { Observer } from "./observer.ts";
import type { Progress } from "./progress.ts";
import type { TaskSet } from "./task-set.ts";

/** What the counters are read from. */
export interface Counted {
  readonly core: SchedulerCore;
  readonly observer: Observer;
  readonly progress: Progress;
  readonly tasks: TaskSet;
}

/** Asks a policy's control() at ticks, as often as it wants to be asked, and changes what it wants changed. Looking changes nothing. */
export class Controller {
  private readonly policy: Policy;
  private readonly counted: Counted;
  private due: number;

  constructor(policy: Policy, counted: Counted) {
    this.policy = policy;
    this.counted = counted;
    this.due = policy.everyNs!;
  }

  /** A tick begins. */
  tick(now: number): void {
    if (now < this.due) return;
    const { policy, counted } = this;
    this.due += Math.floor((now - this.due) / policy.everyNs! + 1) * policy.everyNs!;
    const { core } = counted;
    const changes = policy.control!(
      Object.freeze({ now, counters: count(counted, now), settings: core.settings }),
    );
    if (changes !== undefined) core.set(changes);
  }
}

function count({ observer, progress, tasks }: Counted, now: number): Counters {
  let busyNs = 0;
  let lostNs = 0;
  let waitNs = 0;
  let refillNs = 0;
  for (const cpu of progress.cpus) {
    busyNs += cpu.busyNs + (cpu.occupant === null ? 0 : now - cpu.since);
    lostNs += cpu.lostNs;
  }
  for (const ns of observer.cpuWaitNs) waitNs += ns;
  for (const task of tasks.list) refillNs += task.refillNs;
  return Object.freeze({
    switches: observer.switches,
    wakeups: observer.wakeups,
    balancePasses: observer.balancePasses,
    migrations: Object.freeze(observer.migrations),
    decisions: Object.freeze(observer.decisions),
    detached: Object.freeze(observer.detached),
    busyNs,
    lostNs,
    refillNs,
    idleNs: now * progress.cpus.length - busyNs,
    waitNs,
    units: tasks.units,
  });
}
