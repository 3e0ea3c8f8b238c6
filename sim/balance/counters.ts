/**
 * What /proc/schedstat (version 15) counts per CPU and domain. Arrays are indexed by idle type: CPU_IDLE 0,
 * CPU_NOT_IDLE 1, CPU_NEWLY_IDLE 2.
 */
export class DomainCounters {
  readonly lbCount = new Float64Array(3);
  readonly lbBalanced = new Float64Array(3);
  readonly lbFailed = new Float64Array(3);
  readonly lbImbalance = new Float64Array(3);
  readonly lbGained = new Float64Array(3);
  /** Of the gained ones: cache-hot, moved by force. */
  readonly lbHotGained = new Float64Array(3);
  readonly lbNobusyq = new Float64Array(3);
  readonly lbNobusyg = new Float64Array(3);
  albCount = 0;
  albFailed = 0;
  albPushed = 0;
  ttwuWakeRemote = 0;
  ttwuMoveAffine = 0;
}
