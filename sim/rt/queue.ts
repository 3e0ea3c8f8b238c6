import { updateRtAvg } from "../pelt/rt-avg.ts";
import type { Machine } from "../state/machine.ts";
import type { RootDomain } from "../state/root-domain.ts";
import type { Rq } from "../state/rq.ts";
import { NO_RT_PRIO } from "../state/rt-rq.ts";
import { DEQUEUE_MOVE, DEQUEUE_SAVE, ENQUEUE_HEAD } from "../state/sched-class.ts";
import { SCHED_RR, type Task } from "../state/task.ts";
import { accountRtTime, startRtBandwidth } from "./bandwidth.ts";
import { setCpuPri } from "./cpupri.ts";
import { dequeueTop, enqueueTop } from "./top.ts";

/** Tasks entering, leaving and changing places in a real-time queue: kernel/sched/rt.c of Linux 6.1. */

/** update_curr_rt(): accounts what the CPU's task ran since the last time, if it is a real-time one. */
export function updateCurrRt(machine: Machine, rq: Rq): void {
  const curr = rq.running;
  if (curr.schedClass !== machine.rt) return;
  const { se } = curr;
  const delta = rq.clock - se.execStart;
  if (delta <= 0) return;
  se.sumExecRuntime += delta;
  se.execStart = rq.clock;
  accountRtTime(machine, rq, delta);
}

/** update_rt_migration() (RT6) */
function updateOverload(rd: RootDomain, { rt, cpu }: Rq): void {
  const overloaded = rt.nrMigratory !== 0 && rt.nrRunning > 1;
  if (overloaded === rt.overloaded) return;
  rt.overloaded = overloaded;
  if (overloaded) rd.rtoMask.set(cpu);
  else rd.rtoMask.clear(cpu);
  rd.rtoCount += overloaded ? 1 : -1;
}

/** Where it stands in its list stays as it is when a task is taken off only to be changed, and its priority stays. */
function moves(flags: number): boolean {
  return (flags & (DEQUEUE_SAVE | DEQUEUE_MOVE)) !== DEQUEUE_SAVE;
}

/** enqueue_rt_entity() */
export function enqueueEntity(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const { rt } = rq;
  dequeueTop(rq, rt.nrRunning);
  if (moves(flags)) {
    const queue = rt.queueOf(task.prio);
    if ((flags & ENQUEUE_HEAD) !== 0) queue.addFirst(task);
    else queue.addLast(task);
  }
  task.rtOnRq = true;
  // inc_rt_tasks()
  rt.nrRunning++;
  if (task.policy === SCHED_RR) rt.rrNrRunning++;
  if (task.prio < rt.highestCurr) {
    rt.highestCurr = task.prio;
    setCpuPri(machine.rootDomain, rq.cpu, task.prio);
  }
  if (task.nrCpusAllowed > 1) rt.nrMigratory++;
  updateOverload(machine.rootDomain, rq);
  startRtBandwidth(machine);
  enqueueTop(machine, rq);
}

/** dequeue_rt_entity() */
export function dequeueEntity(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const { rt } = rq;
  const count = rt.nrRunning;
  if (moves(flags)) rt.queueOf(task.prio).remove(task);
  task.rtOnRq = false;
  // dec_rt_tasks()
  rt.nrRunning--;
  if (task.policy === SCHED_RR) rt.rrNrRunning--;
  const before = rt.highestCurr;
  if (rt.nrRunning === 0) rt.highestCurr = NO_RT_PRIO;
  else if (task.prio === before) rt.highestCurr = rt.firstPrio();
  if (rt.highestCurr !== before) setCpuPri(machine.rootDomain, rq.cpu, rt.highestCurr);
  if (task.nrCpusAllowed > 1) rt.nrMigratory--;
  updateOverload(machine.rootDomain, rq);
  dequeueTop(rq, count);
  enqueueTop(machine, rq);
}

/** requeue_task_rt(): to the end of those of its priority, or (`head`) to their front. */
export function requeue(rq: Rq, task: Task, head: boolean): void {
  if (!task.rtOnRq) return;
  const queue = rq.rt.queueOf(task.prio);
  queue.remove(task);
  if (head) queue.addFirst(task);
  else queue.addLast(task);
}

/** enqueue_pushable_task() (RT4) */
export function addPushable({ rt }: Rq, task: Task): void {
  const { pushable } = rt;
  const before = pushable.indexOf(task);
  if (before >= 0) pushable.splice(before, 1);
  let at = pushable.length;
  while (at > 0 && pushable[at - 1].prio > task.prio) at--;
  pushable.splice(at, 0, task);
  if (task.prio < rt.highestNext) rt.highestNext = task.prio;
}

/** dequeue_pushable_task() */
export function removePushable({ rt }: Rq, task: Task): void {
  const { pushable } = rt;
  const at = pushable.indexOf(task);
  if (at >= 0) pushable.splice(at, 1);
  rt.highestNext = pushable.length === 0 ? NO_RT_PRIO : pushable[0].prio;
}

/** put_prev_task_rt() */
export function putPrev(machine: Machine, rq: Rq, task: Task): void {
  updateCurrRt(machine, rq);
  updateRtAvg(rq, 1);
  if (task.rtOnRq && task.nrCpusAllowed > 1) addPushable(rq, task);
}

/** set_next_task_rt() of a task that goes on after a change. */
export function setNext(rq: Rq, task: Task): void {
  task.se.execStart = rq.clock;
  removePushable(rq, task); // who runs is not pushed
}
