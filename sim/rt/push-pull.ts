import { activateTask, deactivateTask, setTaskCpu } from "../sched/migrate.ts";
import { reschedCurr, updateRqClock } from "../sched/resched.ts";
import { SD_WAKE_AFFINE } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";
import { findLowest } from "./cpupri.ts";

/**
 * Real-time tasks that wait go where less urgent things run: pushed away by the CPU where they wait, at once or when a
 * CPU that turns to something less urgent asks the crowded ones, one after the other (RT_PUSH_IPI). Linux 6.1.
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
  updateRqClock(machine, rq);
  deactivateTask(machine, rq, task, 0);
  setTaskCpu(machine, task, cpu, "push");
  updateRqClock(machine, lowest);
  activateTask(machine, lowest, task, 0);
  reschedCurr(machine, lowest);
  return true;
}

/** push_rt_tasks() */
export function pushTasks(machine: Machine, rq: Rq): void {
  while (pushTask(machine, rq));
}

/** pull_rt_task(): `rq` turns to something less urgent. Whoever has too many tasks is told to push. */
export function pullTask(machine: Machine, rq: Rq): void {
  const rd = machine.rootDomain;
  if (rd.rtoCount === 0 || (rd.rtoCount === 1 && rd.rtoMask.has(rq.cpu))) return;
  // tell_cpu_to_push()
  rd.rtoLoopNext++;
  if (rd.rtoCpu >= 0) return; // the interrupt is under way, and will go round once more
  tellNext(machine);
}

/** rto_push_irq_work_func(): the interrupt by which a CPU is told to push. */
export function takePush(machine: Machine, rq: Rq): void {
  rq.rtPushPending = false;
  if (rq.rt.pushable.length !== 0) pushTasks(machine, rq);
  tellNext(machine);
}

function tellNext(machine: Machine): void {
  const cpu = nextOverloaded(machine);
  if (cpu < 0) return;
  machine.cpus[cpu].rtPushPending = true;
  machine.listener.onIpi?.(machine.thisCpu, cpu, "rt_push");
  machine.kick(cpu);
}

/** rto_next_cpu(): the next overloaded CPU but this one, round after round as long as rounds are asked for; -1 = enough. */
function nextOverloaded({ rootDomain: rd, thisCpu }: Machine): number {
  for (;;) {
    const cpu = rd.rtoMask.next(rd.rtoCpu + 1);
    rd.rtoCpu = cpu;
    if (cpu >= 0) {
      if (cpu !== thisCpu) return cpu;
      continue;
    }
    if (rd.rtoLoop === rd.rtoLoopNext) return -1;
    rd.rtoLoop = rd.rtoLoopNext;
  }
}
