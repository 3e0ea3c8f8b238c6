import { CPU_NEWLY_IDLE } from "../state/core-listener.ts";
import { type SchedDomain, SD_BALANCE_NEWIDLE } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { loadBalance } from "./load-balance.ts";
import { updateNewidleCost, updateNewidleStats } from "./newidle-cost.ts";
import { nohzNewidleBalance } from "./nohz.ts";
import { balanceInterval, updateBlockedAverages } from "./rebalance.ts";

/**
 * sched_balance_newidle() of Linux 6.1: the CPU is about to go idle and looks for work elsewhere.
 * > 0: there are fair tasks now; 0: none; < 0: a task of a higher class has come.
 */
export function newidleBalance(machine: Machine, rq: Rq): number {
  rq.idleStamp = rq.clock; // the balancing counts as idle time
  let pulled = 0;
  const lowest = rq.sd;
  let nextBalance = machine.jiffies + machine.hz;
  if (lowest !== null) {
    if (!machine.overload || rq.avgIdle < lowest.maxNewidleLbCost) {
      nextBalance = earlier(machine, lowest, nextBalance);
    } else {
      updateBlockedAverages(machine, rq);
      let cost = 0;
      for (let sd: SchedDomain | null = lowest; sd !== null; sd = sd.parent) {
        nextBalance = earlier(machine, sd, nextBalance);
        if (rq.avgIdle < cost + sd.maxNewidleLbCost) break;
        if ((sd.flags & SD_BALANCE_NEWIDLE) !== 0) {
          let weight = 1;
          const random = machine.tunables.newidleRandom;
          if (random !== null) {
            // NI_RANDOM: as often as passes over this domain have helped
            weight = 1 + sd.newidleRatio;
            if (random() % 1024 > weight) {
              updateNewidleStats(sd, 0);
              continue;
            }
            weight = Math.floor((1024 + (weight >> 1)) / weight);
          }
          pulled = loadBalance(machine, rq, sd, CPU_NEWLY_IDLE);
          const domainCost = machine.tunables.newidleCost(sd.spanWeight, machine.lbEnv.examined);
          cost += domainCost;
          updateNewidleCost(machine, sd, domainCost, pulled !== 0 ? weight : 0);
        }
        if (pulled !== 0 || rq.nrTasks > 0) break;
      }
      if (cost > rq.maxIdleBalanceCost) rq.maxIdleBalanceCost = cost;
      if (rq.cfs.hNrRunning !== 0 && pulled === 0) pulled = 1;
      if (rq.nrTasks !== rq.cfs.hNrRunning) pulled = -1;
    }
  }
  if (rq.nextBalance > nextBalance) rq.nextBalance = nextBalance;
  if (pulled !== 0) rq.idleStamp = 0;
  else nohzNewidleBalance(machine, rq);
  return pulled;
}

/** update_next_balance() */
function earlier(machine: Machine, sd: SchedDomain, nextBalance: number): number {
  const next = sd.lastBalance + balanceInterval(machine, sd, false);
  return Math.min(next, nextBalance);
}
