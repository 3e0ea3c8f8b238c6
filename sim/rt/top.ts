import { addNrRunning, subNrRunning } from "../sched/resched.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";

/** The real-time queue as a whole, among what the CPU has to run (RT5). */

/** enqueue_top_rt_rq() */
export function enqueueTop(machine: Machine, rq: Rq): void {
  const { rt } = rq;
  if (rt.queued || rt.throttled || rt.nrRunning === 0) return;
  addNrRunning(machine, rq, rt.nrRunning);
  rt.queued = true;
}

/** dequeue_top_rt_rq(); `count`: its tasks while it was queued. */
export function dequeueTop(rq: Rq, count: number): void {
  const { rt } = rq;
  if (!rt.queued) return;
  subNrRunning(rq, count);
  rt.queued = false;
}
