import { DEQUEUE_SLEEP, putPrevEntity } from "../fair/entity.ts";
import { pickNextTaskFair, pickQueuedTaskFair, RETRY_TASK } from "../fair/fair.ts";
import { removeLoadAvg } from "../pelt/load-avg.ts";
import { updateIdleCore } from "../place/idle-sibling.ts";
import { PREV_EXITED, PREV_RUNNABLE, PREV_SLEEPING } from "../state/core-listener.ts";
import type { Machine } from "../state/machine.ts";
import { noteOccupancy } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { TASK_DEAD, TASK_SLEEPING, type Task } from "../state/task.ts";
import { deactivateTask } from "./migrate.ts";
import { updateRqClock } from "./resched.ts";
import { runStopWorks, takeStopper } from "./stopper.ts";

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
    if (prev === rq.stop) {
      rq.stopQueued = false;
      rq.nrTasks--;
      noteOccupancy(rq);
    } else {
      prev.state = prevState === PREV_EXITED ? TASK_DEAD : TASK_SLEEPING;
      deactivateTask(machine, rq, prev, DEQUEUE_SLEEP);
    }
  }
  const next = pickNextTask(machine, rq, prev);
  rq.needResched = false;
  if (next === prev) return;
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
  if (prevState === PREV_EXITED) {
    removeLoadAvg(rq, prev); // task_dead_fair()
    machine.nodes.release(prev);
  }
  if (next === rq.idle) machine.balancer.enterIdle(machine, rq);
}

/** __pick_next_task() */
function pickNextTask(machine: Machine, rq: Rq, prev: Task): Task {
  if (prev !== rq.stop && rq.nrTasks === rq.cfs.nrRunning) {
    const next = pickNextTaskFair(machine, rq, prev);
    if (next === null) {
      if (prev !== rq.idle) putPrevEntity(rq, prev);
      return setNextIdle(machine, rq);
    }
    if (next !== RETRY_TASK) return next;
  }
  // put_prev_task_balance(): a stopper going to sleep, or one waiting to run
  if (prev !== rq.idle && rq.nrTasks === 0) machine.balancer.newidleBalance(machine, rq);
  if (prev !== rq.idle && prev !== rq.stop) putPrevEntity(rq, prev);
  if (rq.stopQueued) return rq.stop;
  return pickQueuedTaskFair(machine, rq) ?? setNextIdle(machine, rq);
}

/** set_next_task_idle() */
function setNextIdle(machine: Machine, rq: Rq): Task {
  updateIdleCore(machine, rq);
  rq.schedGoidle++;
  return rq.idle;
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
  if (first >= 0) settle(machine, machine.cpus[first]!);
  while (machine.workCount > 0) {
    const cpu = machine.work[machine.workHead]!;
    if (++machine.workHead === machine.work.length) machine.workHead = 0;
    machine.workCount--;
    const rq = machine.cpus[cpu]!;
    rq.workQueued = false;
    settle(machine, rq);
  }
  machine.thisCpu = -1;
}
