import { divide } from "../lib/arithmetic.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { Machine } from "../state/machine.ts";
import type { Task } from "../state/task.ts";

/** Load seen from the root: what a task in a group adds to the load of its CPU. */

/** update_cfs_rq_h_load(): the queue's part of its CPU's load, from the root down, once a jiffy. */
function updateHLoad(cfs: CfsRq, jiffies: number): void {
  if (cfs.lastHLoadUpdate === jiffies) return;
  cfs.lastHLoadUpdate = jiffies;
  const { entity } = cfs;
  if (entity === null) {
    cfs.hLoad = cfs.avg.loadAvg;
    return;
  }
  const above = entity.cfsRq;
  updateHLoad(above, jiffies);
  cfs.hLoad = divide(above.hLoad * entity.avg.loadAvg, above.avg.loadAvg + 1);
}

/** task_h_load(): the task's load as a part of its CPU's; scaled by how stale the queues' figures of this jiffy are. */
export function taskHLoad(machine: Machine, task: Task): number {
  const { cfsRq, avg } = task.se;
  updateHLoad(cfsRq, machine.jiffies);
  return divide(avg.loadAvg * cfsRq.hLoad, cfsRq.avg.loadAvg + 1);
}
