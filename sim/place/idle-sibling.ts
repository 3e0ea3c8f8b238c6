import type { CpuMask } from "../lib/cpumask.ts";
import { OCCUPIED, OCCUPIED_BY_IDLE_TASKS, OCCUPIED_NOT } from "../state/cpu-snapshot.ts";
import type { SchedDomain } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";

/** An idle CPU near the target: select_idle_sibling() of Linux 6.1 with SIS_UTIL, for CPUs of equal capacity. */

/** A CPU that can take a task at once: idle, or running SCHED_IDLE tasks only. */
function available(machine: Machine, cpu: number): boolean {
  return machine.snapshot.occupancy[cpu] !== OCCUPIED;
}

/** select_idle_sibling() */
export function selectIdleSibling(machine: Machine, task: Task, prev: number, target: number): number {
  const cpus = machine.cpus;
  const targetRq = cpus[target];
  if (available(machine, target)) return target;
  const prevRq = cpus[prev];
  const shares = prevRq.llcId === targetRq.llcId;
  if (prev !== target && shares && available(machine, prev)) return prev;

  // done with what the task had asked it for, the kernel thread is about to leave its CPU
  const { thisCpu } = machine;
  if (prev === thisCpu && prevRq.running.perCpuKthread && prevRq.nrTasks <= 1) return prev;

  const recent = task.recentUsedCpu;
  task.recentUsedCpu = prev;
  if (
    recent !== prev &&
    recent !== target &&
    cpus[recent].llcId === targetRq.llcId &&
    available(machine, recent) &&
    task.affinity.has(recent)
  ) {
    return recent;
  }

  const sd = targetRq.sdLlc;
  if (sd === null) return target;
  let hasIdleCore = false;
  if (machine.smtActive) {
    hasIdleCore = targetRq.llcShared!.hasIdleCores;
    if (!hasIdleCore && shares) {
      const cpu = selectIdleSmt(machine, task, sd, prev);
      if (cpu >= 0) return cpu;
    }
  }
  const cpu = selectIdleCpu(machine, task, sd, hasIdleCore, target);
  return cpu >= 0 ? cpu : target;
}

/** select_idle_smt(): a free thread of the core of `target`, or -1. */
function selectIdleSmt(machine: Machine, task: Task, sd: SchedDomain, target: number): number {
  const siblings = machine.cpus[target].smtMask;
  for (let cpu = siblings.next(0); cpu >= 0; cpu = siblings.next(cpu + 1)) {
    if (cpu === target || !task.affinity.has(cpu) || !sd.span.has(cpu)) continue;
    if (available(machine, cpu)) return cpu;
  }
  return -1;
}

/**
 * select_idle_cpu(): around the cache from the CPU after the target: a whole idle core where there may be one, else the
 * first idle CPU among as many as the cache's utilisation allows (SIS_UTIL). -1 = none.
 */
function selectIdleCpu(
  machine: Machine,
  task: Task,
  sd: SchedDomain,
  hasIdleCore: boolean,
  target: number,
): number {
  const shared = machine.cpus[target].llcShared!;
  let budget = shared.nrIdleScan + 1;
  if (budget === 1) return -1; // overloaded
  const cpus = machine.selectMask;
  cpus.and(sd.span, task.affinity);
  const start = target + 1;
  let idle = -1;
  let wrapped = false;
  let cpu = cpus.next(start);
  for (;;) {
    if (cpu < 0) {
      if (wrapped) break;
      wrapped = true;
      cpu = cpus.next(0);
      if (cpu < 0) break;
    }
    if (wrapped && cpu >= start) break;
    if (hasIdleCore) {
      const core = selectIdleCore(machine, cpu, cpus, idle);
      if (core === CORE_IDLE) return cpu;
      idle = core;
    } else {
      if (--budget === 0) return -1;
      if (available(machine, cpu)) {
        idle = cpu;
        break;
      }
    }
    cpu = cpus.next(cpu + 1);
  }
  if (hasIdleCore) shared.hasIdleCores = false;
  return idle;
}

const CORE_IDLE = -2;

/**
 * select_idle_core(): CORE_IDLE if all threads of the core are idle. If not, takes the core out of `cpus` and returns the
 * idle CPU known so far, or a first one found here.
 */
function selectIdleCore(machine: Machine, core: number, cpus: CpuMask, known: number): number {
  const siblings = machine.cpus[core].smtMask;
  const { occupancy } = machine.snapshot;
  let idle = true;
  let found = known;
  for (let cpu = siblings.next(0); cpu >= 0; cpu = siblings.next(cpu + 1)) {
    const state = occupancy[cpu];
    if (state !== OCCUPIED_NOT) {
      idle = false;
      if (found !== -1) break;
      if (state === OCCUPIED_BY_IDLE_TASKS && cpus.has(cpu)) {
        found = cpu;
        break;
      }
      continue;
    }
    if (found === -1 && cpus.has(cpu)) found = cpu;
  }
  if (idle) return CORE_IDLE;
  cpus.andNot(siblings);
  return found;
}

/** __update_idle_core(): this CPU goes idle; if its siblings are too, the cache has an idle core. */
export function updateIdleCore(machine: Machine, rq: Rq): void {
  if (!machine.smtActive) return;
  const shared = rq.llcShared;
  if (shared === null || shared.hasIdleCores) return;
  const siblings = rq.smtMask;
  for (let cpu = siblings.next(0); cpu >= 0; cpu = siblings.next(cpu + 1)) {
    if (cpu !== rq.cpu && machine.snapshot.occupancy[cpu] !== OCCUPIED_NOT) return;
  }
  shared.hasIdleCores = true;
}
