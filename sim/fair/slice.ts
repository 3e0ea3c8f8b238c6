import { calcDelta, inverseWeight } from "../lib/arithmetic.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { Machine } from "../state/machine.ts";
import { SCHED_IDLE, type Task } from "../state/task.ts";
import { NICE_0_WEIGHT } from "../state/weights.ts";

/** calc_delta_fair(): real time to the task's virtual time. */
export function calcDeltaFair(delta: number, task: Task): number {
  return task.weight === NICE_0_WEIGHT ? delta : calcDelta(delta, NICE_0_WEIGHT, task.inverse);
}

/** sched_slice(): the task's part, by weight, of the period in which all tasks of the queue run once. ns */
export function schedSlice(machine: Machine, cfs: CfsRq, task: Task): number {
  const tunables = machine.tunables;
  const nr = cfs.nrRunning + (task.onRq ? 0 : 1);
  const period = nr > machine.schedNrLatency ? nr * tunables.minGranularityNs : tunables.latencyNs;
  const weight = task.onRq ? cfs.weight : cfs.weight + task.weight;
  const slice = calcDelta(period, task.weight, inverseWeight(weight));
  const floor =
    task.policy === SCHED_IDLE && !onlyIdle(cfs) ? tunables.idleMinGranularityNs : tunables.minGranularityNs;
  return Math.max(slice, floor);
}

/** sched_idle_cfs_rq() */
function onlyIdle(cfs: CfsRq): boolean {
  return cfs.nrRunning !== 0 && cfs.nrRunning === cfs.idleNrRunning;
}
