import type { PolicyFactory } from "../sim/policy/policy.ts";

/** Looks at the heaviest cold task first, so that few moves do, and never at what cannot move anyway. */
const heaviest: PolicyFactory = () => ({
  name: "heaviest",
  rank: ({ tasks }) =>
    tasks
      .filter(({ allowed, running }) => allowed && !running)
      .sort((a, b) => Number(a.hot) - Number(b.hot) || b.load - a.load),
});
export default heaviest;
