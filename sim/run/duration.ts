/** One simulated hour, ns: the longest run. */
export const MAX_DURATION_NS = 3_600_000_000_000;
/** Where neither the user nor the workload says how long, and it may go on for ever. */
export const DEFAULT_DURATION_NS = 10_000_000_000;
