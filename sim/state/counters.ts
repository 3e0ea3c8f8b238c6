/** Slots of a pass's counters in DomainCounters.lb: `idleType * LB_SLOTS + slot`, idle types as in core-listener.ts. */
export const LB_COUNT = 0;
export const LB_BALANCED = 1;
export const LB_FAILED = 2;
export const LB_IMBALANCE = 3;
export const LB_GAINED = 4;
export const LB_HOT_GAINED = 5;
export const LB_NOBUSYQ = 6;
export const LB_NOBUSYG = 7;
export const LB_SLOTS = 8;

/** What the kernel counts per domain of a CPU. One row of counters per idle type, side by side. */
export class DomainCounters {
  readonly lb = new Float64Array(3 * LB_SLOTS);
  albCount = 0;
  albFailed = 0;
  albPushed = 0;
  ttwuWakeRemote = 0;
  ttwuMoveAffine = 0;
}

/** lb_* columns of /proc/schedstat for one idle type. */
export interface LbCounters {
  lbCount: number;
  lbBalanced: number;
  lbFailed: number;
  lbImbalance: number;
  lbGained: number;
  lbHotGained: number;
  lbNobusyq: number;
  lbNobusyg: number;
}

/** The counters of one idle type by name. */
export function lbCounters(counters: DomainCounters, idleType: number): LbCounters {
  const at = (slot: number) => counters.lb[idleType * LB_SLOTS + slot];
  return {
    lbCount: at(LB_COUNT),
    lbBalanced: at(LB_BALANCED),
    lbFailed: at(LB_FAILED),
    lbImbalance: at(LB_IMBALANCE),
    lbGained: at(LB_GAINED),
    lbHotGained: at(LB_HOT_GAINED),
    lbNobusyq: at(LB_NOBUSYQ),
    lbNobusyg: at(LB_NOBUSYG),
  };
}
