import { expect } from "chai";
import type { SchedulerCore, Task } from "../../sim/core.ts";
import { refreshSnapshot } from "../../sim/domains/refresh-snapshot.ts";
import { cpuUtil } from "../../sim/pelt/util-est.ts";
import type { CfsRq } from "../../sim/state/cfs-rq.ts";
import { OCCUPIED, OCCUPIED_BY_IDLE_TASKS, OCCUPIED_NOT } from "../../sim/state/cpu-snapshot.ts";
import type { SchedEntity } from "../../sim/state/entity.ts";
import type { Rq } from "../../sim/state/rq.ts";
import { MAX_RT_PRIO, NO_RT_PRIO } from "../../sim/state/rt-rq.ts";
import { SCHED_IDLE, SCHED_RR, TASK_RUNNABLE } from "../../sim/state/task.ts";
import type { TaskGroup } from "../../sim/state/task-group.ts";

/**
 * Everything that must hold while a core rests, whatever was done to it: the invariants written at the top of the
 * structures' files, and no task lost. `tasks` are all tasks ever made that have not ended. Where tasks change group, a CPU
 * may idle with a task that has left a throttled group, and run one whose group is throttled: the kernel looks at neither.
 */
export function checkCore(core: SchedulerCore, tasks: readonly Task[], regrouped = false): void {
  const { machine } = core;
  const queued = new Set<Task>();
  for (const rq of machine.cpus) checkQueue(rq, queued, regrouped);
  checkRootDomain(core);
  for (const task of tasks) same(task.onRq, queued.has(task), `${task.comm} on a queue`);
  checkSums(machine.rootGroup);
  same(machine.workCount, 0, "at rest");
}

function checkQueue(rq: Rq, queued: Set<Task>, regrouped: boolean): void {
  const listed: Task[] = [];
  for (let task = rq.tasks.head; task !== null; task = task.listNext) listed.push(task);
  const onCpu = rq.curr;
  const curr = onCpu?.schedClass.name === "fair" ? onCpu : null;
  const found: Task[] = [];
  checkGroup(rq.cfs.tg, rq, found);
  same(pids(listed), pids(found), "T1: the fair tasks of a CPU are those in its queues");
  let above: SchedEntity | null = null;
  for (let cfs: CfsRq | null = rq.cfs; cfs !== null; cfs = above?.myQ ?? null) {
    above = cfs.curr;
    if (curr === null) same(above, null, "without a task no queue has a current entity");
  }
  for (let se = curr?.se ?? null; se !== null; se = se.parent)
    same(se.cfsRq.curr, se, "the current entities of the queues lead to the CPU's task");
  for (const task of listed) {
    same(task.cpu, rq.cpu, "T1");
    same(task.onRq, true, "T1");
    same(task.state, TASK_RUNNABLE, "a queued task is runnable");
    same(task.affinity.has(rq.cpu), true, `${task.comm} may run on CPU ${rq.cpu}`);
    same(queued.has(task), false, "a task is on one queue only");
    queued.add(task);
  }
  const realTime = checkRtQueue(rq, queued);
  same(rq.nrTasks, rq.cfs.hNrRunning + (rq.rt.queued ? realTime : 0), "no stopper waits");
  // a task that becomes a real-time one where these are throttled runs on until the tick
  const overdue = onCpu?.rtOnRq === true && rq.rt.throttled;
  if (!regrouped && !overdue) same(onCpu === null, rq.nrTasks === 0, "a CPU with tasks is not idle");
  if (rq.rt.queued) same(onCpu?.prio, rq.rt.highestCurr, "the most urgent task runs");
  same(rq.needResched || rq.softirq || rq.stopWorks.length > 0 || rq.workQueued, false, "at rest");
  same(rq.balanceCallbacks.length > 0, false, "at rest");
  checkLeaves(rq);
}

/** The group's queue on the CPU, and those below it; collects the tasks in them. */
function checkGroup(tg: TaskGroup, rq: Rq, tasks: Task[]): void {
  const cfs = tg.queues[rq.cpu];
  const { entity } = cfs;
  same(cfs.tg, tg, "G1");
  const inTree = cfs.tree.check(); // R1 to R6
  const entities = cfs.curr === null ? inTree : [...inTree, cfs.curr];
  let load = 0;
  let idle = 0;
  let hNrRunning = 0;
  let hIdle = 0;
  for (const se of entities) {
    const { task, myQ } = se;
    same(se.cfsRq, cfs, "F2");
    same(se.parent, entity, "E3");
    same(se.depth, entity === null ? 0 : entity.depth + 1, "E3");
    same(se.onRq, true, "E1");
    load += se.load;
    if (task !== null) {
      same(task.group, tg, "a task stands in its group's queue");
      tasks.push(task);
    } else same(myQ!.throttled || myQ!.nrRunning === 0, false, "a queued group has run time and tasks");
    const isIdle = task === null ? myQ!.idle : task.policy === SCHED_IDLE;
    if (isIdle) idle++;
    hNrRunning += task === null ? myQ!.hNrRunning : 1;
    hIdle += task !== null ? (isIdle ? 1 : 0) : isIdle ? myQ!.hNrRunning : myQ!.idleHNrRunning;
  }
  same(cfs.nrRunning, entities.length, "F1");
  same(cfs.idleNrRunning, idle, "F1");
  same(cfs.load, load, "F1");
  same(cfs.hNrRunning, hNrRunning, "tasks are counted up to where they are throttled");
  same(cfs.idleHNrRunning, hIdle, "idle tasks are counted up to where they are throttled");
  for (const buddy of [cfs.next, cfs.last, cfs.skip])
    if (buddy !== null) same(entities.includes(buddy), true, "buddies are on the queue");
  const { loadSum, utilSum, runnableSum } = cfs.avg;
  same(Math.min(loadSum, utilSum, runnableSum) >= 0, true, "no sum below zero");
  if (entity !== null) {
    const { throttleCount } = entity.cfsRq;
    same(cfs.throttleCount, throttleCount + (cfs.throttled ? 1 : 0), "F4");
    same(entity.myQ, cfs, "G1");
    if (!entity.onRq)
      same(cfs.nrRunning === 0 || cfs.throttled, true, "a group with tasks is queued or throttled");
    same(tg.bandwidth!.throttledQueues.includes(cfs), cfs.throttled, "W1");
    if (cfs.throttled) same(tg.bandwidth!.quota < Number.POSITIVE_INFINITY, true, "W2");
  }
  for (const child of tg.children) checkGroup(child, rq, tasks);
}

function checkLeaves(rq: Rq): void {
  const seen = new Set<CfsRq>();
  same(rq.tmpAloneBranch, rq.leafQueues, "all ways up are complete");
  for (let link = rq.leafQueues.next; link.cfs !== null; link = link.next) {
    const { cfs } = link;
    same(cfs.onLeafList, true, "who is on the list knows");
    same(cfs.throttleCount, 0, "queues whose clock stands are off the list");
    const above = cfs.entity?.cfsRq;
    same(above !== undefined && seen.has(above), false, "parents come after their children");
    seen.add(cfs);
  }
}

/** What groups know of all their queues together. */
function checkSums(tg: TaskGroup): void {
  if (tg.parent !== null) {
    same(
      tg.loadAvg,
      tg.queues.reduce((sum, { tgLoadAvgContrib }) => sum + tgLoadAvgContrib, 0),
      "G3",
    );
    const { periodActive, periodTimer } = tg.bandwidth!;
    same(periodTimer.armed, periodActive, "W3");
  }
  for (const child of tg.children) checkSums(child);
}

/** RT1 to RT6 of rt-rq.ts; the number of real-time tasks. */
function checkRtQueue(rq: Rq, queued: Set<Task>): number {
  const { rt } = rq;
  const tasks: Task[] = [];
  for (let prio = 0; prio < MAX_RT_PRIO; prio++) {
    for (let task = rt.queueOf(prio).head; task !== null; task = task.listNext) {
      same(task.prio, prio, "RT2");
      tasks.push(task);
    }
  }
  for (const task of tasks) {
    same(task.rtOnRq && task.onRq && task.cpu === rq.cpu, true, "RT1, T1");
    same(task.state, TASK_RUNNABLE, "a queued task is runnable");
    same(task.affinity.has(rq.cpu), true, `${task.comm} may run on CPU ${rq.cpu}`);
    same(queued.has(task), false, "a task is on one queue only");
    queued.add(task);
  }
  const migratory = tasks.filter(({ nrCpusAllowed }) => nrCpusAllowed > 1);
  same(rt.nrRunning, tasks.length, "RT1");
  same(rt.rrNrRunning, tasks.filter(({ policy }) => policy === SCHED_RR).length, "RT1");
  same(rt.nrMigratory, migratory.length, "RT1");
  same(rt.highestCurr, tasks[0]?.prio ?? NO_RT_PRIO, "RT3");
  same(rt.highestNext, rt.pushable[0]?.prio ?? NO_RT_PRIO, "RT3");
  same(pids(rt.pushable), pids(migratory.filter((task) => task !== rq.running)), "RT4");
  same(
    rt.pushable.every(({ prio }, i) => i === 0 || rt.pushable[i - 1].prio <= prio),
    true,
    "RT4",
  );
  same(rt.queued, tasks.length > 0 && !rt.throttled, "RT5");
  same(rt.overloaded, tasks.length > 1 && migratory.length > 0, "RT6");
  return tasks.length;
}

/** RD1 and RD2 of root-domain.ts. */
function checkRootDomain({ machine }: SchedulerCore): void {
  const { rootDomain: rd, cpus } = machine;
  for (const { cpu, rt } of cpus) {
    same(rd.cpuPri[cpu], NO_RT_PRIO - rt.highestCurr, "RD1");
    rd.byPri.forEach((mask, pri) => {
      same(mask?.has(cpu) ?? false, rd.cpuPri[cpu] === pri, "RD1");
    });
    same(rd.rtoMask.has(cpu), rt.overloaded, "RD2");
  }
  same(rd.rtoCount, rd.rtoMask.weight(), "RD2");
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
    same(snapshot.fairTasks[cpu], rq.cfs.hNrRunning, "N1");
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
  return rq.nrTasks === rq.cfs.idleHNrRunning ? OCCUPIED_BY_IDLE_TASKS : OCCUPIED;
}

/** expect(a, what).to.equal(b), without chai's cost where it holds. */
function same(a: unknown, b: unknown, what: string): void {
  if (a !== b) expect(a, what).to.equal(b);
}
