import { calcDelta, inverseWeight, scaleLoadDown } from "../lib/arithmetic.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { SchedEntity } from "../state/entity.ts";
import type { Machine } from "../state/machine.ts";
import { SCHED_IDLE } from "../state/task.ts";
import { NICE_0_LOAD, NICE_0_WEIGHT } from "../state/weights.ts";

/** se_is_idle() */
export function isIdleEntity(se: SchedEntity): boolean {
  return se.myQ === null ? se.task!.policy === SCHED_IDLE : se.myQ.idle;
}

/** calc_delta_fair(): real time to the entity's virtual time. */
export function calcDeltaFair(delta: number, se: SchedEntity): number {
  return se.load === NICE_0_LOAD ? delta : calcDelta(delta, NICE_0_WEIGHT, se.inverse);
}

/** sched_slice(): the entity's part, by weight at each level, of the period in which all tasks of the CPU run once. ns */
export function schedSlice(machine: Machine, cfs: CfsRq, se: SchedEntity): number {
  const tunables = machine.tunables;
  const nr = cfs.rq.cfs.hNrRunning + (se.onRq ? 0 : 1); // ALT_PERIOD
  const period = nr > machine.schedNrLatency ? nr * tunables.minGranularityNs : tunables.latencyNs;
  let slice = period;
  for (let entity: SchedEntity | null = se; entity !== null; entity = entity.parent) {
    const { load } = entity.cfsRq;
    const weight = scaleLoadDown(entity.onRq ? load : load + entity.load);
    slice = calcDelta(slice, entity.weight, inverseWeight(weight));
  }
  const floor =
    isIdleEntity(se) && !onlyIdle(cfs) ? tunables.idleMinGranularityNs : tunables.minGranularityNs;
  return Math.max(slice, floor);
}

/** sched_idle_cfs_rq() */
function onlyIdle(cfs: CfsRq): boolean {
  return cfs.nrRunning !== 0 && cfs.nrRunning === cfs.idleNrRunning;
}
