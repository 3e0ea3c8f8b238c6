import { type SchedDomain, SD_WAKE_AFFINE } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import { WF_SYNC, WF_TTWU } from "../state/sched-class.ts";
import type { Task } from "../state/task.ts";
import { selectIdleSibling } from "./idle-sibling.ts";
import { findIdlestCpu } from "./idlest.ts";
import { recordWakee, wakeAffine, wakeWide } from "./wake-affine.ts";

/** select_task_rq_fair() of Linux 6.1: where a task is to run, seen from machine.thisCpu. */
export function selectTaskRqFair(machine: Machine, task: Task, prevCpu: number, flags: number): number {
  const sync = (flags & WF_SYNC) !== 0;
  const cpu = machine.thisCpu;
  const sdFlag = flags & 0xf;
  let newCpu = prevCpu;
  let wantAffine = false;
  if ((flags & WF_TTWU) !== 0) {
    const waker = machine.cpus[cpu].running;
    recordWakee(machine, waker, task);
    wantAffine = !wakeWide(machine.cpus[cpu], waker, task) && task.affinity.has(cpu);
  }
  let balance: SchedDomain | null = null;
  for (let sd = machine.cpus[cpu].sd; sd !== null; sd = sd.parent) {
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
