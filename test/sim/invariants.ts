import { expect } from "chai";
import {
  OCCUPIED,
  OCCUPIED_BY_IDLE_TASKS,
  OCCUPIED_NOT,
  refreshSnapshot,
} from "../../sim/balance/cpu-snapshot.ts";
import { cpuUtil } from "../../sim/cfs/rq.ts";
import { SCHED_IDLE, TASK_RUNNABLE } from "../../sim/cfs/task.ts";
import type { SchedulerCore, Task } from "../../sim/core.ts";

/**
 * Everything that must hold while a core rests, whatever was done to it: the invariants written at the top of the
 * structures' files, and no task lost. `tasks` are all tasks ever made that have not ended.
 */
export function checkCore(core: SchedulerCore, tasks: readonly Task[]): void {
  const { machine } = core;
  const queued = new Set<Task>();
  for (const rq of machine.cpus) {
    const { cfs } = rq;
    const inTree = cfs.tree.check(); // R1 to R6
    const listed: Task[] = [];
    for (let task = rq.tasks.head; task !== null; task = task.listNext) listed.push(task);
    const curr = rq.curr;
    expect(cfs.curr === curr, "the queue's current task is the CPU's").to.equal(true);
    expect(pids(listed), "T2, F2").to.deep.equal(pids(curr === null ? inTree : [...inTree, curr]));
    for (const task of listed) {
      expect(task.cpu, "T1").to.equal(rq.cpu);
      expect(task.onRq, "T1").to.equal(true);
      expect(task.state).to.equal(TASK_RUNNABLE);
      expect(task.affinity.has(rq.cpu), `${task.comm} may run on CPU ${rq.cpu}`).to.equal(true);
      expect(queued.has(task), "a task is on one queue only").to.equal(false);
      queued.add(task);
    }
    expect(cfs.nrRunning, "F1").to.equal(listed.length);
    expect(rq.nrTasks, "no stopper waits").to.equal(listed.length);
    expect(cfs.idleNrRunning, "F1").to.equal(listed.filter((t) => t.policy === SCHED_IDLE).length);
    expect(cfs.weight, "F1").to.equal(listed.reduce((sum, t) => sum + t.weight, 0));
    for (const buddy of [cfs.next, cfs.last, cfs.skip]) {
      if (buddy !== null) expect(listed.includes(buddy), "buddies are on the queue").to.equal(true);
    }
    expect(curr === null, "a CPU with tasks is not idle").to.equal(listed.length === 0);
    expect(rq.needResched || rq.softirq || rq.stopWorks.length > 0 || rq.workQueued, "at rest").to.equal(
      false,
    );
    for (const sum of [cfs.avg.loadSum, cfs.avg.utilSum, cfs.avg.runnableSum]) expect(sum).to.be.at.least(0);
  }
  for (const task of tasks) expect(task.onRq, `${task.comm} on a queue`).to.equal(queued.has(task));
  expect(machine.workCount).to.equal(0);
  checkSnapshot(core);
}

function pids(tasks: readonly Task[]): number[] {
  return tasks.map((task) => task.pid).sort((a, b) => a - b);
}

/** N1 to N4 of cpu-snapshot.ts. */
function checkSnapshot(core: SchedulerCore): void {
  const { machine } = core;
  const { snapshot } = machine;
  for (const rq of machine.cpus) {
    const expected =
      rq.nrTasks === 0
        ? rq.running === rq.idle
          ? OCCUPIED_NOT
          : OCCUPIED
        : rq.nrTasks === rq.cfs.idleNrRunning
          ? OCCUPIED_BY_IDLE_TASKS
          : OCCUPIED;
    expect(snapshot.occupancy[rq.cpu], "N2").to.equal(expected);
  }
  const before = Array.from(snapshot.staleList.subarray(0, snapshot.staleCount));
  expect(new Set(before).size, "N3").to.equal(before.length);
  refreshSnapshot(machine);
  for (const rq of machine.cpus) {
    const { cpu } = rq;
    expect(
      [
        snapshot.load[cpu],
        snapshot.util[cpu],
        snapshot.runnable[cpu],
        snapshot.fairTasks[cpu],
        snapshot.tasks[cpu],
      ],
      "N1",
    ).to.deep.equal([rq.cfs.avg.loadAvg, cpuUtil(rq), rq.cfs.avg.runnableAvg, rq.cfs.nrRunning, rq.nrTasks]);
    for (let sd = rq.sd; sd !== null; sd = sd.parent) {
      let group = sd.groups;
      do {
        const sum = (value: (cpu: number) => number) => group.cpus.reduce((s, c) => s + value(c), 0);
        expect(group.sums, "N4").to.deep.equal({
          load: sum((c) => snapshot.load[c]!),
          util: sum((c) => snapshot.util[c]!),
          runnable: sum((c) => snapshot.runnable[c]!),
          fairTasks: sum((c) => snapshot.fairTasks[c]!),
          tasks: sum((c) => snapshot.tasks[c]!),
          idleCpus: sum((c) => snapshot.idle[c]!),
          crowdedCpus: sum((c) => (snapshot.tasks[c]! > 1 ? 1 : 0)),
        });
        group = group.next;
      } while (group !== sd.groups);
    }
  }
}
