import type { PolicyFactory } from "../sim/policy/policy.ts";

/**
 * What the published weights of MLLB (Chen et al., APSys 2020) do where they differ from the stock rule: a hot task that is a buddy
 * of its queue stays, however often balancing has failed.
 */
const mllb: PolicyFactory = () => ({
  name: "mllb",
  decide({ hot, activeBalance, nrBalanceFailed, cacheNiceTries, row }) {
    if (activeBalance || !hot) return 1;
    return nrBalanceFailed > cacheNiceTries && row.task_buddy !== 1 ? 2 : 0;
  },
});
export default mllb;
