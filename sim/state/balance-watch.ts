import type { SchedDomain, SchedGroup } from "./domain.ts";
import type { GroupStats } from "./group-stats.ts";
import type { LbEnv } from "./lb-env.ts";
import type { Rq } from "./rq.ts";

/**
 * Is told of a balance pass from within, beyond what a CoreListener hears of its end. What it is handed is the scheduler's own
 * and reused: it copies what it keeps, and changes nothing.
 */
export interface BalanceWatch {
  /** load_balance() begins, or the stopper's push to `dst` (`active`). */
  begins(dst: Rq, sd: SchedDomain, idle: number, active: boolean): void;
  /** The groups of the domain are looked at (again). */
  looks(): void;
  /** One group, in the order of the ring. */
  group(group: SchedGroup, stats: GroupStats, local: boolean): void;
  /** The busiest group, with type and amount of the imbalance in `env`. */
  picked(env: LbEnv, busiest: SchedGroup): void;
  /** The queue to pull from. */
  queue(busiest: Rq): void;
  ends(sd: SchedDomain, outcome: string, examined: number, moved: number): void;
}
