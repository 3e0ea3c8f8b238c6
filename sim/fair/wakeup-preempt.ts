import type { SchedEntity } from "../state/entity.ts";
import type { Machine } from "../state/machine.ts";
import { calcDeltaFair } from "./slice.ts";

/**
 * wakeup_preempt_entity(): -1 `se` is not left of `curr`; 0 left, but by less than the wake-up granularity in its
 * virtual time; 1 left by more.
 */
export function wakeupPreempt(machine: Machine, curr: SchedEntity, se: SchedEntity): number {
  const difference = curr.vruntime - se.vruntime;
  if (difference <= 0) return -1;
  return difference > calcDeltaFair(machine.tunables.wakeupGranularityNs, se) ? 1 : 0; // wakeup_gran()
}
