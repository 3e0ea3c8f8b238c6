import { updateIdleCore } from "../place/idle-sibling.ts";
import type { SchedClass } from "../state/sched-class.ts";
import { reschedCurr } from "./resched.ts";

/** The class below all others (kernel/sched/idle.c): each CPU's idle task, which is on no queue and always runnable. */
export const IDLE: SchedClass = {
  name: "idle",
  rank: 0,
  enqueue() {},
  dequeue() {
    throw new Error("an idle task cannot sleep");
  },
  checkPreempt(machine, rq) {
    reschedCurr(machine, rq);
  },
  balance: () => true,
  pickNext(machine, rq) {
    // set_next_task_idle()
    updateIdleCore(machine, rq);
    rq.schedGoidle++;
    return rq.idle;
  },
  putPrev() {},
  setNext() {},
  selectCpu: (_machine, task) => task.cpu,
  tick() {},
};
