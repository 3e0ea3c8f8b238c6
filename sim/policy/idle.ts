/** What a policy sees when a CPU has nothing to run any more: do_idle(). */
export interface IdleQuery {
  /** Simulated time, ns. */
  readonly now: number;
  /** The CPU, by the number that the kernel knows it by. */
  readonly cpu: number;
  /** The task that ran there has ended: it does not only sleep. */
  readonly exited: boolean;
}

/** The longest that an idle task may be told to spin, ns. */
export const MAX_SPIN_NS = 1e9;
