import { updateAvg } from "../lib/arithmetic.ts";
import { clockPelt, initUtilAvg } from "../pelt/load-avg.ts";
import type { Machine } from "../state/machine.ts";
import { noteOccupancy } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { ENQUEUE_MIGRATED, ENQUEUE_WAKEUP, WF_FORK, WF_SYNC, WF_TTWU } from "../state/sched-class.ts";
import { TASK_WAKING, type Task } from "../state/task.ts";
import { activateTask, setTaskCpu } from "./migrate.ts";
import { checkPreemptCurr } from "./preempt.ts";
import { updateRqClock } from "./resched.ts";
import { selectTaskRq } from "./select-rq.ts";

/** Waking tasks, old and new: try_to_wake_up() and wake_up_new_task() of Linux 6.1. */

/** try_to_wake_up() of a sleeping task, by what runs on machine.thisCpu. */
export function tryToWakeUp(machine: Machine, task: Task, sync: boolean): void {
  const waker = machine.thisCpu;
  task.state = TASK_WAKING;
  const cpu = selectTaskRq(machine, task, task.wakeCpu, WF_TTWU | (sync ? WF_SYNC : 0));
  const migrated = task.cpu !== cpu;
  if (migrated) setTaskCpu(machine, task, cpu, "wakeup");
  const rq = machine.cpus[cpu];
  // ttwu_queue_cond(): the CPU enqueues the task itself, by interrupt, if it is idle or far away
  const remote = cpu !== waker && (machine.cpus[waker].llcId !== rq.llcId || rq.nrTasks === 0);
  countWakeup(machine.cpus[waker], task, cpu, migrated, sync);
  if (!remote) {
    activate(machine, rq, task, migrated, waker);
    return;
  }
  machine.listener.onIpi?.(waker, cpu, "wakeup");
  machine.interrupt(cpu);
  if (machine.interruptLater === null) {
    machine.thisCpu = cpu;
    activate(machine, rq, task, migrated, waker);
    machine.thisCpu = waker;
  } else {
    rq.wakeList.push({ task, migrated, waker });
    noteOccupancy(rq);
  }
}

/** sched_ttwu_pending(): the CPU puts those on its queue who wait for that. */
export function takeWakeList(machine: Machine, rq: Rq): void {
  for (const { task, migrated, waker } of rq.wakeList.splice(0)) activate(machine, rq, task, migrated, waker);
  noteOccupancy(rq);
}

/** ttwu_do_activate() and ttwu_do_wakeup() */
function activate(machine: Machine, rq: Rq, task: Task, migrated: boolean, waker: number): void {
  updateRqClock(machine, rq);
  activateTask(machine, rq, task, migrated ? ENQUEUE_WAKEUP | ENQUEUE_MIGRATED : ENQUEUE_WAKEUP);
  checkPreemptCurr(machine, rq, task);
  task.schedClass.taskWoken?.(machine, rq, task);
  noteWakeup(rq);
  machine.events++;
  machine.listener.onWakeup?.(task, rq.cpu, waker, false);
}

/** The end of ttwu_do_wakeup(): the CPU was idle, its idle time is now known. */
export function noteWakeup(rq: Rq): void {
  if (rq.idleStamp === 0) return;
  const average = updateAvg(rq.avgIdle, rq.clock - rq.idleStamp);
  const max = 2 * rq.maxIdleBalanceCost;
  rq.avgIdle = Math.min(average, max);
  rq.idleStamp = 0;
}

/** ttwu_stat() */
function countWakeup(waker: Rq, task: Task, cpu: number, migrated: boolean, sync: boolean): void {
  if (cpu === waker.cpu) {
    waker.ttwuLocal++;
    task.nrWakeupsLocal++;
  } else {
    task.nrWakeupsRemote++;
    for (let sd = waker.sd; sd !== null; sd = sd.parent) {
      if (sd.span.has(cpu)) {
        sd.counters.ttwuWakeRemote++;
        break;
      }
    }
  }
  if (migrated) task.nrWakeupsMigrate++;
  if (sync) task.nrWakeupsSync++;
  waker.ttwuCount++;
  task.nrWakeups++;
}

/** sched_cgroup_fork() and wake_up_new_task(): a child of what runs on machine.thisCpu. */
export function wakeUpNewTask(machine: Machine, task: Task): void {
  const parent = machine.thisCpu;
  task.cpu = parent;
  task.wakeCpu = parent;
  task.setQueue(parent);
  inheritWakees(machine.cpus[parent], task);
  task.schedClass.fork?.(machine, machine.cpus[parent], task);
  task.recentUsedCpu = parent;
  const cpu = selectTaskRq(machine, task, parent, WF_FORK);
  task.cpu = cpu; // not a migration: the task has never been anywhere
  task.wakeCpu = cpu;
  task.setQueue(cpu);
  const rq = machine.cpus[cpu];
  updateRqClock(machine, rq);
  // another class's task counts as one that has left the fair class
  if (task.schedClass === machine.fair) initUtilAvg(task.se.cfsRq, task.se);
  else task.se.avg.lastUpdateTime = clockPelt(task.se.cfsRq);
  activateTask(machine, rq, task, 0);
  machine.events++;
  checkPreemptCurr(machine, rq, task);
  task.schedClass.taskWoken?.(machine, rq, task);
  machine.listener.onWakeup?.(task, cpu, parent, true);
}

/** dup_task_struct(): the child is a copy, whom its parent woke last included. */
function inheritWakees(rq: Rq, child: Task): void {
  const parent = rq.curr;
  if (parent === null) return;
  child.lastWakee = parent.lastWakee;
  child.wakeeFlips = parent.wakeeFlips;
  child.wakeeFlipDecay = parent.wakeeFlipDecay;
}
