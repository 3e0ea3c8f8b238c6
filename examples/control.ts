import type { PolicyFactory } from "../sim/policy/policy.ts";

/** Doubles the migration cost while tasks lose more time to cold caches than they wait for CPUs, else halves it. */
const steer: PolicyFactory = () => {
  let before = { refillNs: 0, waitNs: 0 };
  return {
    name: "steer",
    everyNs: 20_000_000,
    control({ counters, settings }) {
      const refilled = counters.refillNs - before.refillNs;
      const waited = counters.waitNs - before.waitNs;
      before = counters;
      const cost = Math.round(settings.migrationCostNs * (refilled > waited ? 2 : 0.5));
      return { migrationCostNs: Math.min(Math.max(cost, 50_000), 50_000_000) };
    },
  };
};
export default steer;
