// A policy in plain JavaScript: gives way after the first failed balance, where stock CFS waits for cache_nice_tries more.
export default () => ({
  name: "impatient",
  decide: ({ hot, activeBalance, nrBalanceFailed }) =>
    hot && !activeBalance && nrBalanceFailed === 0 ? 0 : 1,
});
