import { cpuUtil } from "../pelt/util-est.ts";
import { OCCUPIED_NOT } from "../state/cpu-snapshot.ts";
import type { Machine } from "../state/machine.ts";

/** Brings all stale CPUs, and the groups they are in, up to date. */
export function refreshSnapshot(machine: Machine): void {
  const snapshot = machine.snapshot;
  const { stale, staleList, occupancy } = snapshot;
  for (let i = 0; i < snapshot.staleCount; i++) {
    const cpu = staleList[i];
    stale[cpu] = 0;
    const rq = machine.cpus[cpu];
    const cfs = rq.cfs;
    const load = cfs.avg.loadAvg - snapshot.load[cpu];
    const util = cpuUtil(rq) - snapshot.util[cpu];
    const runnable = cfs.avg.runnableAvg - snapshot.runnable[cpu];
    const fairTasks = cfs.hNrRunning - snapshot.fairTasks[cpu];
    const before = snapshot.tasks[cpu];
    const tasks = rq.nrTasks - before;
    const idle = occupancy[cpu] === OCCUPIED_NOT ? 1 : 0;
    const idleCpus = idle - snapshot.idle[cpu];
    const crowded = (rq.nrTasks > 1 ? 1 : 0) - (before > 1 ? 1 : 0);
    snapshot.load[cpu] += load;
    snapshot.util[cpu] += util;
    snapshot.runnable[cpu] += runnable;
    snapshot.fairTasks[cpu] += fairTasks;
    snapshot.tasks[cpu] += tasks;
    snapshot.idle[cpu] = idle;
    const groups = rq.groupSums;
    for (let k = 0; k < groups.length; k++) {
      const sums = groups[k];
      sums.load += load;
      sums.util += util;
      sums.runnable += runnable;
      sums.fairTasks += fairTasks;
      sums.tasks += tasks;
      sums.idleCpus += idleCpus;
      sums.crowdedCpus += crowded;
    }
  }
  snapshot.staleCount = 0;
}
