import type { SchedDomain } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";

/** How long newly-idle passes over a domain take and how often they help: update_newidle_cost() of Linux 6.1. */

/** update_newidle_stats(): success rate of the last 1024 passes or so. */
export function updateNewidleStats(sd: SchedDomain, success: number): void {
  sd.newidleCall++;
  sd.newidleSuccess += success;
  if (sd.newidleCall >= 1024) {
    sd.newidleRatio = sd.newidleSuccess;
    sd.newidleCall >>= 1;
    sd.newidleSuccess >>= 1;
  }
}

/** update_newidle_cost(): keeps the maximum, which decays by about 1 % a second; true when it just did. */
export function updateNewidleCost(machine: Machine, sd: SchedDomain, cost: number, success: number): boolean {
  if (cost !== 0) updateNewidleStats(sd, success);
  if (cost > sd.maxNewidleLbCost) {
    sd.maxNewidleLbCost = cost;
    sd.lastDecayMaxLbCost = machine.jiffies;
  } else if (machine.jiffies > sd.lastDecayMaxLbCost + machine.hz) {
    sd.maxNewidleLbCost = Math.floor((sd.maxNewidleLbCost * 253) / 256);
    sd.lastDecayMaxLbCost = machine.jiffies;
    return true;
  }
  return false;
}
