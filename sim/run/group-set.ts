import { InputError } from "../../traces/input-error.ts";
import { cpuListText } from "../chip/import/cpu-list.ts";
import type { SchedulerCore, Task, TaskGroup } from "../core.ts";
import type { GroupResult } from "../output/result.ts";
import { type GroupSpec, groupPath } from "../workload/groups.ts";

/** One group of a run. */
interface Member {
  readonly path: string;
  readonly group: TaskGroup;
  /** CPUs that its tasks may use (cpuset.cpus.effective), by their places; null: all. */
  readonly cpus: readonly number[] | null;
}

/** The groups of a run by their paths: made from descriptions, and where a task names one that nobody has described. */
export class GroupSet {
  private readonly core: SchedulerCore;
  private readonly specs: ReadonlyMap<string, GroupSpec>;
  private readonly byPath = new Map<string, Member>();
  private readonly byGroup = new Map<TaskGroup, Member>();
  private readonly patterns: readonly { matches: RegExp; path: string }[];
  private readonly placeOf: ReadonlyMap<number, number>;
  private readonly autogroup: boolean;
  private readonly sessions = new Map<string, string>();

  /** @throws InputError for settings that the kernel refuses */
  constructor(
    core: SchedulerCore,
    specs: readonly GroupSpec[],
    cpuNumbers: readonly number[],
    autogroup: boolean,
  ) {
    this.core = core;
    this.autogroup = autogroup;
    this.placeOf = new Map(cpuNumbers.map((number, place) => [number, place]));
    this.specs = new Map(specs.map((spec) => [spec.path, spec]));
    this.add("/", core.machine.rootGroup, null);
    for (const { path } of specs) this.of(path);
    this.patterns = specs.flatMap(({ path, tasks = [] }) =>
      tasks.map((name) => ({ matches: wildcard(name), path })),
    );
  }

  /** The group a new task begins in: its own, by name, or that of its session. */
  forTask(own: string | undefined, names: readonly string[], session: string): Member {
    if (own !== undefined) return this.of(groupPath(own));
    const found = this.patterns.find(({ matches }) => names.some((name) => matches.test(name)));
    if (found !== undefined) return this.of(found.path);
    if (!this.autogroup) return this.of("/");
    let path = this.sessions.get(session);
    if (path === undefined) {
      path = `/autogroup-${this.sessions.size + 1}`;
      this.sessions.set(session, path);
    }
    return this.of(path);
  }

  /** The group of that path, which is made with those above it where it is not there. */
  of(path: string): Member {
    return this.byPath.get(path) ?? this.make(path);
  }

  /** The task goes into that group. Other CPUs come with it where the two have different ones (cpuset_attach()). */
  move(task: Task, path: string): void {
    const { core } = this;
    const before = this.cpusOf(task.group);
    const { group, cpus } = this.of(groupPath(path));
    core.moveTask(task, group);
    if (cpus !== before) core.setAffinity(task, cpus ?? core.cpus.map(({ cpu }) => cpu));
  }

  /** CPUs that the tasks of a group may use; null: all. */
  cpusOf(group: TaskGroup): readonly number[] | null {
    return this.byGroup.get(group)!.cpus;
  }

  pathOf(group: TaskGroup): string {
    return this.byGroup.get(group)!.path;
  }

  /** A group by its number. */
  byId(id: number): TaskGroup {
    for (const group of this.byGroup.keys()) if (group.id === id) return group;
    throw new RangeError(`no group ${id}`);
  }

  /** Those of `wanted` that the group leaves; all it has where that would be none. */
  allowed(group: TaskGroup, wanted: readonly number[] | undefined): readonly number[] | undefined {
    const cpus = this.cpusOf(group);
    if (cpus === null || wanted === undefined) return cpus ?? wanted;
    const both = wanted.filter((cpu) => cpus.includes(cpu));
    return both.length > 0 ? both : cpus;
  }

  /** All but the root, in the order of their making. */
  results(): GroupResult[] {
    const { clock } = this.core.machine;
    return [...this.byPath.values()].slice(1).map(({ path, group }) => {
      const { quota, period, nrPeriods, nrThrottled, throttledTime, nrBurst, burstTime } = group.bandwidth!;
      let usageNs = 0;
      let throttledNs = throttledTime;
      for (const [cpu, { sumExecRuntime, execStart, cfsRq }] of group.entities.entries()) {
        usageNs += sumExecRuntime;
        if (cfsRq.curr === group.entities[cpu]) usageNs += clock - execStart;
        const { throttled, throttledClock } = group.queues[cpu];
        if (throttled) throttledNs += clock - throttledClock;
      }
      return {
        path,
        weight: Math.floor(((group.shares / 1024) * 100) / 1024 + 0.5),
        idle: group.idle,
        quotaNs: quota === Number.POSITIVE_INFINITY ? null : quota,
        periodNs: period,
        usageNs,
        throttledNs,
        nrPeriods,
        nrThrottled,
        nrBursts: nrBurst,
        burstNs: burstTime,
      };
    });
  }

  private make(path: string): Member {
    const above = this.of(path.slice(0, path.lastIndexOf("/")) || "/");
    const spec = this.specs.get(path);
    const { core } = this;
    const group = core.newGroup({ parent: above.group });
    const member = this.add(path, group, this.cpusFor(spec, above));
    if (spec === undefined) return member;
    if (spec.weight !== undefined) core.setWeight(group, spec.weight);
    if (spec.weightNice !== undefined) core.setWeightNice(group, spec.weightNice);
    if (spec.idle !== undefined) core.setIdle(group, spec.idle);
    const { quotaNs, periodNs, burstNs, file } = spec;
    if ((quotaNs ?? periodNs ?? burstNs) === undefined) return member;
    if (!core.setBandwidth(group, { quotaNs, periodNs, burstNs }))
      throw new InputError("the kernel refuses this quota", {
        file,
        field: `${path}.cpu.max`,
        found: [
          quotaNs === undefined || quotaNs === Number.POSITIVE_INFINITY ? "max" : quotaNs / 1000,
          (periodNs ?? 100_000_000) / 1000,
          ...(burstNs === undefined ? [] : [`and a burst of ${burstNs / 1000}`]),
        ].join(" "),
        expected: "quota and period of at least 1 ms, a period of at most 1 s, a burst not above the quota",
      });
    return member;
  }

  private cpusFor(spec: GroupSpec | undefined, above: Member): readonly number[] | null {
    if (spec?.cpus === undefined) return above.cpus;
    const wrong = spec.cpus.find((number) => !this.placeOf.has(number));
    if (wrong !== undefined)
      throw new InputError("a CPU that the chip does not have", {
        file: spec.file,
        field: `${spec.path}.cpuset.cpus`,
        found: wrong,
        expected: `CPUs out of ${cpuListText([...this.placeOf.keys()])}`,
        hint: "Take a larger chip, or change the file",
      });
    const own = spec.cpus.map((number) => this.placeOf.get(number)!);
    const both = above.cpus === null ? own : own.filter((cpu) => above.cpus!.includes(cpu));
    return both.length > 0 ? both : above.cpus;
  }

  private add(path: string, group: TaskGroup, cpus: readonly number[] | null): Member {
    const member = { path, group, cpus };
    this.byPath.set(path, member);
    this.byGroup.set(group, member);
    return member;
  }
}

/** "db-*" as an expression; `*` stands for anything. */
function wildcard(text: string): RegExp {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`);
}
