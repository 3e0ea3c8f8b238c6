import { OCCUPIED, OCCUPIED_BY_IDLE_TASKS, OCCUPIED_NOT } from "./cpu-snapshot.ts";
import type { Rq } from "./rq.ts";

/** What a CPU is taken up by: idle_cpu() and sched_idle_cpu() of Linux 6.1, kept up to date instead of looked up. */

/** idle_cpu(): nothing runs, nothing waits, nothing is on its way. */
export function idleCpu(rq: Rq): boolean {
  return rq.snapshot.occupancy[rq.cpu] === OCCUPIED_NOT;
}

/** sched_idle_cpu(): only SCHED_IDLE tasks here, and at least one. */
export function schedIdleCpu(rq: Rq): boolean {
  return rq.snapshot.occupancy[rq.cpu] === OCCUPIED_BY_IDLE_TASKS;
}

/** To be called after each change of what runs on the CPU or how many tasks it has: keeps N1 and N2. */
export function noteOccupancy(rq: Rq): void {
  const { occupancy } = rq.snapshot;
  const cpu = rq.cpu;
  rq.snapshot.mark(cpu);
  if (rq.nrTasks === 0)
    occupancy[cpu] = rq.running === rq.idle && rq.wakeList.length === 0 ? OCCUPIED_NOT : OCCUPIED;
  else occupancy[cpu] = rq.nrTasks === rq.cfs.idleHNrRunning ? OCCUPIED_BY_IDLE_TASKS : OCCUPIED;
}
