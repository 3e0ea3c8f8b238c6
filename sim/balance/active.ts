import { updateRqClock } from "../sched/resched.ts";
import { wakeStopper } from "../sched/stopper.ts";
import { CPU_IDLE } from "../state/core-listener.ts";
import { LBF_ACTIVE_LB, MIGRATE_LOAD } from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { attachTask, detachOneTask } from "./detach.ts";

/** Active balance: the stopper pushes the running task of a busy CPU away. */

/** stop_one_cpu_nowait(active_load_balance_cpu_stop) */
export function queueActiveBalance(machine: Machine, busiest: Rq): void {
  busiest.stopWorks.push({ task: null, destination: -1, affinity: false });
  wakeStopper(machine, busiest);
}

/** active_load_balance_cpu_stop(): in the stopper of the busy CPU, whose former task now merely waits. */
export function activeLoadBalance(machine: Machine, rq: Rq): void {
  const target = machine.cpus[rq.pushCpu];
  let moved = null;
  if (rq.activeBalance && rq.nrTasks > 1) {
    let sd = target.sd;
    while (sd !== null && !sd.span.has(rq.cpu)) sd = sd.parent;
    if (sd !== null) {
      const env = machine.activeEnv;
      env.sd = sd;
      env.srcRq = rq;
      env.dstRq = target;
      env.idle = CPU_IDLE;
      env.imbalance = 0;
      env.flags = LBF_ACTIVE_LB;
      env.loop = 0;
      env.migrationType = MIGRATE_LOAD;
      env.examined = 0;
      machine.listener.watch?.begins(target, sd, CPU_IDLE, true);
      machine.listener.watch?.queue(rq);
      sd.counters.albCount++;
      updateRqClock(machine, rq);
      moved = detachOneTask(machine, env);
      if (moved !== null) {
        sd.counters.albPushed++;
        sd.nrBalanceFailed = 0;
      } else {
        sd.counters.albFailed++;
      }
      machine.listener.watch?.ends(
        sd,
        moved === null ? "failed" : "moved",
        env.examined,
        moved === null ? 0 : 1,
      );
    }
  }
  rq.activeBalance = false;
  if (moved !== null) {
    updateRqClock(machine, target);
    attachTask(machine, target, moved);
  }
}
