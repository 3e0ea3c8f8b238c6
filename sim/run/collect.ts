import { cpuNumbers } from "../chip/topology.ts";
import type { LatencySummary } from "../output/latency-histogram.ts";
import type { CpuResult, SimulationResult, TaskResult } from "../output/result.ts";
import type { SimTask } from "./sim-task.ts";
import type { Simulation } from "./simulation.ts";

/** The result of a finished simulation. */
export function collectResult(s: Simulation): SimulationResult {
  const { conservation, observer, progress, options } = s;
  const { list, exited, units } = s.tasks;
  const simulatedNs = s.clock.now;
  const tasks = list.map((t) => taskResult(t, observer.latency.summary(t.index), simulatedNs));
  const numbers = cpuNumbers(options.topology);
  const cpus = progress.cpus.map(
    (c, cpu): CpuResult => ({
      cpu: numbers[cpu],
      busyNs: c.busyNs,
      lostNs: c.lostNs,
      idleNs: simulatedNs - c.busyNs,
      switches: observer.cpuSwitches[cpu],
      arrivals: observer.cpuArrivals[cpu],
      waitNs: observer.cpuWaitNs[cpu],
      wakeups: observer.cpuWakeups[cpu],
      migrationsIn: observer.migrationsIn[cpu],
      migrationsOut: observer.migrationsOut[cpu],
    }),
  );
  const sum = <T>(list: readonly T[], of: (x: T) => number) => list.reduce((total, x) => total + of(x), 0);

  return {
    workload: options.workload.name,
    policy: s.meter.name,
    chip: options.topology.name,
    seed: options.seed,
    simulatedNs,
    events: s.core.events,
    eventsByKind: {
      switches: observer.switches,
      wakeups: observer.wakeups,
      ticks: s.ticks,
      balancePasses: observer.balancePasses,
      migrations: sum(Object.values(observer.migrations), (n) => n),
      ipis: observer.ipis,
    },
    tasks,
    cpus,
    groups: s.groups.results(),
    background: s.background.result(),
    policyThread: s.policyThread.result(),
    frequency: progress.frequencies?.result(simulatedNs) ?? null,
    schedstat: { jiffies: s.core.jiffies, cpus: s.core.schedstat() },
    latency: observer.latency.whole(),
    decisions: observer.decisions,
    detached: observer.detached,
    migrations: observer.migrations,
    work: {
      unit: options.workload.unit,
      units,
      makespanNs: s.tasks.over ? lastExit(list) : null,
      created: list.length,
      exited,
    },
    conservation: {
      violations: conservation.violations,
      violatedNs: conservation.violatedNs,
      affinityForced: conservation.affinityForced,
      affinityForcedNs: conservation.affinityForcedNs,
    },
    totals: {
      runNs: sum(tasks, (t) => t.runNs),
      lostNs: sum(tasks, (t) => t.lostNs),
      refillNs: sum(tasks, (t) => t.refillNs),
      waitNs: sum(tasks, (t) => t.waitNs),
      idleNs: sum(cpus, (c) => c.idleNs),
    },
    policyCalls: s.meter.calls,
    policyVetoes: s.core.machine.placesVetoed,
    notes: s.notes,
  };
}

const lastExit = (tasks: readonly SimTask[]): number =>
  tasks.reduce((last, t) => Math.max(last, t.exitNs), 0);

function taskResult(t: SimTask, latency: LatencySummary, now: number): TaskResult {
  return {
    pid: t.pid,
    comm: t.task.comm,
    name: t.spec.name ?? t.task.comm,
    runNs: t.runNs,
    lostNs: t.lostNs,
    refillNs: t.refillNs,
    waitNs: t.waitNs + (t.runnableSince >= 0 ? now - t.runnableSince : 0),
    wakeups: t.wakeups,
    switches: t.switches,
    preemptions: t.preemptions,
    migrations: t.migrations,
    units: t.units,
    exitNs: t.exitNs,
    latency,
    delay: {
      meanNs: t.switches === 0 ? 0 : Math.floor(t.waitNs / t.switches),
      maxNs: t.maxWaitNs,
      maxEndNs: t.maxWaitEndNs,
    },
  };
}
