import type { CpuMask } from "../lib/cpumask.ts";
import type { RootDomain } from "../state/root-domain.ts";
import { NO_RT_PRIO } from "../state/rt-rq.ts";
import type { Task } from "../state/task.ts";

/** Which CPUs have tasks of low priority: kernel/sched/cpupri.c of Linux 6.1. */

/** cpupri_set(): the highest priority on the CPU is now `prio` (RD1). */
export function setCpuPri(rd: RootDomain, cpu: number, prio: number): void {
  const pri = NO_RT_PRIO - prio; // convert_prio()
  const before = rd.cpuPri[cpu];
  if (pri === before) return;
  rd.cpusOf(pri).set(cpu);
  rd.cpusOf(before).clear(cpu);
  rd.cpuPri[cpu] = pri;
}

/**
 * cpupri_find(): the CPUs with the lowest priority, below that of the task, among those it may use: to `lowest`, which
 * null leaves out. False where there is none.
 */
export function findLowest(rd: RootDomain, task: Task, lowest: CpuMask | null): boolean {
  const limit = NO_RT_PRIO - task.prio;
  for (let pri = 0; pri < limit; pri++) {
    const cpus = rd.byPri[pri];
    if (cpus === undefined || !cpus.intersects(task.affinity)) continue;
    lowest?.and(cpus, task.affinity);
    return true;
  }
  return false;
}
