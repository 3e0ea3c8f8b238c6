import { type NumericColumn, REASONS, type Reason, type TraceMetadata, type TraceTable } from "./schema.ts";

/**
 * The decision of Linux 6.1's `can_migrate_task` and `task_hot` (kernel/sched/fair.c), replayed from a row's own
 * context. With it the stock kernel's decisions are no mystery at all: on E1 and E3 it is the baseline that a model has
 * to be measured against.
 *
 *   throttled, per-CPU kthread, not affine, running   -> 0
 *   active balance                                    -> 1
 *   hot = no SMT domain, not SCHED_IDLE, and (a buddy with the destination not empty, or delta < migration cost)
 *   not hot                                           -> 1
 *   nr_balance_failed > cache_nice_tries              -> 2 (forced)
 *   else                                              -> 0
 *
 * Left out: NUMA locality (no NUMA in the schema) and core-scheduling cookies. The kernel asks `rq->nr_running` of the
 * destination for the buddy test, of which the schema has the fair part.
 *
 * One evaluation serves all: it leaves what is unknown (NaN) open, or, where a single answer is wanted, takes it to be as
 * in nearly every row. Where a collector did not record
 * `task_percpu_kthread`, such threads appear as `affinity`: they are bound to their CPU.
 */

const SCHED_IDLE = 5;

/** What the rule reads of a row. */
export const RULE_COLUMNS: readonly NumericColumn[] = [
  "task_throttled",
  "task_percpu_kthread",
  "task_affine",
  "task_running",
  "lb_active",
  "sd_nr_balance_failed",
  "sd_cache_nice_tries",
  "task_policy",
  "sd_share_capacity",
  "task_buddy",
  "dst_rq_nr_running",
  "delta",
];

/** sysctl_sched_migration_cost by default, ns. */
export const DEFAULT_MIGRATION_COST_NS = 500_000;

/**
 * The migration cost in force in a trace, ns; -1 makes every task hot, 0 none but buddies. The kernel shows its -1, an
 * unsigned int, as 2^32 - 1.
 */
export function migrationCost(meta: TraceMetadata): number {
  const cost = meta.tunables.migration_cost_ns ?? DEFAULT_MIGRATION_COST_NS;
  return cost === 2 ** 32 - 1 ? -1 : cost;
}

/** The decision that goes with a reason: 0 stay, 1 migrate, 2 forced. */
export function decisionOf(reason: Reason): 0 | 1 | 2 {
  if (reason === "active" || reason === "cold") return 1;
  return reason === "forced" ? 2 : 0;
}

/** A decision in one word: its reason, or the decision itself where that leaves but one reason, or `unknown`. */
export function decisionWord(reason: string, decision: number | undefined): string {
  if (reason !== "") return reason;
  return decision === decisionOf("forced") ? "forced" : "unknown";
}

/**
 * Fills in the `reason` of rows that have none; returns how many it filled. Replaces `table.text.reason`.
 *
 * Invariants:
 *  R1. A derived reason gives the recorded decision.
 *  R2. A reason is derived iff the known part of the row's context leaves a single one: nothing is guessed. Rows that the
 *      rule contradicts, or of which too little is known, keep an empty reason.
 *  R3. A reason that is there stays.
 *  R4. Hot is what the migration cost in force makes hot.
 */
export function deriveReasons(table: TraceTable): number {
  let filled = 0;
  let reasons = table.text.reason;
  for (let i = 0; i < table.rows; i++) {
    if (reasons[i] !== "") continue;
    const left = possibleReasons(table, i) & (WITH_DECISION[table.numeric.migration[i]] ?? 0);
    if (left === 0 || (left & (left - 1)) !== 0) continue;
    // columns that a file does not have may share one array
    if (filled === 0) table.text.reason = reasons = reasons.slice();
    reasons[i] = REASONS[31 - Math.clz32(left)];
    filled++;
  }
  return filled;
}

/** Bit of a reason in a set of reasons. */
const bitOf = (reason: Reason): number => 1 << REASONS.indexOf(reason);
const THROTTLED = bitOf("throttled");
const PERCPU_KTHREAD = bitOf("percpu_kthread");
const AFFINITY = bitOf("affinity");
const RUNNING = bitOf("running");
const ACTIVE = bitOf("active");
const COLD = bitOf("cold");
const HOT_REFUSED = bitOf("hot_refused");
const FORCED = bitOf("forced");
/** The reasons that go with each decision, as sets. */
export const WITH_DECISION: readonly number[] = [0, 1, 2].map((decision) =>
  REASONS.filter((r) => decisionOf(r) === decision).reduce((set, r) => set | bitOf(r), 0),
);

/** Bits of `possibleDecisions`. */
export const MAY_STAY = 1;
export const MAY_MIGRATE = 2;
export const MAY_FORCE = 4;

/**
 * The decisions that the rule allows for row `i` when the unknown parts of its context are left open: bit d is set when
 * decision d is possible. One bit alone: the row decides.
 */
export function possibleDecisions(table: TraceTable, i: number): number {
  const reasons = possibleReasons(table, i);
  let may = 0;
  if (reasons & WITH_DECISION[0]) may |= MAY_STAY;
  if (reasons & WITH_DECISION[1]) may |= MAY_MIGRATE;
  if (reasons & WITH_DECISION[2]) may |= MAY_FORCE;
  return may;
}

/** Neither no (0) nor yes (1). */
const OPEN = 2;
type Known = 0 | 1 | typeof OPEN;

/** Whether the task's delta is below the migration cost; an unknown one is open, or long. */
function deltaIsShort({ numeric, meta }: TraceTable, i: number, open: boolean): Known {
  const cost = migrationCost(meta);
  if (cost === -1) return 1;
  const delta = numeric.delta[i];
  if (cost === 0 || delta >= cost) return 0;
  return delta < cost ? 1 : open ? OPEN : 0;
}

/** `task_hot`. @param given Whether the delta is short, where the migration cost is not to be asked. */
function hotness(table: TraceTable, i: number, open: boolean, given?: Known): Known {
  const c = table.numeric;
  const policy = c.task_policy[i];
  const share = c.sd_share_capacity[i];
  if (policy === SCHED_IDLE || share === 1) return 0;
  const buddy = c.task_buddy[i];
  const waiting = c.dst_rq_nr_running[i];
  const byBuddy = buddy > 0 && waiting > 0 ? 1 : open && !(buddy <= 0 || waiting <= 0) ? OPEN : 0;
  const short = given ?? deltaIsShort(table, i, open);
  if (byBuddy === 0 && short === 0) return 0;
  if (open && (Number.isNaN(policy) || Number.isNaN(share))) return OPEN;
  return byBuddy === 1 || short === 1 ? 1 : OPEN;
}

/**
 * The reasons that the rule allows for row `i`, as a set of bits in the order of REASONS. Not `open`: an unknown value is
 * what nearly every row has, and a single reason is left.
 */
function evaluate(table: TraceTable, i: number, open: boolean, short?: Known): number {
  const c = table.numeric;
  let may = 0;
  const throttled = c.task_throttled[i];
  if (throttled === 1) return THROTTLED;
  if (open && Number.isNaN(throttled)) may |= THROTTLED;
  if (c.task_percpu_kthread[i] === 1) return may | PERCPU_KTHREAD;
  const affine = c.task_affine[i];
  if (affine === 0) return may | AFFINITY;
  if (open && Number.isNaN(affine)) may |= AFFINITY;
  const running = c.task_running[i];
  if (running === 1) return may | RUNNING;
  if (open && Number.isNaN(running)) may |= RUNNING;
  const active = c.lb_active[i];
  if (active === 1) return may | ACTIVE;
  if (open && Number.isNaN(active)) may |= ACTIVE;

  const hot = hotness(table, i, open, short);
  if (hot !== 1) may |= COLD;
  if (hot === 0) return may;
  const failed = c.sd_nr_balance_failed[i];
  const tries = c.sd_cache_nice_tries[i];
  if (failed > tries) return may | FORCED;
  // tries is a count: 0 failures are never too many
  return open && !(failed <= tries) && failed !== 0 ? may | HOT_REFUSED | FORCED : may | HOT_REFUSED;
}

/** The reasons that are possible for row `i` when the unknown parts of its context are left open, as a set of bits. */
export const possibleReasons = (table: TraceTable, i: number): number => evaluate(table, i, true);

/** The same where it is given whether the task's delta is below the migration cost, 1 or 0: the cost itself is not asked. */
export const possibleReasonsIf = (table: TraceTable, i: number, short: 0 | 1): number =>
  evaluate(table, i, true, short);

/** The one reason of row `i` where what is unknown is as usual, as a bit. */
const usualReason = (table: TraceTable, i: number): number => evaluate(table, i, false);

/** Why the rule decides row `i` as it does, what is unknown being as usual. */
export const ruleReason = (table: TraceTable, i: number): Reason =>
  REASONS[31 - Math.clz32(usualReason(table, i))];

/** The rule's decision for row `i`: 0 stay, 1 migrate, 2 forced. */
export function ruleDecision(table: TraceTable, i: number): 0 | 1 | 2 {
  const reason = usualReason(table, i);
  if (reason & (COLD | ACTIVE)) return 1;
  return reason === FORCED ? 2 : 0;
}

/** `task_hot` of row `i`, what is unknown being as usual. */
export const isHot = (table: TraceTable, i: number): boolean => hotness(table, i, false) === 1;
