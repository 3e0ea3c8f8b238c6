import { setTaskRq } from "../pelt/load-avg.ts";
import type { MigrationKind } from "../state/core-listener.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { DEQUEUE_SLEEP, ENQUEUE_MIGRATED } from "../state/sched-class.ts";
import { TASK_MIGRATING, TASK_RUNNABLE, type Task } from "../state/task.ts";
import { checkPreemptCurr } from "./preempt.ts";
import { updateRqClock } from "./resched.ts";

/** Tasks on and off queues and across CPUs: activate_task(), deactivate_task(), set_task_cpu() of Linux 6.1. */

/** activate_task() */
export function activateTask(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const migrated = task.state === TASK_MIGRATING ? ENQUEUE_MIGRATED : 0;
  task.schedClass.enqueue(machine, rq, task, flags | migrated);
  task.state = TASK_RUNNABLE;
  task.onRq = true;
}

/** deactivate_task(); for DEQUEUE_SLEEP the caller has set the state it sleeps in. */
export function deactivateTask(machine: Machine, rq: Rq, task: Task, flags: number): void {
  if ((flags & DEQUEUE_SLEEP) === 0) task.state = TASK_MIGRATING;
  task.onRq = false;
  task.schedClass.dequeue(machine, rq, task, flags);
}

/** set_task_cpu() */
export function setTaskCpu(machine: Machine, task: Task, cpu: number, kind: MigrationKind): void {
  const from = task.cpu;
  if (from !== cpu) {
    task.schedClass.migrate?.(machine, task);
    task.se.nrMigrations++;
    machine.events++;
  }
  task.cpu = cpu;
  setTaskRq(task, cpu);
  task.wakeCpu = cpu;
  if (from !== cpu) machine.listener.onMigrate?.(task, from, cpu, kind);
}

/** move_queued_task(): a queued task that does not run goes to another queue. */
export function moveQueuedTask(machine: Machine, rq: Rq, task: Task, cpu: number, kind: MigrationKind): void {
  deactivateTask(machine, rq, task, 0);
  setTaskCpu(machine, task, cpu, kind);
  const target = machine.cpus[cpu];
  updateRqClock(machine, target);
  activateTask(machine, target, task, 0);
  checkPreemptCurr(machine, target, task);
}
