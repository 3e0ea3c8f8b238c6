import type { SchedulerCore } from "../core.ts";
import { normalPrio, TASK_SLEEPING, type Task } from "../state/task.ts";

/** A new task becomes what its parent's fork makes: of its policy, priority, CPUs, group and weight (dup_task_struct(), sched_fork()). */
export function inherit(child: Task, parent: Task): void {
  child.nice = parent.nice;
  child.policy = parent.policy;
  child.rtPriority = parent.rtPriority;
  child.schedClass = parent.schedClass;
  child.prio = normalPrio(parent.policy, parent.rtPriority, parent.nice);
  child.affinity = parent.affinity;
  child.nrCpusAllowed = parent.affinity.weight();
  child.group.nrTasks--;
  child.group = parent.group;
  child.group.nrTasks++;
  child.setQueue(child.cpu);
  // a copy: the load of a real-time task is that of the nice value it had when it last was a fair one
  child.se.setLoad(parent.se.load, parent.se.inverse);
  child.se.avg.loadAvg = child.se.weight;
}

/** A task of a scenario before its first step: asleep, without any load history. */
export function putToSleep(core: SchedulerCore, task: Task): void {
  task.state = TASK_SLEEPING;
  task.se.avg.loadAvg = 0;
  task.se.execStart = core.machine.clock;
}
