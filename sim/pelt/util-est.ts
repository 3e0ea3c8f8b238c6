import type { CfsRq } from "../state/cfs-rq.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";

/**
 * Estimated utilisation (util_est of Linux 6.1): what a task used in its last activations, so that a long sleeper is not
 * taken for a small task. An exponential average with weight 1/4, which follows increases at once.
 */

/** UTIL_EST_MARGIN: changes of about 1 % of the capacity are not worth an update. */
const MARGIN = 10;

/** _task_util_est() */
export function estimatedUtil(task: Task): number {
  const avg = task.se.avg;
  return Math.max(avg.utilEstEwma, avg.utilEstEnqueued);
}

/** task_util_est() */
export function taskUtilEst(task: Task): number {
  const estimate = estimatedUtil(task);
  return Math.max(task.se.avg.utilAvg, estimate);
}

/** cpu_util_cfs(): estimated utilisation, at most the capacity. */
export function cpuUtil(rq: Rq): number {
  const avg = rq.cfs.avg;
  const util = Math.max(avg.utilAvg, avg.utilEstEnqueued);
  return Math.min(util, rq.capacityOrig);
}

/** util_est_enqueue() */
export function utilEstEnqueue(cfs: CfsRq, task: Task): void {
  cfs.avg.utilEstEnqueued += estimatedUtil(task);
  cfs.rq.snapshot.mark(cfs.rq.cpu);
}

/** util_est_dequeue() */
export function utilEstDequeue(cfs: CfsRq, task: Task): void {
  const estimate = estimatedUtil(task);
  const enqueued = cfs.avg.utilEstEnqueued;
  cfs.avg.utilEstEnqueued = enqueued > estimate ? enqueued - estimate : 0;
  cfs.rq.snapshot.mark(cfs.rq.cpu);
}

/** util_est_update(): a new sample when the task goes to sleep. */
export function utilEstUpdate(rq: Rq, task: Task): void {
  const avg = task.se.avg;
  if (avg.utilEstUnchanged) return;
  const util = avg.utilAvg;
  if (avg.utilEstEwma < util) {
    avg.utilEstEwma = util; // UTIL_EST_FASTUP
  } else {
    const toAverage = util - avg.utilEstEwma;
    if (withinMargin(toAverage)) {
      if (withinMargin(avg.utilEstEnqueued - util)) return;
    } else {
      if (util > rq.capacityOrig) return; // more than the CPU has: no sample of what the task needs
      avg.utilEstEwma = (avg.utilEstEwma * 4 + toAverage) >> 2;
    }
  }
  avg.utilEstEnqueued = util;
  avg.utilEstUnchanged = true;
}

function withinMargin(value: number): boolean {
  return value > -MARGIN && value < MARGIN;
}
