import type { Balancer } from "../state/balancer.ts";
import { CPU_IDLE, CPU_NOT_IDLE } from "../state/core-listener.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { activeLoadBalance } from "./active.ts";
import { newidleBalance } from "./newidle.ts";
import { enterIdle, nohzBalancerKick, nohzIdleBalance, takeNohzKick } from "./nohz.ts";
import { rebalanceDomains, updateBlockedAverages } from "./rebalance.ts";

/** The load balancer's doors: what scheduling, the tick and the softirq call. */
export const BALANCER: Balancer = {
  newidleBalance,
  activeLoadBalance,
  triggerLoadBalance,
  runRebalanceDomains,
  takeNohzKick,
  enterIdle,
};

/** trigger_load_balance(): at the end of a tick. */
function triggerLoadBalance(machine: Machine, rq: Rq): void {
  if (rq.sd === null) return; // on_null_domain()
  if (machine.jiffies >= rq.nextBalance) rq.softirq = true;
  nohzBalancerKick(machine, rq);
}

/** run_rebalance_domains(): the softirq. */
function runRebalanceDomains(machine: Machine, rq: Rq): void {
  const idle = rq.idleBalance ? CPU_IDLE : CPU_NOT_IDLE;
  if (nohzIdleBalance(machine, rq, idle)) return;
  updateBlockedAverages(machine, rq);
  rebalanceDomains(machine, rq, idle);
}
