import type { Verdict } from "../policy/policy.ts";

/**
 * The end of can_migrate_task() in Linux 6.1: what stock CFS answers once the hard refusals are passed. Active balance
 * takes any task; a cold one goes; a hot one goes by force when the domain has failed to balance too often.
 */
export function stockRule(
  activeBalance: boolean,
  hot: boolean,
  nrBalanceFailed: number,
  cacheNiceTries: number,
): Verdict {
  if (activeBalance || !hot) return 1;
  return nrBalanceFailed > cacheNiceTries ? 2 : 0;
}
