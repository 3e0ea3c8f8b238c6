import {
  type SchedDomain,
  SD_BALANCE_EXEC,
  SD_BALANCE_FORK,
  SD_BALANCE_WAKE,
  SD_WAKE_AFFINE,
} from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import type { Task } from "../state/task.ts";
import { selectIdleSibling } from "./idle-sibling.ts";
import { findIdlestCpu } from "./idlest.ts";
import { recordWakee, wakeAffine, wakeWide } from "./wake-affine.ts";

/** Where a task shall run: select_task_rq() and select_task_rq_fair() of Linux 6.1. */

/** Wake-up flags; the first nibble is shared with the domain flags. */
export const WF_EXEC = SD_BALANCE_EXEC;
export const WF_FORK = SD_BALANCE_FORK;
export const WF_TTWU = SD_BALANCE_WAKE;
export const WF_SYNC = 0x10;

/** select_task_rq(): the fair class's choice, corrected to a CPU that the task may use. */
export function selectTaskRq(machine: Machine, task: Task, prevCpu: number, flags: number): number {
  const cpu =
    task.nrCpusAllowed > 1 ? selectTaskRqFair(machine, task, prevCpu, flags) : task.affinity.first();
  return task.affinity.has(cpu) ? cpu : fallbackCpu(machine, task);
}

/** select_fallback_rq(): the lowest allowed CPU of the node it was on, else of all. */
function fallbackCpu(machine: Machine, task: Task): number {
  const node = machine.cpus[task.cpu]!.nodeMask;
  const affinity = task.affinity;
  for (let cpu = affinity.next(0); cpu >= 0; cpu = affinity.next(cpu + 1)) {
    if (node.has(cpu)) return cpu;
  }
  return affinity.first();
}

/** select_task_rq_fair(), seen from machine.thisCpu. */
export function selectTaskRqFair(machine: Machine, task: Task, prevCpu: number, flags: number): number {
  const sync = (flags & WF_SYNC) !== 0;
  const cpu = machine.thisCpu;
  const sdFlag = flags & 0xf;
  let newCpu = prevCpu;
  let wantAffine = false;
  if ((flags & WF_TTWU) !== 0) {
    const waker = machine.cpus[cpu]!.running;
    recordWakee(machine, waker, task);
    wantAffine = !wakeWide(machine.cpus[cpu]!, waker, task) && task.affinity.has(cpu);
  }
  let balance: SchedDomain | null = null;
  for (let sd = machine.cpus[cpu]!.sd; sd !== null; sd = sd.parent) {
    if (wantAffine && (sd.flags & SD_WAKE_AFFINE) !== 0 && sd.span.has(prevCpu)) {
      if (cpu !== prevCpu) newCpu = wakeAffine(machine, sd, task, cpu, prevCpu, sync);
      balance = null;
      break;
    }
    if ((sd.flags & sdFlag) !== 0) balance = sd;
    else if (!wantAffine) break;
  }
  if (balance !== null) return findIdlestCpu(machine, balance, task, cpu, prevCpu, sdFlag);
  if ((flags & WF_TTWU) !== 0) return selectIdleSibling(machine, task, prevCpu, newCpu);
  return newCpu;
}
