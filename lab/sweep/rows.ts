import type { Cell } from "./dimensions.ts";

/** One simulation of a sweep. */
export interface SweepRow {
  /** Its place in the plan (plan.ts, L1). */
  index: number;
  cell: Cell;
  seed: string;
  /** By the names of METRICS. */
  metrics: Readonly<Record<string, number>>;
  events: number;
  /** Calls of can_migrate_task(). */
  records: number;
  /** Over these calls: equal simulations have equal ones. */
  traceSha256: string;
}
