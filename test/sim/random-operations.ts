import fc from "fast-check";
import { regularTopology } from "../../sim/chip/topology-presets.ts";
import {
  type CoreListener,
  SchedulerCore,
  type Task,
  type TaskGroup,
  type Topology,
  type Tunables,
} from "../../sim/core.ts";
import type { Policy } from "../../sim/policy/policy.ts";

/** Chips small enough for random sequences to crowd them: SMT, plain, several caches, two nodes, a ring of nodes, one CPU. */
export const CHIPS: readonly Topology[] = [
  regularTopology("4x2", 4, 2, 4, 4),
  regularTopology("8x1", 8, 1, 8, 8),
  regularTopology("8x2 in four caches", 8, 2, 2, 8),
  regularTopology("two nodes", 8, 2, 4, 4),
  {
    ...regularTopology("four nodes in a row", 8, 1, 2, 2),
    numaDistance: [
      [10, 20, 30, 40],
      [20, 10, 20, 30],
      [30, 20, 10, 20],
      [40, 30, 20, 10],
    ],
  },
  regularTopology("one CPU", 1, 1, 1, 1),
];

type Op =
  | "wake"
  | "sync"
  | "block"
  | "yield"
  | "exit"
  | "fork"
  | "exec"
  | "nice"
  | "policy"
  | "affine"
  | "tick"
  | "rt";
type GroupOp = "group" | "ungroup" | "attach" | "weight" | "idle" | "quota" | "period" | "burst";

export interface Step {
  dt: number;
  op: Op | GroupOp;
  a: number;
  b: number;
}

const ORDINARY: readonly Op[] = [
  ...([
    "wake",
    "wake",
    "wake",
    "wake",
    "sync",
    "block",
    "block",
    "yield",
    "tick",
    "tick",
    "tick",
    "tick",
  ] as const),
  ...(["fork", "exec", "exit", "nice", "policy", "affine"] as const),
];
const ON_GROUPS: readonly GroupOp[] = [
  ...(["group", "group", "ungroup", "attach", "attach", "attach", "attach"] as const),
  ...(["weight", "idle", "quota", "quota", "period", "burst"] as const),
];

const sequences = (operations: readonly Step["op"][], longest = 5_000_000): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      dt: fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: longest })),
      op: fc.constantFrom(...operations),
      a: fc.nat(1_000_000),
      b: fc.nat(1_000_000),
    }),
    { minLength: 20, maxLength: 150, size: "max" },
  );

export const steps = sequences(ORDINARY);
/** The same with groups: made, removed, changed, tasks moved between them. */
export const groupSteps = sequences([...ORDINARY, ...ON_GROUPS]);
/** With tasks that become real-time ones, groups or not, and time enough for their throttling. */
export const realTimeSteps = sequences([...ORDINARY, "rt", "rt", "rt", "rt"], 100_000_000);
export const allSteps = sequences(
  [...ORDINARY, ...ON_GROUPS, "rt", "rt", "rt", "rt", "rt", "rt"],
  100_000_000,
);

/** A core with some tasks, to which steps are done. Arguments of steps are taken modulo what there is. */
export class Laboratory {
  readonly core: SchedulerCore;
  readonly tasks: Task[] = [];
  /** The root first. */
  readonly groups: TaskGroup[];
  now = 0;

  constructor(
    topology: Topology,
    tunables: Partial<Tunables>,
    tasks: number,
    listener: CoreListener = {},
    policy?: Policy,
  ) {
    this.core = new SchedulerCore({
      topology,
      tunables,
      listener,
      ...(policy === undefined ? {} : { policy }),
    });
    this.groups = [this.core.machine.rootGroup];
    for (let i = 0; i < tasks; i++) this.tasks.push(this.core.newTask({ nice: ((i * 7) % 40) - 20 }));
    this.tasks.forEach((task, i) => {
      this.core.wakeNew(task, i % topology.cpus.length);
    });
  }

  do(step: Step): void {
    const { core, tasks } = this;
    this.now += step.dt;
    while (core.nextTimer <= this.now) {
      core.advanceTo(core.nextTimer);
      core.fireTimer();
    }
    core.advanceTo(this.now);
    const cpus = core.cpus.length;
    const cpu = step.a % cpus;
    const task = tasks.length === 0 ? undefined : tasks[step.a % tasks.length];
    switch (step.op) {
      case "wake":
      case "sync":
        if (task !== undefined) core.wake(task, step.b % cpus, step.op === "sync");
        return;
      case "block":
        core.block(cpu);
        return;
      case "yield":
        core.yieldCpu(cpu);
        return;
      case "exit": {
        const gone = core.cpus[cpu].curr;
        if (core.exitCurrent(cpu)) tasks.splice(tasks.indexOf(gone!), 1);
        return;
      }
      case "fork": {
        const group = core.cpus[cpu].curr?.group;
        const child = core.newTask({ nice: (step.b % 40) - 20, policy: [0, 0, 3, 5][step.b % 4], group });
        tasks.push(child);
        core.wakeNew(child, cpu);
        return;
      }
      case "exec":
        core.exec(cpu);
        return;
      case "nice":
        if (task !== undefined) core.setNice(task, (step.b % 40) - 20);
        return;
      case "policy":
        if (task !== undefined) core.setPolicy(task, [0, 3, 5][step.b % 3]);
        return;
      case "rt":
        if (task !== undefined) core.setPolicy(task, 1 + (step.b % 2), 1 + ((step.b >> 1) % 99));
        return;
      case "affine": {
        const allowed = Array.from({ length: cpus }, (_, c) => c).filter((c) => (step.b >> (c % 20)) & 1);
        if (task !== undefined) core.setAffinity(task, allowed.length > 0 ? allowed : [step.b % cpus]);
        return;
      }
      case "tick":
        core.tick();
        return;
      default:
        this.doOnGroup(step.op, step.a, step.b);
    }
  }

  private doOnGroup(op: GroupOp, a: number, b: number): void {
    const { core, groups, tasks } = this;
    const group = groups[b % groups.length];
    switch (op) {
      case "group":
        if (groups.length < 10) groups.push(core.newGroup({ parent: group, weight: 1 + (a % 10_000) }));
        return;
      case "attach":
        if (tasks.length > 0) core.moveTask(tasks[a % tasks.length], group);
        return;
    }
    if (group.parent === null) return;
    switch (op) {
      case "ungroup":
        if (core.removeGroup(group)) groups.splice(groups.indexOf(group), 1);
        return;
      case "weight":
        core.setWeight(group, 1 + (a % 10_000));
        return;
      case "idle":
        core.setIdle(group, a % 2 === 1);
        return;
      case "quota":
        core.setBandwidth(group, {
          quotaNs: a % 5 === 0 ? Number.POSITIVE_INFINITY : 1_000_000 + (a % 9_000_000),
        });
        return;
      case "period":
        core.setBandwidth(group, { periodNs: 1_000_000 + (a % 100) * 200_000 });
        return;
      case "burst":
        core.setBandwidth(group, { burstNs: a % 3_000_000 });
    }
  }
}
