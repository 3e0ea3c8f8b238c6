import { taskHLoad } from "../pelt/h-load.ts";
import type { SchedDomain } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import { idleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";

/** Waker and wakee, near or apart: record_wakee(), wake_wide() and wake_affine() of Linux 6.1. */

/** record_wakee(): counts how often the waker wakes someone else than last time, halved once a second. */
export function recordWakee(machine: Machine, waker: Task, wakee: Task): void {
  if (machine.jiffies > waker.wakeeFlipDecay + machine.hz) {
    waker.wakeeFlips >>= 1;
    waker.wakeeFlipDecay = machine.jiffies;
  }
  if (waker.lastWakee !== wakee) {
    waker.lastWakee = wakee;
    waker.wakeeFlips++;
  }
}

/** wake_wide(): the two wake so many others that one cache is too small for all of them. */
export function wakeWide(rq: Rq, waker: Task, wakee: Task): boolean {
  let master = waker.wakeeFlips;
  let slave = wakee.wakeeFlips;
  if (master < slave) {
    master = wakee.wakeeFlips;
    slave = waker.wakeeFlips;
  }
  return slave >= rq.llcSize && master >= slave * rq.llcSize;
}

/** wake_affine(): the waking CPU or the previous one, whichever can run the task sooner. */
export function wakeAffine(
  machine: Machine,
  sd: SchedDomain,
  task: Task,
  thisCpu: number,
  prevCpu: number,
  sync: boolean,
): number {
  let target = wakeAffineIdle(machine, thisCpu, prevCpu, sync);
  if (target < 0) target = wakeAffineWeight(machine, sd, task, thisCpu, prevCpu, sync);
  task.nrWakeupsAffineAttempts++;
  if (target !== thisCpu) return prevCpu;
  sd.counters.ttwuMoveAffine++;
  task.nrWakeupsAffine++;
  return thisCpu;
}

/** wake_affine_idle(): who is idle, or about to be, now? -1 = neither. */
function wakeAffineIdle(machine: Machine, thisCpu: number, prevCpu: number, sync: boolean): number {
  const here = machine.cpus[thisCpu];
  const there = machine.cpus[prevCpu];
  if (idleCpu(here) && here.llcId === there.llcId) return idleCpu(there) ? prevCpu : thisCpu;
  if (sync && here.nrTasks === 1) return thisCpu;
  return idleCpu(there) ? prevCpu : -1;
}

/** wake_affine_weight(): whose load would be smaller, the previous CPU's with half of imbalance_pct against it. */
function wakeAffineWeight(
  machine: Machine,
  sd: SchedDomain,
  task: Task,
  thisCpu: number,
  prevCpu: number,
  sync: boolean,
): number {
  const thisRq = machine.cpus[thisCpu];
  const prevRq = machine.cpus[prevCpu];
  let here = thisRq.cfs.avg.loadAvg;
  if (sync) {
    const current = taskHLoad(machine, thisRq.running);
    if (current > here) return thisCpu;
    here -= current;
  }
  const load = taskHLoad(machine, task);
  here = (here + load) * 100 * prevRq.capacity;
  let there = prevRq.cfs.avg.loadAvg - load;
  there = there * (100 + ((sd.imbalancePct - 100) >> 1)) * thisRq.capacity;
  if (sync) there += 1;
  return here < there ? thisCpu : -1;
}
