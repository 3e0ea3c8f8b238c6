import { activateTask, deactivateTask, setTaskCpu } from "../sched/migrate.ts";
import { reschedCurr, updateRqClock } from "../sched/resched.ts";
import type { MigrationKind } from "../state/core-listener.ts";
import { SD_WAKE_AFFINE } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";
import { findLowest } from "./cpupri.ts";

/**
 * Real-time tasks that wait go where less urgent things run: pushed away by the CPU where they wait, or pulled by one that
 * turns to something less urgent (RT_PUSH_IPI is off: it is for PREEMPT_RT). Linux 6.1.
 */

/** find_lowest_rq(): the CPU for the task among those of the lowest priority: its own, this one, one near; -1 = none. */
export function findLowestCpu(machine: Machine, task: Task): number {
  const lowest = machine.selectMask;
  const { cpu } = task;
  if (task.nrCpusAllowed === 1 || !findLowest(machine.rootDomain, task, lowest)) return -1;
  if (lowest.has(cpu)) return cpu;
  const { thisCpu } = machine;
  const here = thisCpu >= 0 && lowest.has(thisCpu) ? thisCpu : -1;
  for (let sd = machine.cpus[cpu].sd; sd !== null; sd = sd.parent) {
    if ((sd.flags & SD_WAKE_AFFINE) === 0) continue;
    if (here >= 0 && sd.span.has(here)) return here;
    const near = machine.distribute(lowest, sd.span);
    if (near >= 0) return near;
  }
  return here >= 0 ? here : machine.distribute(lowest, machine.allCpus);
}

/** push_rt_task(): the most urgent of the tasks that wait goes elsewhere; false where it cannot, or need not. */
function pushTask(machine: Machine, rq: Rq): boolean {
  const { rt } = rq;
  const task = rt.pushable[0];
  if (!rt.overloaded || task === undefined) return false;
  if (task.prio < rq.running.prio) {
    reschedCurr(machine, rq);
    return false;
  }
  // find_lock_lowest_rq()
  const cpu = findLowestCpu(machine, task);
  if (cpu < 0 || cpu === rq.cpu) return false;
  const lowest = machine.cpus[cpu];
  if (lowest.rt.highestCurr <= task.prio) return false;
  move(machine, task, rq, lowest, "push");
  reschedCurr(machine, lowest);
  return true;
}

/** push_rt_tasks() */
export function pushTasks(machine: Machine, rq: Rq): void {
  while (pushTask(machine, rq));
}

/** pull_rt_task(): `rq` turns to something less urgent, so those come here that wait elsewhere and would run here. */
export function pullTasks(machine: Machine, rq: Rq): void {
  const { rtoMask, rtoCount } = machine.rootDomain;
  if (rtoCount === 0 || (rtoCount === 1 && rtoMask.has(rq.cpu))) return;
  let pulled = false;
  for (let cpu = rtoMask.next(0); cpu >= 0; cpu = rtoMask.next(cpu + 1)) {
    if (cpu === rq.cpu) continue;
    const source = machine.cpus[cpu];
    if (source.rt.highestNext >= rq.rt.highestCurr) continue;
    const task = source.rt.pushable.find(({ affinity }) => affinity.has(rq.cpu));
    if (task === undefined || task.prio >= rq.rt.highestCurr) continue;
    if (task.prio < source.running.prio) continue; // it is about to run there
    move(machine, task, source, rq, "pull");
    pulled = true;
  }
  if (pulled) reschedCurr(machine, rq);
}

function move(machine: Machine, task: Task, from: Rq, to: Rq, kind: MigrationKind): void {
  updateRqClock(machine, from);
  deactivateTask(machine, from, task, 0);
  setTaskCpu(machine, task, to.cpu, kind);
  updateRqClock(machine, to);
  activateTask(machine, to, task, 0);
}
