import { updateRtAvg } from "../pelt/rt-avg.ts";
import { queueBalanceCallback } from "../sched/balance-callbacks.ts";
import { reschedCurr } from "../sched/resched.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { MAX_RT_PRIO } from "../state/rt-rq.ts";
import { type RtClass, WF_FORK, WF_TTWU } from "../state/sched-class.ts";
import { SCHED_RR, type Task } from "../state/task.ts";
import { rrTicks } from "../tunables.ts";
import { rtPeriodTimer } from "./bandwidth.ts";
import { findLowest } from "./cpupri.ts";
import { findLowestCpu, pullTasks, pushTasks } from "./push-pull.ts";
import {
  addPushable,
  dequeueEntity,
  enqueueEntity,
  putPrev,
  removePushable,
  requeue,
  setNext,
  updateCurrRt,
} from "./queue.ts";

/** The real-time class: the methods of rt_sched_class in Linux 6.1, SCHED_FIFO and SCHED_RR. */

/** rt_task(): of a real-time priority, as stoppers are too. */
function isRealTime(task: Task): boolean {
  return task.prio < MAX_RT_PRIO;
}

/** Stays where it is: it cannot go elsewhere, or is at least as urgent as `task`. */
function holdsOut(curr: Task, task: Task): boolean {
  return isRealTime(curr) && (curr.nrCpusAllowed < 2 || curr.prio <= task.prio);
}

/** enqueue_task_rt() */
function enqueueTask(machine: Machine, rq: Rq, task: Task, flags: number): void {
  enqueueEntity(machine, rq, task, flags);
  if (rq.running !== task && task.nrCpusAllowed > 1) addPushable(rq, task);
}

/** dequeue_task_rt() */
function dequeueTask(machine: Machine, rq: Rq, task: Task, flags: number): void {
  updateCurrRt(machine, rq);
  dequeueEntity(machine, rq, task, flags);
  removePushable(rq, task);
}

/** check_preempt_curr_rt() */
function checkPreempt(machine: Machine, rq: Rq, task: Task): void {
  const curr = rq.running;
  if (task.prio < curr.prio) reschedCurr(machine, rq);
  else if (task.prio === curr.prio && !rq.needResched) checkPreemptEqualPrio(machine, rq, task);
}

/** check_preempt_equal_prio(): the running task can go elsewhere, the new one cannot: it is to be pushed away. */
function checkPreemptEqualPrio(machine: Machine, rq: Rq, task: Task): void {
  const rd = machine.rootDomain;
  const curr = rq.running;
  if (curr.nrCpusAllowed === 1 || !findLowest(rd, curr, null)) return;
  if (task.nrCpusAllowed !== 1 && findLowest(rd, task, null)) return;
  requeue(rq, task, true);
  reschedCurr(machine, rq);
}

/** balance_rt() */
function balance(machine: Machine, rq: Rq, prev: Task): boolean {
  if (!prev.rtOnRq && rq.rt.highestCurr > prev.prio) pullTasks(machine, rq);
  return rq.stop.onRq || rq.rt.queued;
}

/** pick_next_task_rt() */
function pickNext(machine: Machine, rq: Rq): Task | null {
  const { rt } = rq;
  if (!rt.queued) return null;
  const task = rt.queueOf(rt.firstPrio()).head!;
  setNext(rq, task);
  if (rq.running.schedClass !== machine.rt) updateRtAvg(rq, 0);
  if (rt.pushable.length !== 0) queueBalanceCallback(rq, pushTasks);
  return task;
}

/** select_task_rq_rt() */
function selectCpu(machine: Machine, task: Task, prevCpu: number, flags: number): number {
  if ((flags & (WF_TTWU | WF_FORK)) === 0) return prevCpu;
  if (!holdsOut(machine.cpus[prevCpu].running, task)) return prevCpu;
  const target = findLowestCpu(machine, task);
  return target >= 0 && task.prio < machine.cpus[target].rt.highestCurr ? target : prevCpu;
}

/** task_woken_rt(): it waits behind somebody at least as urgent, so it is pushed at once. */
function taskWoken(machine: Machine, rq: Rq, task: Task): void {
  if (rq.running === task || rq.needResched || task.nrCpusAllowed < 2) return;
  if (holdsOut(rq.running, task)) pushTasks(machine, rq);
}

/** task_tick_rt() */
function tick(machine: Machine, rq: Rq, task: Task): void {
  updateCurrRt(machine, rq);
  updateRtAvg(rq, 1);
  if (task.policy !== SCHED_RR || --task.timeSlice !== 0) return;
  task.timeSlice = rrTicks(machine.tunables);
  if (rq.rt.queueOf(task.prio).size < 2) return;
  requeue(rq, task, false);
  reschedCurr(machine, rq);
}

/** switched_from_rt(): the last one is gone, so there may be some to come from elsewhere. */
function switchedFrom(_machine: Machine, rq: Rq, task: Task): void {
  if (task.onRq && rq.rt.nrRunning === 0) queueBalanceCallback(rq, pullTasks);
}

/** switched_to_rt() */
function switchedTo(machine: Machine, rq: Rq, task: Task): void {
  if (rq.running === task) {
    updateRtAvg(rq, 0);
    return;
  }
  if (!task.onRq) return;
  if (task.nrCpusAllowed > 1 && rq.rt.overloaded && rq.rt.pushable.length !== 0)
    queueBalanceCallback(rq, pushTasks);
  if (task.prio < rq.running.prio) reschedCurr(machine, rq);
}

/** prio_changed_rt() */
function prioChanged(machine: Machine, rq: Rq, task: Task, before: number): void {
  if (!task.onRq) return;
  if (rq.running !== task) {
    if (task.prio < rq.running.prio) reschedCurr(machine, rq);
    return;
  }
  if (before < task.prio) queueBalanceCallback(rq, pullTasks);
  if (task.prio > rq.rt.highestCurr) reschedCurr(machine, rq);
}

export const RT: RtClass = {
  name: "rt",
  rank: 2,
  enqueue: enqueueTask,
  dequeue: dequeueTask,
  yieldTask: (_machine, rq) => requeue(rq, rq.running, false),
  checkPreempt,
  balance,
  pickNext,
  putPrev,
  setNext: (_machine, rq, task) => setNext(rq, task),
  selectCpu,
  taskWoken,
  tick,
  switchedFrom,
  switchedTo,
  prioChanged,
  periodTimer: rtPeriodTimer,
};
