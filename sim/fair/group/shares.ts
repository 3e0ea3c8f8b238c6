import { mulDivide, scaleLoadDown } from "../../lib/arithmetic.ts";
import { reweightEntity } from "../../pelt/load-avg.ts";
import type { CfsRq } from "../../state/cfs-rq.ts";
import type { SchedEntity } from "../../state/entity.ts";
import type { Machine } from "../../state/machine.ts";
import { updateCurr } from "../update-curr.ts";

/** A group's weight, divided among its entities on the CPUs. */

/** MIN_SHARES: the least load of an entity. */
const MIN_SHARES = 2;

/**
 * calc_group_shares(): what the group's load on this CPU is of its load everywhere. The average stands for the load elsewhere; here
 * it counts only where it is more than what is queued, so that a group that has just woken on one CPU has its whole weight there.
 */
function groupShares(cfs: CfsRq): number {
  const { tg } = cfs;
  const load = Math.max(scaleLoadDown(cfs.load), cfs.avg.loadAvg);
  const everywhere = tg.loadAvg - cfs.tgLoadAvgContrib + load;
  const shares = everywhere === 0 ? 0 : mulDivide(tg.shares, load, everywhere);
  return Math.min(Math.max(shares, MIN_SHARES), tg.shares);
}

/** update_cfs_group(): the entity's load as it is due; not while time stands still for its queue. */
export function updateCfsGroup(machine: Machine, se: SchedEntity): void {
  if (se.myQ !== null) updateShares(machine, se, se.myQ);
}

function updateShares(machine: Machine, se: SchedEntity, myQ: CfsRq): void {
  if (myQ.throttleCount !== 0) return;
  const { cfsRq } = se;
  const shares = groupShares(myQ);
  if (se.onRq && cfsRq.curr === se) updateCurr(machine, cfsRq);
  reweightEntity(cfsRq, se, shares);
}
