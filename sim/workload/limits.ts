/** A single stretch of work or sleep, ns: an hour of work x 1000 (speeds are permille) stays below 2^53. */
export const MAX_STEP_NS = 3_600_000_000_000;
