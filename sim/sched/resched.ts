import type { Machine } from "../state/machine.ts";
import { noteOccupancy } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";

/** resched_curr(): marks what runs on the queue's CPU to be rescheduled, by interrupt where that is another CPU. */
export function reschedCurr(machine: Machine, rq: Rq): void {
  if (rq.needResched) return;
  rq.needResched = true;
  if (rq.cpu === machine.thisCpu) return; // it will see the flag before it goes on
  machine.listener.onIpi?.(machine.thisCpu, rq.cpu, "resched");
  machine.interrupt(rq.cpu);
}

/** update_rq_clock() */
export function updateRqClock(machine: Machine, rq: Rq): void {
  if (machine.clock > rq.clock) rq.clock = machine.clock;
}

/** add_nr_running(); a second task makes the whole machine worth balancing. */
export function addNrRunning(machine: Machine, rq: Rq, count = 1): void {
  const before = rq.nrTasks;
  rq.nrTasks = before + count;
  if (before < 2 && rq.nrTasks >= 2) machine.overload = true;
  noteOccupancy(rq);
}

/** sub_nr_running() */
export function subNrRunning(rq: Rq, count = 1): void {
  rq.nrTasks -= count;
  noteOccupancy(rq);
}
