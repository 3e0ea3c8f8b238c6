import { InputError } from "../../../traces/input-error.ts";
import type { Hardware } from "../../chip/hardware.ts";
import { taskComm } from "../comm.ts";
import { MAX_STEP_NS } from "../limits.ts";
import type { Programme, TaskSpec, Workload, WorkloadSetup } from "../programme.ts";
import * as S from "../script.ts";
import type { Cpus, EventDefinition, RtAppDefinition, Scheduling, TaskDefinition } from "./definition.ts";
import { shortestRun } from "./length.ts";
import { readRtApp } from "./read.ts";
import { RtAppResources } from "./resources.ts";
import { SCHED_FIFO, SCHED_RR } from "./scheduling.ts";

/** Cache footprint of a task that does not say how much memory it uses. */
const DEFAULT_WORKING_SET = 65_536;

/**
 * One or several rt-app files as a workload. What the events mean is documented in docs/workloads.md.
 *
 * @throws InputError with file and line.
 */
export function rtAppWorkload(files: readonly { name: string; text: string }[]): Workload {
  const definition = readRtApp(files);
  const [{ name }] = files;
  return {
    name,
    definition: files.map((f) => f.text).join("\n"),
    durationNs: definition.global.durationNs > 0 ? definition.global.durationNs : undefined,
    shortestRunNs: shortestRun(definition),
    unit: "loops",
    notes: definition.notes.list(),
    setUp: (setup) => new Builder(definition, name, setup).build(),
  };
}

/** Turns the tasks of a definition into programmes, with fresh resources. */
class Builder {
  private readonly definition: RtAppDefinition;
  private readonly file: string;
  private readonly setup: WorkloadSetup;
  private readonly resources: RtAppResources;
  private readonly byName = new Map<string, TaskDefinition>();
  /** What all tasks of a description have in common: one script above all. */
  private readonly specs = new Map<TaskDefinition, TaskSpec>();
  private readonly allCpus: readonly number[];
  /** Place of each CPU of the chip, by the number that files say. */
  private readonly cpuOf: ReadonlyMap<number, number>;

  constructor(definition: RtAppDefinition, file: string, setup: WorkloadSetup) {
    this.definition = definition;
    this.file = file;
    this.setup = setup;
    this.resources = new RtAppResources(definition);
    this.allCpus = Array.from({ length: setup.cpus }, (_, cpu) => cpu);
    this.cpuOf = new Map(setup.cpuNumbers.map((number, cpu) => [number, cpu]));
    for (const task of definition.tasks) if (!this.byName.has(task.name)) this.byName.set(task.name, task);
  }

  build(): void {
    const { tasks } = this.definition;
    const total = tasks.reduce((sum, task) => sum + task.instances, 0);
    if (total > this.setup.maxTasks)
      throw new InputError("the workload has too many tasks", {
        file: this.file,
        found: total,
        expected: `at most ${this.setup.maxTasks}, all instances counted`,
        hint: "Lower the instances, or leave some tasks out",
      });
    for (const task of tasks) {
      this.check(task, task.cpus);
      for (const phase of task.phases) this.check(task, phase.cpus);
    }
    let before = 0;
    for (const task of tasks)
      for (let i = 0; i < task.instances; i++)
        this.setup.spawn({ ...this.spec(task), comm: taskComm(task.name, `-${before++}`) });
  }

  private spec(task: TaskDefinition): TaskSpec {
    const known = this.specs.get(task);
    if (known) return known;
    let make: (() => Programme) | undefined;
    let forks = 0;
    const spec: TaskSpec = {
      // As rt-app numbers its threads: in the order of their making, forked ones also by their forks.
      comm: task.name,
      forkComm: (before) => taskComm(task.name, `-${before}-${String(forks++).padStart(4, "0")}`),
      name: task.name,
      origin: { file: task.file, line: task.line },
      nice: task.scheduling.nice,
      policy: task.scheduling.policy,
      rtPriority: task.scheduling.rtPriority,
      group: task.group,
      affinity: this.placesOf(task.phases[0].cpus ?? task.cpus),
      // rt-app's threads are all created at the start (t_zero); their timers, forked tasks' too, count from there.
      timersFromNs: task.delayNs,
      workingSetBytes: this.workingSet(task),
      // Compiled when first needed: tasks may fork each other.
      programme: () => {
        make ??= S.script(this.body(task));
        return make();
      },
    };
    this.specs.set(task, spec);
    return spec;
  }

  private body(task: TaskDefinition): S.Instruction[] {
    const pinned = task.phases.some((p) => p.cpus);
    // Lists are handed over as such: a phase may have more events than a call may have arguments.
    const phases = task.phases.map((phase): S.Instruction => {
      const enter: S.Instruction[] = [];
      if (pinned) enter.push(S.setAffinity(this.placesOf(phase.cpus ?? task.cpus) ?? this.allCpus));
      if (phase.group !== undefined) enter.push(S.setGroup(phase.group));
      if (phase.scheduling) enter.push(...enterPolicy(phase.scheduling));
      const events = phase.events.flatMap((e) => this.event(e, task));
      return { loop: 1, body: [...enter, { loop: phase.loop, body: [...events, S.done()] }] };
    });
    const begin = Number.isFinite(task.delayNs)
      ? task.delayNs > 0
        ? [S.sleepUntil(task.delayNs)]
        : []
      : [sleep(task.delayNs)];
    return [...begin, { loop: task.loop, body: phases }];
  }

  private event(e: EventDefinition, task: TaskDefinition): S.Instruction[] {
    const r = this.resources;
    switch (e.kind) {
      case "run":
        return [run(e.ns)];
      case "runtime":
        return [S.runUntil(e.ns)];
      case "sleep":
        return [sleep(e.ns)];
      case "timer":
        if (!Number.isFinite(e.ns)) return [sleep(e.ns)]; // it never fires
        return [
          e.unique
            ? S.ownTimer(e.name, () => r.ownTimer(e.name, task), e.ns)
            : S.timer(r.timer(e.name), e.ns),
        ];
      case "lock":
        return [S.lock(r.mutex(e.name))];
      case "unlock":
        return [S.unlock(r.mutex(e.name), e.line)];
      case "wait":
        return [S.wait(r.condition(e.name), r.mutex(e.mutex), e.line)];
      case "sync":
        return [S.sync(r.condition(e.name), r.mutex(e.mutex), e.line)];
      case "signal":
        return [S.signal(r.condition(e.name))];
      case "broad":
      case "resume":
        return [S.broadcast(r.condition(e.name))];
      case "suspend":
        return [S.suspend(r.condition(e.name))];
      case "barrier":
        return [S.barrier(r.barrier(e.name))];
      case "sem_post":
        return [S.semaphorePost(r.semaphore(e.name))];
      case "sem_wait":
        return [S.semaphoreWait(r.semaphore(e.name))];
      case "yield":
        return [S.yieldCpu()];
      case "fork":
        return [S.fork(this.spec(this.byName.get(e.name)!))];
      case "mem":
      case "iorun":
      case "memrun":
        return memory(e, this.definition, this.setup.hardware);
    }
  }

  private workingSet(task: TaskDefinition): number {
    let bytes = DEFAULT_WORKING_SET;
    for (const phase of task.phases)
      for (const e of phase.events) {
        if (e.kind === "mem" || e.kind === "iorun")
          bytes = Math.max(bytes, this.definition.global.memBufferBytes);
        if (e.kind === "memrun") bytes = Math.max(bytes, e.bytes);
      }
    return bytes;
  }

  private placesOf(cpus: Cpus | undefined): readonly number[] | undefined {
    return cpus?.list.map((number) => this.cpuOf.get(number)!);
  }

  private check(task: TaskDefinition, cpus: Cpus | undefined): void {
    const bad = cpus?.list.find((cpu) => !this.cpuOf.has(cpu));
    if (bad === undefined) return;
    const { cpuNumbers: numbers } = this.setup;
    const last = numbers[numbers.length - 1];
    throw new InputError("a CPU that the chip does not have", {
      file: task.file,
      line: cpus!.line,
      field: "cpus",
      found: bad,
      expected:
        last === numbers.length - 1
          ? `0..${last}`
          : `one of ${numbers.slice(0, 20).join(", ")}${numbers.length > 20 ? ", ..." : ""}`,
      hint: "Take a larger chip, or change the file",
    });
  }
}

/** Work and sleep that may be endless: then in steps of an hour, for ever. */
const run = (ns: number): S.Instruction => (Number.isFinite(ns) ? S.run(ns) : S.forever(S.run(MAX_STEP_NS)));
const sleep = (ns: number): S.Instruction =>
  Number.isFinite(ns) ? S.sleep(ns) : S.forever(S.sleep(MAX_STEP_NS));

/** Memory and I/O events as work, and as sleep where a real device is waited for. */
function memory(
  e: Extract<EventDefinition, { kind: "mem" | "iorun" | "memrun" }>,
  definition: RtAppDefinition,
  hardware: Readonly<Hardware>,
): S.Instruction[] {
  const copyNs = (bytes: number) => Math.ceil((bytes * 1000) / hardware.memWriteBytesPerUs);
  if (e.kind === "memrun")
    return [run(e.type === "chase" ? e.count * chaseNs(e.bytes, hardware) : copyNs(e.count))];
  if (e.kind === "mem" || !Number.isFinite(e.bytes)) return [run(copyNs(e.bytes))];
  const calls = Math.ceil(e.bytes / definition.global.memBufferBytes);
  if (definition.global.nullDevice) return [S.run(calls * Math.max(1, hardware.syscallNs))];
  return [S.run(copyNs(e.bytes)), S.sleep(Math.ceil((e.bytes * 1000) / hardware.ioWriteBytesPerUs))];
}

/** ns per dependent load, by the cache the buffer fits: L2 4, last level 12, memory 90 (Ice Lake client, published). */
function chaseNs(bytes: number, hardware: Readonly<Hardware>): number {
  if (bytes <= hardware.privateCacheBytes) return 4;
  return bytes <= hardware.sharedCacheBytes ? 12 : 90;
}

function enterPolicy({ policy, nice, rtPriority }: Scheduling): S.Instruction[] {
  if (policy === SCHED_FIFO) return [S.setFifo(rtPriority)];
  if (policy === SCHED_RR) return [S.setRr(rtPriority)];
  return [S.setPolicy(policy), S.setNice(nice)];
}
