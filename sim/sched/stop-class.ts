import type { SchedClass } from "../state/sched-class.ts";
import { addNrRunning, subNrRunning } from "./resched.ts";

/** The class above all others (kernel/sched/stop_task.c): one task per CPU, its stopper, which nothing interrupts. */
export const STOP: SchedClass = {
  name: "stop",
  rank: 4,
  enqueue: (machine, rq) => addNrRunning(machine, rq),
  dequeue: (_machine, rq) => subNrRunning(rq),
  checkPreempt() {},
  balance: (_machine, rq) => rq.stop.onRq,
  pickNext: (_machine, rq) => (rq.stop.onRq ? rq.stop : null),
  putPrev() {},
  setNext() {},
  selectCpu: (_machine, task) => task.cpu,
  tick() {},
};
