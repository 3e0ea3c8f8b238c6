import type { TraceRow } from "../../traces/schema.ts";
import type { Random } from "../engine/random.ts";
import type { Given, Parameters } from "../parameters.ts";
import type { Tunables } from "../tunables.ts";

/**
 * 0 stay, 1 or 2 migrate. Which of the two a policy says makes no difference: the trace column `migration` shows 2 (forced)
 * where the task that moves is cache-hot, and 1 where it is not or active balance does not ask.
 */
export type Verdict = 0 | 1 | 2;

/**
 * What a policy sees when `can_migrate_task` has passed the hard refusals (throttled, per-CPU kthread, affinity,
 * running), which always stay with CFS. The object and its row are reused between calls: copy what you keep.
 */
export interface MigrationQuery {
  /** Simulated time, ns. */
  now: number;
  /** task_hot() by the stock rule. */
  hot: boolean;
  /** env->flags has LBF_ACTIVE_LB: stock CFS moves the task whatever its heat. */
  activeBalance: boolean;
  /** sd->nr_balance_failed and sd->cache_nice_tries of the domain being balanced. */
  nrBalanceFailed: number;
  cacheNiceTries: number;
  /** Every column a recorder would see before the decision; `migration`, `detached`, `reason` are not yet set. */
  row: Readonly<TraceRow>;
}

/** A table of operations (operations.ts has them all): what a policy leaves out is done as stock CFS does it, at no cost. */
export interface Policy {
  readonly name: string;
  /** May this task move now? */
  decide?(query: MigrationQuery): Verdict;
  /**
   * Does this decision need the policy's model? Where the answer cannot matter it is not asked, and costs no inference. A policy
   * without this operation asks in every decision.
   */
  asks?(query: MigrationQuery): boolean;
}

/** What a policy may know about the chip. */
export interface PolicyChip {
  readonly name: string;
  readonly cpus: number;
  /** coreOf[cpu] is the physical core of a CPU; CPUs with equal entries are SMT siblings. -1: no CPU has that number. */
  readonly coreOf: readonly number[];
}

/** The tunables that are values. */
export type PolicyTunables = Readonly<Omit<Tunables, "newidleCost" | "newidleRandom">>;

/** What a policy is given when it is made. It stays the same object for the whole run. */
export interface PolicyHost {
  readonly chip: PolicyChip;
  /** The policy's own stream, uniform in [0, 1). */
  readonly random: Random;
  /** Simulated time, ns. */
  now(): number;
  readonly tunables: PolicyTunables;
  /** Values of all parameters that the policy declares: those given, else the defaults. */
  readonly parameters: Given;
}

/** Makes a policy for a run. It may keep state. */
export interface PolicyFactory {
  (host: PolicyHost): Policy;
  /** What can be set, by name. */
  readonly parameters?: Parameters;
}
