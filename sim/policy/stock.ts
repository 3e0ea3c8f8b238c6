import type { PolicyFactory, Verdict } from "./policy.ts";

/** Verdict for a task that is to move: 2 (forced) when it is hot, 1 when it is not. Active balance does not ask for heat. */
export const move = (query: { hot: boolean; activeBalance: boolean }): Verdict =>
  query.hot && !query.activeBalance ? 2 : 1;

/**
 * The rule of can_migrate_task() in Linux 6.1 written as a policy: cold tasks move, hot ones stay until the domain has
 * failed to balance more often than it tolerates. `niceTries` replaces every domain's cache_nice_tries.
 * (Without a policy the core applies the same rule by itself; the migration cost is a tunable.)
 */
export const cfs =
  (options: { niceTries?: number } = {}): PolicyFactory =>
  () => ({
    name: options.niceTries === undefined ? "cfs" : `cfs:nice-tries=${options.niceTries}`,
    decide(query) {
      if (query.activeBalance || !query.hot) return 1;
      return query.nrBalanceFailed > (options.niceTries ?? query.cacheNiceTries) ? 2 : 0;
    },
  });

/** Never moves a hot task, however often balancing failed: the bound on what forced migrations are good for. */
export const neverHot: PolicyFactory = () => ({
  name: "never-hot",
  decide: (query) => (query.activeBalance || !query.hot ? 1 : 0),
});

/** Moves every task it is asked about: the other bound. */
export const always: PolicyFactory = () => ({ name: "always", decide: move });
