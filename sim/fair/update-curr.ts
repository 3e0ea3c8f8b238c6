import type { CfsRq } from "../state/cfs-rq.ts";
import type { Machine } from "../state/machine.ts";
import { accountRuntime } from "./group/runtime.ts";
import { calcDeltaFair } from "./slice.ts";

/** Run time to the accounts: update_curr() of Linux 6.1. */

/** update_curr(): accounts what the current entity of the queue ran since the last time. */
export function updateCurr(machine: Machine, cfs: CfsRq): void {
  const curr = cfs.curr;
  const now = cfs.rq.clock;
  if (curr === null || now <= curr.execStart) return;
  const delta = now - curr.execStart;
  curr.execStart = now;
  curr.sumExecRuntime += delta;
  curr.vruntime += calcDeltaFair(delta, curr);
  updateMinVruntime(cfs);
  if (cfs.runtimeEnabled) accountRuntime(machine, cfs, delta);
}

/** update_min_vruntime(): follows the smallest vruntime of the queue, never back (F3). */
export function updateMinVruntime(cfs: CfsRq): void {
  const left = cfs.tree.leftmost;
  const curr = cfs.curr;
  let vruntime = cfs.minVruntime;
  if (curr?.onRq) {
    vruntime = curr.vruntime;
    if (left !== null && left.vruntime < vruntime) vruntime = left.vruntime;
  } else if (left !== null) {
    vruntime = left.vruntime;
  }
  if (vruntime > cfs.minVruntime) cfs.minVruntime = vruntime;
}
