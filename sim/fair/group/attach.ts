import { addLeaf } from "../../pelt/leaf-list.ts";
import { attachLoadAvg, detachLoadAvg, UPDATE_TG, updateLoadAvg } from "../../pelt/load-avg.ts";
import { updateTgLoadAvg } from "../../pelt/propagate.ts";
import type { SchedEntity } from "../../state/entity.ts";
import type { Machine } from "../../state/machine.ts";
import type { Task } from "../../state/task.ts";
import { placeEntity } from "../entity.ts";

/** What comes to and leaves the averages of queues while it is on none: attach_entity_cfs_rq() of Linux 6.1 and the like. */

/** attach_entity_cfs_rq() */
export function attachEntity(se: SchedEntity): void {
  const cfs = se.cfsRq;
  updateLoadAvg(cfs, se, 0);
  attachLoadAvg(cfs, se);
  updateTgLoadAvg(cfs);
  propagateUp(se);
}

/** detach_entity_cfs_rq() */
function detachEntity(se: SchedEntity): void {
  if (se.avg.lastUpdateTime === 0) return; // attached to no queue (L3)
  const cfs = se.cfsRq;
  updateLoadAvg(cfs, se, 0);
  detachLoadAvg(cfs, se);
  updateTgLoadAvg(cfs);
  propagateUp(se);
}

/** detach_task_cfs_rq(): the task leaves the fair class or its group. */
export function detachTask(machine: Machine, task: Task): void {
  const { se } = task;
  if (!isRelative(task)) {
    // without a bonus that grows with its sleep
    placeEntity(machine, se.cfsRq, se, false);
    se.vruntime -= se.cfsRq.minVruntime;
  }
  detachEntity(se);
}

/** attach_task_cfs_rq() */
export function attachTask(task: Task): void {
  const { se } = task;
  attachEntity(se);
  if (!isRelative(task)) se.vruntime += se.cfsRq.minVruntime;
}

/** vruntime_normalized(): for one just taken off its queue for a change, and one that has never run. */
function isRelative({ onRq, se }: Task): boolean {
  return onRq || se.sumExecRuntime === 0;
}

/** propagate_entity_cfs_rq(): makes the change known up to the root, or to where time stands still. */
function propagateUp(start: SchedEntity): void {
  for (let se: SchedEntity | null = start; se !== null; se = se.parent) {
    const cfs = se.cfsRq;
    if (se !== start) updateLoadAvg(cfs, se, UPDATE_TG);
    if (cfs.throttled) return;
    if (cfs.throttleCount === 0) addLeaf(cfs);
  }
}
