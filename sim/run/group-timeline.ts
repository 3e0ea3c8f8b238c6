import type { TimelineListener } from "../../traces/timeline.ts";
import type { SchedulerCore, TaskGroup } from "../core.ts";
import type { Clock } from "../engine/agenda.ts";
import type { GroupSet } from "./group-set.ts";

/** CPUs of a group. */
interface Shown {
  running: number;
  throttled: number;
}

/** Tells a timeline on how many CPUs each group's tasks run, those in groups below it included, and on how many it is throttled. */
export class GroupTimeline {
  private readonly core: SchedulerCore;
  private readonly groups: GroupSet;
  private readonly clock: Clock;
  private readonly listener: TimelineListener;
  /** The group of what was last seen on each CPU; null: nobody. */
  private readonly onCpu: (TaskGroup | null)[];
  private readonly shown = new Map<TaskGroup, Shown>();

  constructor(core: SchedulerCore, groups: GroupSet, clock: Clock, listener: TimelineListener) {
    this.core = core;
    this.groups = groups;
    this.clock = clock;
    this.listener = listener;
    this.onCpu = core.cpus.map(() => null);
  }

  /** What runs on the CPU, or its group, may have changed. */
  look(cpu: number): void {
    const before = this.onCpu[cpu];
    const group = this.core.cpus[cpu].curr?.group ?? null;
    if (group === before) return;
    this.onCpu[cpu] = group;
    const left = ancestors(before);
    const come = ancestors(group);
    for (const g of left) if (!come.includes(g)) this.change(cpu, g, "running", -1);
    for (const g of come) if (!left.includes(g)) this.change(cpu, g, "running", 1);
  }

  /** The group, by its number, has run out of its quota on the CPU, or has run time again. */
  throttle(id: number, cpu: number, throttled: boolean): void {
    this.change(cpu, this.groups.byId(id), "throttled", throttled ? 1 : -1);
  }

  private change(cpu: number, group: TaskGroup, what: keyof Shown, by: number): void {
    let shown = this.shown.get(group);
    if (shown === undefined) {
      shown = { running: 0, throttled: 0 };
      this.shown.set(group, shown);
    }
    shown[what] += by;
    const path = this.groups.pathOf(group);
    this.listener({ type: "group", time: this.clock.now, cpu, path, what, cpus: shown[what] });
  }
}

/** The group and those above it, without the root. */
function ancestors(group: TaskGroup | null): TaskGroup[] {
  const found: TaskGroup[] = [];
  for (let g = group; g !== null && g.parent !== null; g = g.parent) found.push(g);
  return found;
}
