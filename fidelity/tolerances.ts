import type { Family } from "./metrics.ts";

/** How far simulated and real ranges may lie apart: the larger of a share of the real value and a floor. */
export interface Tolerance {
  /** Percent of the real value. */
  percent: number;
  /** In the metric's own unit: what so short a run cannot tell from chance. */
  floor: number;
  about: string;
}

/**
 * Written down before anything was compared with them. The percentages are those within which two different models of one machine
 * count as equal for the questions asked here (which tasks the balancer meets, how often, how hot); the floors are what two boots
 * of one kernel may differ by in a few seconds.
 */
export const TOLERANCES: Readonly<Record<Family, Tolerance>> = {
  rate: { percent: 20, floor: 5, about: "calls, moves, wake-ups, switches per second" },
  share: { percent: 20, floor: 4, about: "shares of the calls, in percentage points" },
  forced: { percent: 30, floor: 5, about: "forced calls of a thousand" },
  quantile: { percent: 30, floor: 1, about: "quantiles of the features" },
  balance: { percent: 25, floor: 5, about: "counters of balancing per second" },
  time: { percent: 10, floor: 0.1, about: "seconds of run and wait time per second" },
  cpuTime: {
    percent: 15,
    floor: 2,
    about: "shares of the CPU time of tasks of one name, in percentage points",
  },
  load: { percent: 15, floor: 5, about: "how busy CPUs are, in percentage points" },
  queue: { percent: 20, floor: 0.1, about: "tasks on a CPU's queue, on average" },
  stretch: { percent: 30, floor: 0.1, about: "quantiles of runs and of waits for a CPU, ms" },
};
