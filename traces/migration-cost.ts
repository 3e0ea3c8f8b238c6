import { InputError } from "./input-error.ts";
import { formatDuration } from "./quantity.ts";
import {
  DEFAULT_MIGRATION_COST_NS,
  migrationCost,
  possibleReasonsIf,
  RULE_COLUMNS,
  WITH_DECISION,
} from "./rule.ts";
import type { ColumnName, TraceMetadata, TraceTable } from "./schema.ts";

/**
 * The migration cost that was in force when a trace was recorded (sysctl_sched_migration_cost). The rule asks for it, and
 * `coldness` is measured in it; where nobody recorded it, the rows bound it: what was treated as hot by its delta ran less
 * than the cost ago, what was treated as cold did not.
 *
 * Invariants:
 *  M1. A row bounds the cost iff its decision is possible by the rule with its delta below the cost and impossible with its
 *      delta not below, or the other way round. Whatever cost lies within all bounds replays all rows alike.
 *  M2. People set round numbers: where a single number with one significant digit lies within the bounds, it is taken.
 *      Otherwise the kernel's default, if it lies within; else nobody can tell, and the user is asked.
 *  M3. What was inferred or assumed is said, and an assumed cost is never stored as if it had been recorded.
 */
export type CostOrigin = "recorded" | "given" | "inferred" | "assumed" | "undecided";

/** The migration cost of a trace, and how it is known. */
export interface MigrationCost {
  /** In force, ns: -1 all tasks are hot, 0 none but buddies. Where undecided, one within the bounds, if there is any. */
  ns: number;
  how: CostOrigin;
  /** What the rows allow, ns; null where no row bounds it. Not looked for where the cost is known. */
  least: number | null;
  most: number | null;
}

/** The columns that bound the cost. */
export const COST_COLUMNS: readonly ColumnName[] = [...RULE_COLUMNS, "migration"];

/** Note in the metadata of a trace whose rows told the cost. */
export const INFERRED_NOTE = "migration_cost";

/** Largest value of the sysctl, an unsigned int whose last value stands for -1. */
const LARGEST = 2 ** 32 - 2;

/** Collects the bounds chunk by chunk (M1). */
export class CostBounds {
  private least = Number.NEGATIVE_INFINITY;
  private most = Number.POSITIVE_INFINITY;

  observe(table: TraceTable): void {
    const { delta, migration } = table.numeric;
    for (let i = 0; i < table.rows; i++) {
      const decided = WITH_DECISION[migration[i]];
      if (decided === undefined || Number.isNaN(delta[i])) continue;
      const ifHot = (possibleReasonsIf(table, i, 1) & decided) !== 0;
      const ifCold = (possibleReasonsIf(table, i, 0) & decided) !== 0;
      if (ifHot === ifCold) continue;
      if (ifHot) this.least = Math.max(this.least, delta[i] + 1);
      else this.most = Math.min(this.most, delta[i]);
    }
  }

  /** What follows from the rows (M2). */
  conclude(): MigrationCost {
    const { least, most } = this;
    const bounds = {
      least: Number.isFinite(least) ? least : null,
      most: Number.isFinite(most) ? most : null,
    };
    const within = (ns: number) => ns >= least && ns <= most;
    const round = roundNumbers().filter(within);
    if (round.length === 1) return { ns: round[0], how: "inferred", ...bounds };
    const standard = DEFAULT_MIGRATION_COST_NS;
    if (within(standard)) return { ns: standard, how: "assumed", ...bounds };
    const inside = bounds.most ?? bounds.least ?? standard;
    return { ns: least > most ? standard : Math.max(0, inside), how: "undecided", ...bounds };
  }
}

/** All numbers with one significant digit that the sysctl takes. */
function roundNumbers(): number[] {
  const numbers: number[] = [];
  for (let power = 1; power <= LARGEST; power *= 10)
    for (let digit = 1; digit < 10 && digit * power <= LARGEST; digit++) numbers.push(digit * power);
  return numbers;
}

/** The cost that the metadata or the user tell; undefined where the rows have to. */
function known(meta: TraceMetadata, given: number | undefined, file: string): MigrationCost | undefined {
  const recorded = meta.tunables.migration_cost_ns !== undefined;
  const inferred = recorded && Object.hasOwn(meta.notes, INFERRED_NOTE);
  const unbounded = { least: null, most: null };
  if (given === undefined || (recorded && given === migrationCost(meta))) {
    if (!recorded) return undefined;
    return { ns: migrationCost(meta), how: inferred ? "inferred" : "recorded", ...unbounded };
  }
  if (recorded && !inferred)
    throw new InputError("the trace says itself which migration cost was in force", {
      file,
      option: "migrationCost",
      found: costText(given),
      expected: `${costText(migrationCost(meta))}, as recorded`,
      hint: "Leave the option out; if the recording is wrong, import it again with a corrected metadata file.",
    });
  return { ns: given, how: "given", ...unbounded };
}

/**
 * Finds out the cost of a trace, by its rows if need be.
 * @param given As the user says, for a trace that does not say itself. ns.
 * @throws InputError where the two disagree.
 */
export async function settleMigrationCost(
  meta: TraceMetadata,
  file: string,
  chunks: () => AsyncIterable<TraceTable> | Iterable<TraceTable>,
  given?: number,
): Promise<MigrationCost> {
  const settled = known(meta, given, file);
  if (settled) return settled;
  const bounds = new CostBounds();
  for await (const chunk of chunks()) bounds.observe(chunk);
  return bounds.conclude();
}

/** Metadata by which the rule asks for this cost. For use in memory: see `recordCost` for what may be stored. */
export function withCost(meta: TraceMetadata, cost: MigrationCost): TraceMetadata {
  return { ...meta, tunables: { ...meta.tunables, migration_cost_ns: cost.ns } };
}

/** What of the cost may be stored (M3): what somebody said, and what the rows told, with a note. */
export function recordCost(meta: TraceMetadata, cost: MigrationCost): TraceMetadata {
  const { [INFERRED_NOTE]: _, ...notes } = meta.notes;
  switch (cost.how) {
    case "recorded":
      return meta;
    case "given":
      return { ...withCost(meta, cost), notes };
    case "inferred":
      if (meta.tunables.migration_cost_ns !== undefined) return meta;
      return {
        ...withCost(meta, cost),
        notes: { ...notes, [INFERRED_NOTE]: `inferred from the rows: ${rangeText(cost)}` },
      };
    default:
      return meta;
  }
}

/** What a person should know about a cost that nobody recorded; undefined where there is nothing to say. */
export function costRemark(cost: MigrationCost, file: string): string | undefined {
  const { how, least, most } = cost;
  if (how === "recorded" || how === "given" || (how === "inferred" && least === null && most === null))
    return undefined;
  const unknown = `${file}: the migration cost is not recorded`;
  if (how === "inferred") return `${unknown}; the rows say ${costText(cost.ns)} (${rangeText(cost)})`;
  const ask = "say which was in force";
  const tells = least === null && most === null ? "no row tells it" : `the rows allow ${rangeText(cost)}`;
  if (how === "assumed")
    return `${unknown}, and ${tells}: the kernel's default of ${costText(cost.ns)} is assumed; ${ask} if it was another`;
  if (isContradictory(cost))
    return `${unknown}, and none explains all rows (${rangeText(cost)}): ${costText(cost.ns)} is assumed; ${ask}`;
  return `${unknown}, and ${tells}, but not the kernel's default: ${ask}`;
}

/** Where rows contradict the rule, and they agree on another cost than the one in force: that is probably why. */
export function costDoubt(inForce: MigrationCost, told: MigrationCost, file: string): string | undefined {
  if (told.how !== "inferred" || told.ns === inForce.ns) return undefined;
  const whose = inForce.how === "given" ? "as was said" : "as the metadata say";
  return (
    `${file}: the migration cost in force is ${costText(inForce.ns)} ${whose}, but the rows say ${costText(told.ns)} ` +
    `(${rangeText(told)}): import the recording again with that, or with a corrected metadata file`
  );
}

/** Refuses a trace whose cost nobody can tell: a model would learn, or be judged by, a wrong `coldness`. */
export function refuseUndecidedCost(cost: MigrationCost, file: string): void {
  if (cost.how !== "undecided") return;
  throw new InputError("the migration cost is not recorded, and the rows do not tell it", {
    file,
    field: "migration_cost_ns",
    found: isContradictory(cost)
      ? `rows that no cost explains: ${rangeText(cost)}`
      : `rows that allow ${rangeText(cost)}`,
    expected: "the value of /sys/kernel/debug/sched/migration_cost_ns when it was recorded",
    option: "migrationCost",
    hint: "Give it, such as 4ms.",
  });
}

const isContradictory = ({ least, most }: MigrationCost): boolean =>
  least !== null && most !== null && least > most;

/** A migration cost as a person reads it. */
export function costText(ns: number): string {
  if (ns === -1) return "-1 (everything is hot)";
  return ns === 0 ? "0 (nothing is hot but buddies)" : formatDuration(ns);
}

function rangeText({ least, most }: MigrationCost): string {
  if (least !== null && most !== null && least > most)
    return `hot at ${timeText(least - 1)}, cold at ${timeText(most)}`;
  if (least !== null && most !== null) return `${timeText(least)} to ${timeText(most)}`;
  if (least !== null) return `at least ${timeText(least)}`;
  return most === null ? "any value" : `at most ${timeText(most)}`;
}

const timeText = (ns: number): string => (ns < 0 ? `-${formatDuration(-ns)}` : formatDuration(ns));
