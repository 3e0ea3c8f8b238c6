import { expect } from "chai";
import type { SchedulerCore, Task } from "../../sim/core.ts";
import { refreshSnapshot } from "../../sim/domains/refresh-snapshot.ts";
import { cpuUtil } from "../../sim/pelt/util-est.ts";
import { OCCUPIED, OCCUPIED_BY_IDLE_TASKS, OCCUPIED_NOT } from "../../sim/state/cpu-snapshot.ts";
import type { Rq } from "../../sim/state/rq.ts";
import { SCHED_IDLE, TASK_RUNNABLE } from "../../sim/state/task.ts";

/**
 * Everything that must hold while a core rests, whatever was done to it: the invariants written at the top of the
 * structures' files, and no task lost. `tasks` are all tasks ever made that have not ended.
 */
export function checkCore(core: SchedulerCore, tasks: readonly Task[]): void {
  const { machine } = core;
  const queued = new Set<Task>();
  for (const rq of machine.cpus) checkQueue(rq, queued);
  for (const task of tasks) same(task.onRq, queued.has(task), `${task.comm} on a queue`);
  same(machine.workCount, 0, "at rest");
}

function checkQueue(rq: Rq, queued: Set<Task>): void {
  const { cfs } = rq;
  const inTree = cfs.tree.check().map((se) => se.task!); // R1 to R6
  const listed: Task[] = [];
  for (let task = rq.tasks.head; task !== null; task = task.listNext) listed.push(task);
  const curr = rq.curr;
  same(cfs.curr, curr?.se ?? null, "the queue's current task is the CPU's");
  same(pids(listed), pids(curr === null ? inTree : [...inTree, curr]), "E1, F2");
  let load = 0;
  let idle = 0;
  for (const task of listed) {
    same(task.cpu, rq.cpu, "T1");
    same(task.onRq, true, "T1");
    same(task.state, TASK_RUNNABLE, "a queued task is runnable");
    same(task.affinity.has(rq.cpu), true, `${task.comm} may run on CPU ${rq.cpu}`);
    same(queued.has(task), false, "a task is on one queue only");
    queued.add(task);
    same(task.se.onRq, true, "E1");
    load += task.se.load;
    if (task.policy === SCHED_IDLE) idle++;
  }
  same(cfs.nrRunning, listed.length, "F1");
  same(rq.nrTasks, listed.length, "no stopper waits");
  same(cfs.idleNrRunning, idle, "F1");
  same(cfs.hNrRunning, listed.length, "tasks are entities");
  same(cfs.idleHNrRunning, idle, "tasks are entities");
  same(cfs.load, load, "F1");
  for (const buddy of [cfs.next, cfs.last, cfs.skip]) {
    if (buddy !== null) same(listed.includes(buddy.task!), true, "buddies are on the queue");
  }
  same(curr === null, listed.length === 0, "a CPU with tasks is not idle");
  same(rq.needResched || rq.softirq || rq.stopWorks.length > 0 || rq.workQueued, false, "at rest");
  const { loadSum, utilSum, runnableSum } = cfs.avg;
  same(Math.min(loadSum, utilSum, runnableSum) >= 0, true, "no sum below zero");
}

function pids(tasks: readonly Task[]): string {
  return tasks
    .map((task) => task.pid)
    .sort((a, b) => a - b)
    .join();
}

/** N1 to N4 of cpu-snapshot.ts. */
export function checkSnapshot(core: SchedulerCore): void {
  const { machine } = core;
  const { snapshot } = machine;
  for (const rq of machine.cpus) same(snapshot.occupancy[rq.cpu], occupancyOf(rq), "N2");
  const stale = snapshot.staleList.subarray(0, snapshot.staleCount);
  same(new Set(stale).size, stale.length, "N3");
  refreshSnapshot(machine);
  for (const rq of machine.cpus) {
    const { cpu } = rq;
    same(snapshot.load[cpu], rq.cfs.avg.loadAvg, "N1");
    same(snapshot.util[cpu], cpuUtil(rq), "N1");
    same(snapshot.runnable[cpu], rq.cfs.avg.runnableAvg, "N1");
    same(snapshot.fairTasks[cpu], rq.cfs.nrRunning, "N1");
    same(snapshot.tasks[cpu], rq.nrTasks, "N1");
    for (let sd = rq.sd; sd !== null; sd = sd.parent) {
      let group = sd.groups;
      do {
        const { sums, cpus } = group;
        const total = (values: ArrayLike<number>) => cpus.reduce((sum, c) => sum + values[c], 0);
        same(sums.load, total(snapshot.load), "N4");
        same(sums.util, total(snapshot.util), "N4");
        same(sums.runnable, total(snapshot.runnable), "N4");
        same(sums.fairTasks, total(snapshot.fairTasks), "N4");
        same(sums.tasks, total(snapshot.tasks), "N4");
        same(sums.idleCpus, total(snapshot.idle), "N4");
        same(sums.crowdedCpus, cpus.filter((c) => snapshot.tasks[c] > 1).length, "N4");
        group = group.next;
      } while (group !== sd.groups);
    }
  }
}

function occupancyOf(rq: Rq): number {
  if (rq.nrTasks === 0) return rq.running === rq.idle ? OCCUPIED_NOT : OCCUPIED;
  return rq.nrTasks === rq.cfs.idleNrRunning ? OCCUPIED_BY_IDLE_TASKS : OCCUPIED;
}

/** expect(a, what).to.equal(b), without chai's cost where it holds. */
function same(a: unknown, b: unknown, what: string): void {
  if (a !== b) expect(a, what).to.equal(b);
}
