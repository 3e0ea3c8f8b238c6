import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";
import { reschedCurr } from "./resched.ts";

/** check_preempt_curr(): `task` has come onto the queue; must what runs there give way? */
export function checkPreemptCurr(machine: Machine, rq: Rq, task: Task): void {
  const { schedClass } = rq.running;
  if (task.schedClass === schedClass) schedClass.checkPreempt(machine, rq, task);
  else if (task.schedClass.rank > schedClass.rank) reschedCurr(machine, rq);
}
