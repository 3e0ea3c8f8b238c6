import { InputError } from "../../../traces/input-error.ts";
import type { Hardware } from "../../chip/hardware.ts";
import type { TaskSpec, Workload, WorkloadSetup } from "../programme.ts";
import * as S from "../script.ts";
import type { Cpus, EventDefinition, RtAppDefinition, TaskDefinition } from "./definition.ts";
import { readRtApp } from "./read.ts";
import { RtAppResources } from "./resources.ts";

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
    unit: "loops",
    notes: definition.notes,
    setUp: (setup) => new Builder(definition, name, setup).build(),
  };
}

/** Turns the tasks of a definition into programmes, with fresh resources. */
class Builder {
  private readonly definition: RtAppDefinition;
  private readonly file: string;
  private readonly setup: WorkloadSetup;
  private readonly resources: RtAppResources;

  constructor(definition: RtAppDefinition, file: string, setup: WorkloadSetup) {
    this.definition = definition;
    this.file = file;
    this.setup = setup;
    this.resources = new RtAppResources(definition);
  }

  build(): void {
    for (const task of this.definition.tasks) {
      this.check(task.cpus);
      for (const phase of task.phases) this.check(phase.cpus);
      for (let i = 0; i < task.instances; i++) this.setup.spawn(this.spec(task, i));
    }
  }

  private spec(task: TaskDefinition, instance: number): TaskSpec {
    return {
      comm: task.instances > 1 ? `${task.name}-${instance}` : task.name,
      nice: task.scheduling.nice,
      policy: task.scheduling.policy,
      affinity: (task.phases[0].cpus ?? task.cpus)?.list,
      startNs: task.delayNs,
      workingSetBytes: this.workingSet(task),
      // Compiled for each task: unique timers belong to one.
      programme: () => S.script(this.body(task))(),
    };
  }

  private body(task: TaskDefinition): S.Instruction[] {
    const timers = this.resources.uniqueTimers();
    const pinned = task.phases.some((p) => p.cpus);
    const phases = task.phases.flatMap((phase) => {
      const enter: S.Instruction[] = [];
      if (pinned) enter.push(S.setAffinity((phase.cpus ?? task.cpus)?.list ?? this.allCpus()));
      if (phase.scheduling?.policy !== undefined) enter.push(S.setPolicy(phase.scheduling.policy));
      if (phase.scheduling?.nice !== undefined) enter.push(S.setNice(phase.scheduling.nice));
      const events = phase.events.flatMap((e) => this.event(e, timers));
      return [...enter, S.loop(phase.loop, ...events, S.done())];
    });
    return [S.loop(task.loop, ...phases)];
  }

  private event(e: EventDefinition, timers: ReturnType<RtAppResources["uniqueTimers"]>): S.Instruction[] {
    const r = this.resources;
    switch (e.kind) {
      case "run":
        return [S.run(e.ns)];
      case "runtime":
        return [S.runUntil(e.ns)];
      case "sleep":
        return [S.sleep(e.ns)];
      case "timer":
        return [S.timer(e.unique ? timers(e.name) : r.timer(e.name), e.ns)];
      case "lock":
        return [S.lock(r.mutex(e.name))];
      case "unlock":
        return [S.unlock(r.mutex(e.name))];
      case "wait":
        return [S.wait(r.condition(e.name), r.mutex(e.mutex))];
      case "sync":
        return [S.sync(r.condition(e.name), r.mutex(e.mutex))];
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
      case "fork": {
        const child = this.definition.tasks.find((t) => t.name === e.name)!;
        return [S.fork(this.spec({ ...child, instances: 1 }, 0))];
      }
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

  private allCpus(): number[] {
    return Array.from({ length: this.setup.cpus }, (_, cpu) => cpu);
  }

  private check(cpus: Cpus | undefined): void {
    const bad = cpus?.list.find((cpu) => cpu >= this.setup.cpus);
    if (bad === undefined) return;
    throw new InputError("a CPU that the chip does not have", {
      file: this.file,
      line: cpus!.line,
      field: "cpus",
      found: bad,
      expected: `0..${this.setup.cpus - 1}`,
      hint: "Take a larger chip with --chip, or change the file",
    });
  }
}

/** Memory and I/O events as work, and as sleep where a real device is waited for. */
function memory(
  e: Extract<EventDefinition, { kind: "mem" | "iorun" | "memrun" }>,
  definition: RtAppDefinition,
  hardware: Readonly<Hardware>,
): S.Instruction[] {
  const copyNs = (bytes: number) => Math.ceil((bytes * 1000) / hardware.memWriteBytesPerUs);
  if (e.kind === "memrun")
    return [S.run(e.type === "chase" ? e.count * chaseNs(e.bytes, hardware) : copyNs(e.count))];
  if (e.kind === "mem") return [S.run(copyNs(e.bytes))];
  const calls = Math.ceil(e.bytes / definition.global.memBufferBytes);
  if (definition.global.nullDevice) return [S.run(calls * Math.max(1, hardware.syscallNs))];
  return [S.run(copyNs(e.bytes)), S.sleep(Math.ceil((e.bytes * 1000) / hardware.ioWriteBytesPerUs))];
}

/** ns per dependent load, by the cache the buffer fits: L2 4, last level 12, memory 90 (Ice Lake client, published). */
function chaseNs(bytes: number, hardware: Readonly<Hardware>): number {
  if (bytes <= hardware.privateCacheBytes) return 4;
  return bytes <= hardware.sharedCacheBytes ? 12 : 90;
}
