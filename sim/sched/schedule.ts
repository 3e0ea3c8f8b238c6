import { PREV_EXITED, PREV_RUNNABLE, PREV_SLEEPING } from "../state/core-listener.ts";
import type { Machine } from "../state/machine.ts";
import { noteOccupancy } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { DEQUEUE_SLEEP, RETRY_TASK } from "../state/sched-class.ts";
import { TASK_DEAD, TASK_SLEEPING, type Task } from "../state/task.ts";
import { runBalanceCallbacks } from "./balance-callbacks.ts";
import { deactivateTask } from "./migrate.ts";
import { updateRqClock } from "./resched.ts";
import { runStopWorks, takeStopper } from "./stopper.ts";
import { takeWakeList } from "./wakeup.ts";

/** __schedule() of Linux 6.1, and the machine's way to rest after an operation. */

/**
 * __schedule(): the CPU of `rq` picks what to run. `prevState` says whether the task that runs there stays runnable,
 * goes to sleep or ends (PREV_*).
 */
export function schedule(machine: Machine, rq: Rq, prevState: number): void {
  const prev = rq.running;
  if (rq.skipClockUpdate) rq.skipClockUpdate = false;
  else updateRqClock(machine, rq);
  rq.schedCount++;
  if (prevState !== PREV_RUNNABLE) {
    prev.state = prevState === PREV_EXITED ? TASK_DEAD : TASK_SLEEPING;
    deactivateTask(machine, rq, prev, DEQUEUE_SLEEP);
  }
  const next = pickNextTask(machine, rq, prev);
  rq.needResched = false;
  if (next === prev) {
    runBalanceCallbacks(machine, rq);
    if (next === rq.idle) machine.balancer.enterIdle(machine, rq); // the idle loop begins anew
    return;
  }
  rq.running = next;
  noteOccupancy(rq);
  rq.nrSwitches++;
  machine.events++;
  const onSwitch = machine.listener.onSwitch;
  if (onSwitch !== undefined) {
    const from = prev === rq.idle || prev === rq.stop ? null : prev;
    const to = next === rq.idle || next === rq.stop ? null : next;
    onSwitch.call(machine.listener, rq.cpu, from, to, prevState);
  }
  runBalanceCallbacks(machine, rq); // finish_lock_switch()
  if (prevState === PREV_EXITED) {
    prev.schedClass.dead?.(machine, rq, prev);
    machine.nodes.release(prev.se);
    prev.group.nrTasks--;
  }
  if (next === rq.idle) machine.balancer.enterIdle(machine, rq);
}

/** __pick_next_task() */
function pickNextTask(machine: Machine, rq: Rq, prev: Task): Task {
  const { classes, fair } = machine;
  if (prev.schedClass.rank <= fair.rank && rq.nrTasks === rq.cfs.hNrRunning) {
    const next = fair.pickNextFrom(machine, rq, prev);
    if (next === null) {
      prev.schedClass.putPrev(machine, rq, prev);
      return rq.idle.schedClass.pickNext(machine, rq)!;
    }
    if (next !== RETRY_TASK) return next;
  }
  putPrevTaskBalance(machine, rq, prev);
  for (let i = 0; ; i++) {
    const next = classes[i].pickNext(machine, rq);
    if (next !== null) return next;
  }
}

/** put_prev_task_balance(): the classes from that of `prev` down look for tasks, until one knows of some. */
function putPrevTaskBalance(machine: Machine, rq: Rq, prev: Task): void {
  for (const schedClass of machine.classes) {
    if (schedClass.rank > prev.schedClass.rank) continue;
    if (schedClass.balance(machine, rq, prev)) break;
  }
  prev.schedClass.putPrev(machine, rq, prev);
}

/**
 * What the CPU has to do before it can go on: softirqs raised in its interrupt, reschedules, its stopper's work. Runs on
 * that CPU.
 */
export function settle(machine: Machine, rq: Rq): void {
  machine.thisCpu = rq.cpu;
  for (;;) {
    if (rq.nohzKicked) machine.balancer.takeNohzKick(rq);
    if (rq.stopPending) takeStopper(machine, rq);
    if (rq.wakeList.length > 0) takeWakeList(machine, rq);
    if (rq.softirq) {
      rq.softirq = false;
      machine.balancer.runRebalanceDomains(machine, rq);
    }
    if (rq.running === rq.stop) {
      runStopWorks(machine, rq);
      schedule(machine, rq, PREV_SLEEPING);
    } else if (rq.running.doomed) {
      schedule(machine, rq, PREV_EXITED);
    } else if (rq.needResched) {
      schedule(machine, rq, PREV_RUNNABLE);
    } else {
      return;
    }
  }
}

/**
 * Runs the machine to rest: first the CPU that acted (or none: -1), then all that were interrupted, in the order of their
 * interrupts.
 */
export function runToRest(machine: Machine, first: number): void {
  if (first >= 0) settle(machine, machine.cpus[first]);
  while (machine.workCount > 0) {
    const cpu = machine.work[machine.workHead];
    if (++machine.workHead === machine.work.length) machine.workHead = 0;
    machine.workCount--;
    const rq = machine.cpus[cpu];
    rq.workQueued = false;
    settle(machine, rq);
  }
  machine.thisCpu = -1;
  if (machine.pull?.(machine) === true) runToRest(machine, -1);
}
