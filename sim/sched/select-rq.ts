import type { Machine } from "../state/machine.ts";
import type { Task } from "../state/task.ts";

/** select_task_rq(): the class's choice, corrected to a CPU that the task may use. */
export function selectTaskRq(machine: Machine, task: Task, prevCpu: number, flags: number): number {
  const cpu =
    task.nrCpusAllowed > 1 ? task.schedClass.selectCpu(machine, task, prevCpu, flags) : task.affinity.first();
  return task.affinity.has(cpu) ? cpu : fallbackCpu(machine, task);
}

/** select_fallback_rq(): the lowest allowed CPU of the node it was on, else of all. */
function fallbackCpu(machine: Machine, task: Task): number {
  const node = machine.cpus[task.cpu].nodeMask;
  const affinity = task.affinity;
  for (let cpu = affinity.next(0); cpu >= 0; cpu = affinity.next(cpu + 1)) {
    if (node.has(cpu)) return cpu;
  }
  return affinity.first();
}
