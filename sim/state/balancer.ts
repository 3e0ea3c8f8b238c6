import type { Machine } from "./machine.ts";
import type { Rq } from "./rq.ts";

/** What scheduling needs of load balancing, which builds upon it. */
export interface Balancer {
  /** sched_balance_newidle(): > 0 there are fair tasks now; 0 none; < 0 a task of a higher class has come. */
  newidleBalance(machine: Machine, rq: Rq): number;
  /** active_load_balance_cpu_stop() */
  activeLoadBalance(machine: Machine, rq: Rq): void;
  /** trigger_load_balance(), at the end of a tick */
  triggerLoadBalance(machine: Machine, rq: Rq): void;
  /** run_rebalance_domains(), the softirq */
  runRebalanceDomains(machine: Machine, rq: Rq): void;
  /** nohz_csd_func(), the interrupt of a nohz kick */
  takeNohzKick(rq: Rq): void;
  /** do_idle(): the CPU goes idle */
  enterIdle(machine: Machine, rq: Rq): void;
}
