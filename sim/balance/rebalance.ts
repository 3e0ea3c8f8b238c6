import { isDecayed, removeLeaf } from "../pelt/leaf-list.ts";
import { noteIdleClock, UPDATE_TG, updateLoadAvg, updateQueueAvg } from "../pelt/load-avg.ts";
import { isSettled, updateTgLoadAvg } from "../pelt/propagate.ts";
import { updateRtAvg } from "../pelt/rt-avg.ts";
import { updateRqClock } from "../sched/resched.ts";
import { CPU_IDLE, CPU_NOT_IDLE } from "../state/core-listener.ts";
import type { SchedDomain } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import { idleCpu, schedIdleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { migrationCostTime } from "../tunables.ts";
import { loadBalance } from "./load-balance.ts";
import { updateNewidleCost } from "./newidle-cost.ts";

/** Periodic balancing: rebalance_domains() of Linux 6.1 and what it shares with the other kinds of balancing. */

/**
 * __update_blocked_others(): what real-time tasks take of the CPU; true while any of that is left. Where none has run for
 * long, an update would change nothing but its own time.
 */
function updateBlockedOthers(machine: Machine, rq: Rq): boolean {
  const running = rq.running.schedClass === machine.rt ? 1 : 0;
  if (running !== 0 || rq.rt.avg.utilSum !== 0) updateRtAvg(rq, running);
  return rq.rt.avg.utilAvg !== 0;
}

/** update_blocked_averages(): the sleepers' load on this CPU decays, in groups first and so up to the root. */
export function updateBlockedAverages(machine: Machine, rq: Rq): void {
  rq.lastBlockedLoadUpdateTick = machine.jiffies;
  updateRqClock(machine, rq);
  let blocked = updateBlockedOthers(machine, rq);
  for (let link = rq.leafQueues.next; link.cfs !== null; ) {
    const { cfs } = link;
    link = link.next;
    if (updateQueueAvg(cfs)) {
      updateTgLoadAvg(cfs);
      if (cfs.nrRunning === 0) noteIdleClock(cfs);
    }
    const { entity, avg } = cfs;
    if (entity !== null && !isSettled(entity)) updateLoadAvg(entity.cfsRq, entity, UPDATE_TG);
    if (isDecayed(cfs)) removeLeaf(cfs);
    if (avg.loadAvg !== 0 || avg.utilAvg !== 0) blocked = true;
  }
  if (!blocked) rq.hasBlockedLoad = false;
}

/** get_sd_balance_interval(): jiffies between passes; a busy CPU balances less often and never in step with others. */
export function balanceInterval(machine: Machine, sd: SchedDomain, busy: boolean): number {
  let interval = machine.msToJiffies(busy ? sd.balanceInterval * sd.busyFactor : sd.balanceInterval);
  if (busy) interval -= 1;
  if (interval > machine.maxBalanceInterval) interval = machine.maxBalanceInterval;
  return Math.max(interval, 1);
}

/** rebalance_domains(): each domain of the CPU that is due. */
export function rebalanceDomains(machine: Machine, rq: Rq, idleType: number): void {
  const jiffies = machine.jiffies;
  let idle = idleType;
  let busy = idle !== CPU_IDLE && !schedIdleCpu(rq);
  let nextBalance = jiffies + 60 * machine.hz;
  let update = false;
  let decay = false;
  let maxCost = 0;
  const env = machine.lbEnv;
  env.continueBalancing = true;
  for (let sd = rq.sd; sd !== null; sd = sd.parent) {
    decay = updateNewidleCost(machine, sd, 0, 0);
    maxCost += sd.maxNewidleLbCost;
    if (!env.continueBalancing) {
      if (decay) continue;
      break;
    }
    let interval = balanceInterval(machine, sd, busy);
    if (jiffies >= sd.lastBalance + interval) {
      if (loadBalance(machine, rq, sd, idle) !== 0) {
        idle = idleCpu(rq) ? CPU_IDLE : CPU_NOT_IDLE;
        busy = idle !== CPU_IDLE && !schedIdleCpu(rq);
      }
      sd.lastBalance = jiffies;
      interval = balanceInterval(machine, sd, busy);
    }
    if (nextBalance > sd.lastBalance + interval) {
      nextBalance = sd.lastBalance + interval;
      update = true;
    }
  }
  if (decay) rq.maxIdleBalanceCost = Math.max(migrationCostTime(machine.tunables), maxCost);
  if (update) rq.nextBalance = nextBalance;
}
