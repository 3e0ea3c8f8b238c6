import { reschedCurr } from "../sched/resched.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { SchedEntity } from "../state/entity.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { SCHED_IDLE, SCHED_NORMAL, type Task } from "../state/task.ts";
import { clearBuddies, setLastBuddy, setNextBuddy } from "./entity.ts";
import { isIdleEntity, schedSlice } from "./slice.ts";
import { updateCurr } from "./update-curr.ts";
import { wakeupPreempt } from "./wakeup-preempt.ts";

/**
 * Who takes the CPU from whom: check_preempt_wakeup() and check_preempt_tick() of Linux 6.1.
 */

/** check_preempt_wakeup() */
export function checkPreemptWakeup(machine: Machine, rq: Rq, task: Task): void {
  const curr = rq.running;
  if (curr === task || task.se.cfsRq.throttleCount !== 0 || rq.needResched) return;
  const scale = curr.se.cfsRq.nrRunning >= machine.schedNrLatency;
  let se = curr.se;
  if (!(curr.policy === SCHED_IDLE && task.policy !== SCHED_IDLE)) {
    // batch and idle tasks wait for the tick
    if (task.policy !== SCHED_NORMAL) return;
    // find_matching_se(): who of the two chains of entities compete in one queue
    let woken = task.se;
    while (se.depth > woken.depth) se = se.parent!;
    while (woken.depth > se.depth) woken = woken.parent!;
    while (se.cfsRq !== woken.cfsRq) {
      se = se.parent!;
      woken = woken.parent!;
    }
    const idle = isIdleEntity(se);
    if (!(idle && !isIdleEntity(woken))) {
      if (idle !== isIdleEntity(woken)) return;
      updateCurr(machine, se.cfsRq);
      if (wakeupPreempt(machine, se, woken) !== 1) return;
      setNextBuddy(woken);
    }
  }
  reschedCurr(machine, rq);
  // LAST_BUDDY: the preempted task is to get the CPU back soon
  if (scale && se.onRq && se.task !== null) setLastBuddy(se);
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
