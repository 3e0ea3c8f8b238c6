import type { Table } from "./columns.ts";

/**
 * What the explorer shows of a run: the same of a simulation, of a trace of decisions and of a recorded schedule, as far as each
 * has it.
 *
 * Invariants:
 *  E1. Tables are in the order of time (`time` or `start`), integer ns from the beginning of the run.
 *  E2. `cpu`, `src`, `dst`, `from` and `to` are indices in `cpus`, `task` in `tasks`; -1 stands for unknown.
 *  E3. On a CPU one slice ends before the next one begins; a task has one slice or wait at a time.
 *  E4. The decisions of a pass are `decisionCount` rows from `firstDecision` on, in the order in which they were made; its groups
 *      likewise. Each decision names its pass.
 *  E5. NaN stands for what the source does not know.
 */
export interface ExplorerRun {
  /** What it is, in a line. */
  title: string;
  source: "simulation" | "trace" | "recording";
  /** The command that makes it again; "": there is none. */
  command: string;
  /** Sentences on what the source does not have. */
  gaps: readonly string[];
  durationNs: number;
  /** How long a task counts as cache-hot; NaN: unknown. */
  migrationCostNs: number;
  cpus: readonly ExplorerCpu[];
  tasks: readonly ExplorerTask[];
  /** Names of domain levels, and sets of CPUs (the kernel's numbers), by index. */
  levels: readonly string[];
  cpuSets: readonly (readonly number[])[];
  slices: Table<SliceColumn>;
  waits: Table<WaitColumn>;
  moves: Table<MoveColumn>;
  decisions: Table<DecisionColumn>;
  passes: Table<PassColumn>;
  groups: Table<GroupColumn>;
}

/** A lane. `core`, `llc` and `node` are -1 where nobody knows. */
export interface ExplorerCpu {
  number: number;
  core: number;
  llc: number;
  node: number;
}

export interface ExplorerTask {
  pid: number;
  comm: string;
  /** Time spent refilling caches after moves and absence, ns; only the simulator knows. */
  refillNs?: number;
}

/** Stretches on a CPU; `state`: how it ended, index in STATES. */
export const SLICE_COLUMNS = ["cpu", "task", "start", "length", "state"] as const;
/** Stretches runnable without running; `cpu`: where it waited. */
export const WAIT_COLUMNS = ["cpu", "task", "start", "length"] as const;
/** Changes of CPU; `kind`: index in MOVE_KINDS; `decision`: the call that allowed it, -1: none. */
export const MOVE_COLUMNS = ["time", "task", "from", "to", "kind", "decision"] as const;
/** can_migrate_task() calls; `reason`: index in REASONS of traces/schema.ts, `type` in MIGRATION_TYPES, -1 unknown. */
export const DECISION_COLUMNS = [
  ...["time", "task", "src", "dst", "pass", "reason", "migration", "detached"],
  ...["failed", "tries", "delta", "justMoved", "buddy", "policy", "shared", "imbalance", "type", "load"],
] as const as readonly DecisionColumn[];
/** Balance passes; `outcome`: index in OUTCOMES, `kind` in PASS_KINDS, `busiestGroup` among its own groups. */
export const PASS_COLUMNS = [
  ...["time", "cpu", "byCpu", "kind", "level", "outcome", "imbalance", "type", "busiestGroup", "busiestCpu"],
  ...["examined", "moved", "failedBefore", "failedAfter", "tries", "intervalBefore", "intervalAfter"],
  ...["firstDecision", "decisionCount", "firstGroup", "groupCount"],
] as const as readonly PassColumn[];
/** What passes saw of groups; `type`: index in GROUP_TYPES, `cpus` in the run's cpuSets. */
export const GROUP_COLUMNS = [
  ...["cpus", "local", "type", "load", "capacity", "util", "nrRunning", "idleCpus", "avgLoad"],
] as const as readonly GroupColumn[];

export type SliceColumn = (typeof SLICE_COLUMNS)[number];
export type WaitColumn = (typeof WAIT_COLUMNS)[number];
export type MoveColumn = (typeof MOVE_COLUMNS)[number];
export type DecisionColumn =
  | ("time" | "task" | "src" | "dst" | "pass" | "reason" | "migration" | "detached")
  | ("failed" | "tries" | "delta" | "justMoved" | "buddy" | "policy" | "shared" | "imbalance")
  | ("type" | "load");
export type PassColumn =
  | ("time" | "cpu" | "byCpu" | "kind" | "level" | "outcome" | "imbalance" | "type" | "busiestGroup")
  | ("busiestCpu" | "examined" | "moved" | "failedBefore" | "failedAfter" | "tries" | "intervalBefore")
  | ("intervalAfter" | "firstDecision" | "decisionCount" | "firstGroup" | "groupCount");
export type GroupColumn =
  | ("cpus" | "local" | "type" | "load" | "capacity" | "util" | "nrRunning" | "idleCpus")
  | "avgLoad";

export const STATES = ["R", "S", "D", "T", "t", "X", "Z", "P", "I"] as const;
export const MOVE_KINDS = ["wakeup", "exec", "balance", "active", "affinity", "push", "pull"] as const;
export const PASS_KINDS = ["newly_idle", "periodic", "nohz", "active"] as const;
export const OUTCOMES = [
  ...["moved", "active", "failed", "pinned", "nobusyq", "nobusyg", "not_ours"],
] as const as readonly string[];
export const GROUP_TYPES = [
  ...["group_has_spare", "group_fully_busy", "group_misfit_task", "group_asym_packing", "group_imbalanced"],
  "group_overloaded",
] as const as readonly string[];
