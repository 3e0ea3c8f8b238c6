import type { Machine } from "../state/machine.ts";
import type { Rq, StopWork } from "../state/rq.ts";
import { ENQUEUE_WAKEUP } from "../state/sched-class.ts";
import type { Task } from "../state/task.ts";
import { activateTask, moveQueuedTask } from "./migrate.ts";
import { checkPreemptCurr } from "./preempt.ts";
import { updateRqClock } from "./resched.ts";
import { noteWakeup } from "./wakeup.ts";

/** The CPU stopper: a task above all others, which moves what runs on its CPU (kernel/stop_machine.c). */

/**
 * Wakes the stopper of `rq` for the work queued there. From a CPU that does not share its cache it is woken like any task
 * (ttwu_queue_cond()): it waits in the wake list until the interrupt comes, and is no task of the queue before.
 */
export function wakeStopper(machine: Machine, rq: Rq): void {
  if (rq.stop.onRq || rq.stopPending) return;
  const { thisCpu } = machine;
  if (rq.cpu !== thisCpu) machine.listener.onIpi?.(thisCpu, rq.cpu, "stopper");
  if (thisCpu >= 0 && machine.cpus[thisCpu].llcId !== rq.llcId) {
    rq.stopPending = true;
    machine.interrupt(rq.cpu);
  } else if (thisCpu < 0 && isHeldUp(machine, rq)) {
    rq.stopPending = true;
    holdUp(machine, rq);
  } else {
    enqueueStopper(machine, rq);
  }
}

/** sched_ttwu_pending(): the interrupt of a stopper's wake-up. */
export function takeStopper(machine: Machine, rq: Rq): void {
  rq.stopPending = false;
  enqueueStopper(machine, rq);
}

/** ttwu_do_activate() */
function enqueueStopper(machine: Machine, rq: Rq): void {
  updateRqClock(machine, rq);
  activateTask(machine, rq, rq.stop, ENQUEUE_WAKEUP);
  if (!isHeldUp(machine, rq)) {
    checkPreemptCurr(machine, rq, rq.stop);
  } else if (!rq.needResched) {
    rq.needResched = true;
    rq.skipClockUpdate = true; // check_preempt_curr() saves the update, as rescheduling is near
    holdUp(machine, rq);
  }
  noteWakeup(rq);
}

/** Whoever is outside the machine is far away; where the machine has several caches, that cannot be held up. */
function isHeldUp({ heldStoppers, thisCpu, cpus }: Machine, rq: Rq): boolean {
  if (heldStoppers === null || rq.cpu === thisCpu) return false;
  return thisCpu >= 0 || rq.llcSize === cpus.length;
}

/** The interrupt is on its way for long: until it arrives the CPU goes on, if nothing else interrupts it. */
function holdUp({ heldStoppers }: Machine, rq: Rq): void {
  if (!heldStoppers!.includes(rq.cpu)) heldStoppers!.push(rq.cpu);
}

/**
 * stop_one_cpu(migration_cpu_stop): has the stopper move `task`, which runs on its CPU. Where it is to do so for an older change
 * of affinity already, it gets a new destination (p->migration_pending).
 */
export function queueMigration(machine: Machine, task: Task, destination: number, affinity: boolean): void {
  const rq = machine.cpus[task.cpu];
  const pending = affinity ? rq.stopWorks.find((work) => work.affinity && work.task === task) : undefined;
  if (pending !== undefined) {
    pending.destination = destination;
    return;
  }
  rq.stopWorks.push({ task, destination, affinity });
  wakeStopper(machine, rq);
}

/** cpu_stopper_thread(): all work queued. */
export function runStopWorks(machine: Machine, rq: Rq): void {
  for (let work = rq.stopWorks.shift(); work !== undefined; work = rq.stopWorks.shift()) {
    if (work.task === null) machine.balancer.activeLoadBalance(machine, rq);
    else migrationCpuStop(machine, rq, work.task, work);
  }
}

/** migration_cpu_stop() */
function migrationCpuStop(machine: Machine, rq: Rq, task: Task, work: StopWork): void {
  if (task.cpu !== rq.cpu) return;
  if (work.affinity && task.affinity.has(task.cpu)) return;
  if (!task.onRq) {
    task.wakeCpu = work.destination;
    return;
  }
  if (!task.affinity.has(work.destination)) return;
  updateRqClock(machine, rq);
  moveQueuedTask(machine, rq, task, work.destination, work.affinity ? "affinity" : "exec");
}
