import { reschedCurr } from "../sched/resched.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { SchedEntity } from "../state/entity.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { SCHED_IDLE, SCHED_NORMAL, type Task } from "../state/task.ts";
import { clearBuddies, updateCurr } from "./entity.ts";
import { schedSlice } from "./slice.ts";
import { wakeupPreempt } from "./wakeup-preempt.ts";

/**
 * Who takes the CPU from whom: check_preempt_wakeup() and check_preempt_tick() of Linux 6.1.
 */

/** check_preempt_wakeup() */
export function checkPreemptWakeup(machine: Machine, rq: Rq, task: Task): void {
  const curr = rq.running;
  if (curr === task || rq.needResched) return;
  const { cfs } = rq;
  const scale = cfs.nrRunning >= machine.schedNrLatency;
  const currIdle = curr.policy === SCHED_IDLE;
  if (!(currIdle && task.policy !== SCHED_IDLE)) {
    // batch and idle tasks wait for the tick
    if (task.policy !== SCHED_NORMAL) return;
    updateCurr(cfs);
    if (wakeupPreempt(machine, curr.se, task.se) !== 1) return;
    if (task.se.onRq) cfs.next = task.se; // set_next_buddy()
  }
  reschedCurr(machine, rq);
  // LAST_BUDDY: the preempted task is to get the CPU back soon
  if (scale && curr.se.onRq && !currIdle) cfs.last = curr.se;
}

/** check_preempt_tick(): has the current task had its slice, or fallen behind the leftmost by more than one? */
export function checkPreemptTick(machine: Machine, cfs: CfsRq, curr: SchedEntity): void {
  const ideal = schedSlice(machine, cfs, curr);
  const ran = curr.sumExecRuntime - curr.prevSumExecRuntime;
  if (ran > ideal) {
    reschedCurr(machine, cfs.rq);
    clearBuddies(cfs, curr);
    return;
  }
  if (ran < machine.tunables.minGranularityNs) return;
  const ahead = curr.vruntime - cfs.tree.leftmost!.vruntime;
  if (ahead > ideal) reschedCurr(machine, cfs.rq);
}
