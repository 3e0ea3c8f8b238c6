import { SD_SHARE_CPUCAPACITY } from "../state/domain.ts";
import type { LbEnv } from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import { SCHED_IDLE, type Task } from "../state/task.ts";

/** task_hot(): is the task's working set likely still in the cache of the CPU it would leave? */
export function taskHot(machine: Machine, env: LbEnv, task: Task): boolean {
  if (task.policy === SCHED_IDLE) return false;
  if ((env.sd!.flags & SD_SHARE_CPUCAPACITY) !== 0) return false; // SMT siblings share the cache
  const cfs = task.se.cfsRq;
  // CACHE_HOT_BUDDY: about to run here, unless it could run at once over there
  if (env.dstRq.nrTasks !== 0 && (cfs.next === task.se || cfs.last === task.se)) return true;
  const cost = machine.tunables.migrationCostNs;
  if (cost === -1) return true;
  if (cost === 0) return false;
  return env.srcRq.clock - task.se.execStart < cost;
}
