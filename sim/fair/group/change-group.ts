import type { Machine } from "../../state/machine.ts";
import { TASK_NEW, type Task } from "../../state/task.ts";
import type { TaskGroup } from "../../state/task-group.ts";
import { attachTask, detachTask } from "./attach.ts";

/** task_change_group_fair(): a task that has not been forked yet is attached nowhere. */
export function changeGroupFair(machine: Machine, task: Task, group: TaskGroup): void {
  const isNew = task.state === TASK_NEW;
  if (!isNew) detachTask(machine, task);
  task.se.avg.lastUpdateTime = 0;
  task.group = group;
  task.setQueue(task.cpu);
  if (!isNew) attachTask(task);
}
