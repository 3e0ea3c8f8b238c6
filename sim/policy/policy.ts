import type { TraceRow } from "../../traces/schema.ts";
import type { Random } from "../engine/random.ts";
import type { Given, Parameters } from "../parameters.ts";
import type { Tunables } from "../tunables.ts";
import type { ControlQuery, SettingChanges } from "./control.ts";
import type { IdleQuery } from "./idle.ts";
import type { PlaceQuery } from "./place.ts";
import type { Pull, PullQuery } from "./pull.ts";
import type { RankedTask, RankQuery } from "./rank.ts";

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
  /**
   * Where is a task to go that wakes up, is forked or executes? The number of a CPU. Where the hard rules forbid that one (affinity, no
   * such CPU) stock CFS chooses, and the run counts a veto.
   */
  place?(query: PlaceQuery): number;
  /**
   * A CPU goes idle: for how many ns is its idle task to spin before it lets the core sleep? 0, as in stock Linux: not at all. What spins
   * keeps its clock, where clocks are modelled.
   */
  idle?(query: IdleQuery): number;
  /**
   * In which order is a balance pass to look at the tasks of a queue? Tasks of the query, each at most once; behind the last one the
   * pass stops. Whether a task may be moved is decided as ever, one by one.
   */
  rank?(query: RankQuery): readonly RankedTask[];
  /**
   * The machine has come to rest, and a CPU is idle while a task waits that may run there: which one is to go where at once? Asked again
   * after each move. Undefined: none; then balancing has to find out.
   */
  pull?(query: PullQuery): Pull | undefined;
  /** Goes with control(): time between two calls, ns. They come with ticks: at the first one that is late enough. */
  readonly everyNs?: number;
  /** Which settings are to change from now on? Undefined: none. */
  control?(query: ControlQuery): SettingChanges | undefined;
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
  /**
   * Has a kernel thread of the policy's own compute for `ns` of CPU time (at full speed), and calls `done` when it has: the thread
   * waits for a CPU and takes its time from other tasks. Only while the policy is asked, not before.
   */
  work(ns: number, done: () => void): void;
  /** As the run begins with them. */
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
