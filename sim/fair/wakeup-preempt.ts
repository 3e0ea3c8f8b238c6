import type { Machine } from "../state/machine.ts";
import type { Task } from "../state/task.ts";
import { weightIndex } from "../state/weights.ts";

/**
 * wakeup_preempt_entity(): -1 `task` is not left of `curr`; 0 left, but by less than the wake-up granularity in its
 * virtual time; 1 left by more.
 */
export function wakeupPreempt(machine: Machine, curr: Task, task: Task): number {
  const difference = curr.vruntime - task.vruntime;
  if (difference <= 0) return -1;
  return difference > machine.wakeupGranularity[weightIndex(task)]! ? 1 : 0; // wakeup_gran()
}
