import { DEQUEUE_SLEEP, ENQUEUE_MIGRATED } from "../fair/entity.ts";
import { dequeueTaskFair, enqueueTaskFair } from "../fair/fair.ts";
import { checkPreemptCurr } from "../fair/preempt.ts";
import { catchUpIdleLag, removeLoadAvg } from "../pelt/load-avg.ts";
import type { MigrationKind } from "../state/core-listener.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { TASK_MIGRATING, TASK_RUNNABLE, TASK_WAKING, type Task } from "../state/task.ts";
import { updateRqClock } from "./resched.ts";

/** Tasks on and off queues and across CPUs: activate_task(), deactivate_task(), set_task_cpu() of Linux 6.1. */

/** activate_task() */
export function activateTask(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const migrated = task.state === TASK_MIGRATING ? ENQUEUE_MIGRATED : 0;
  enqueueTaskFair(machine, rq, task, flags | migrated);
  task.state = TASK_RUNNABLE;
}

/** deactivate_task(); for DEQUEUE_SLEEP the caller has set the state it sleeps in. */
export function deactivateTask(machine: Machine, rq: Rq, task: Task, flags: number): void {
  if ((flags & DEQUEUE_SLEEP) === 0) task.state = TASK_MIGRATING;
  dequeueTaskFair(machine, rq, task, flags);
}

/** set_task_cpu() with migrate_task_rq_fair() */
export function setTaskCpu(machine: Machine, task: Task, cpu: number, kind: MigrationKind): void {
  const from = task.cpu;
  if (from !== cpu) {
    const rq = machine.cpus[from]!;
    if (task.state === TASK_WAKING) task.vruntime -= rq.cfs.minVruntime;
    if (task.state !== TASK_MIGRATING) {
      removeLoadAvg(rq, task);
      catchUpIdleLag(machine, rq, task);
    }
    task.avg.lastUpdateTime = 0; // attached to no queue (L3)
    task.nrMigrations++;
    machine.events++;
  }
  task.cpu = cpu;
  task.wakeCpu = cpu;
  if (from !== cpu) machine.listener.onMigrate?.(task, from, cpu, kind);
}

/** move_queued_task(): a queued task that does not run goes to another queue. */
export function moveQueuedTask(machine: Machine, rq: Rq, task: Task, cpu: number, kind: MigrationKind): void {
  deactivateTask(machine, rq, task, 0);
  setTaskCpu(machine, task, cpu, kind);
  const target = machine.cpus[cpu]!;
  updateRqClock(machine, target);
  activateTask(machine, target, task, 0);
  checkPreemptCurr(machine, target, task);
}
