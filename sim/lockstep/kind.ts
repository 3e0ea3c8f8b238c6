import type { Random } from "../engine/random.ts";
import type { Operation } from "./scenario.ts";

/**
 * What a step of a generated scenario may be: an operation, or a burst of wake-ups ("storm") or of blocks ("lull"); "hold" is
 * one with some operations and the "free" behind it, "clear" the removal of a group whose tasks are moved out first.
 */
export type OperationName = Operation | "storm" | "lull" | "clear";

/** A kind of generated scenario. */
export interface Kind {
  /** In a few words, for the help. */
  about: string;
  tasks: number;
  /** Tasks that a fork may add. */
  children?: number;
  steps: number;
  /** Nice values and policies, each entry equally likely. */
  nice: readonly number[];
  policies: readonly number[];
  /** Relative frequency of each operation. */
  operations: Readonly<Partial<Record<OperationName, number>>>;
  /** A step comes at a random moment within one of these after the step before, ns. */
  within: readonly number[];
  /** Groups at the start, in a tree of this depth (default 1); at most `maxGroups` (default: as many) in all. */
  groups?: number;
  depth?: number;
  maxGroups?: number;
  /** cpu.weight; quota, period and burst in us (quota -1: none). */
  weights?: readonly number[];
  quotas?: readonly number[];
  periods?: readonly number[];
  bursts?: readonly number[];
  /** Share of the groups that have a quota, and that are idle groups, at the start. */
  limited?: number;
  idle?: number;
  /** Real-time priorities, for the tasks of policies 1 and 2 and new ones. */
  priorities?: readonly number[];
  /** New nice values; default: those of the tasks. */
  renice?: readonly number[];
  masks?: readonly ("all" | "half" | "quarter" | "one" | "any")[];
  /** Wake-ups come from this many CPUs only, the lowest. */
  wakers?: number;
  /** The scenario begins with a wake-up of every task. */
  allAwake?: boolean;
  /** What else is left to the seed. */
  draw?: (random: Random) => Partial<Kind>;
}

export const NORMAL = 0;
export const FIFO = 1;
export const RR = 2;
export const BATCH = 3;
export const IDLE = 5;

export const US = 1000;
export const MS = 1_000_000;
export const SECOND = 1_000_000_000;
export const HOUR = 3600 * SECOND;
export const MIXED_NICE = [0, 0, 0, 0, -6, -3, 3, 6];
export const EXTREME_NICE = [-20, -15, 0, 10, 19];
export const EVERY_POLICY = [NORMAL, NORMAL, BATCH, IDLE];
/** Bursts, moments within a period, whole periods: a third each. */
export const WITHIN = [50 * US, 700 * US, 3.9 * MS];
