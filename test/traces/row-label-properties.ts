import { expect } from "chai";
import fc from "fast-check";
import { canLabel } from "../../traces/label.ts";
import { decisionOf, ruleReason } from "../../traces/rule.ts";
import type { Target, TraceRow, TraceTable } from "../../traces/schema.ts";
import { tableFromRows, takeRows } from "../../traces/table.ts";
import * as arbitrary from "./arbitraries.ts";
import type { Properties } from "./label-properties.ts";
import { type Context, completions, contextWithGaps } from "./rule-completions.ts";

/** The targets that each row decides by itself. */
export type RowTarget = Exclude<Target, "forced_eventually">;
const ROW_TARGETS: readonly RowTarget[] = ["migrate", "forced_now", "forced_detached"];

/** Labels of the rows of a table that knows the columns of the target. */
export type RowLabeller = (table: TraceTable, target: RowTarget) => Uint8Array;

const RUNS = { numRuns: 200, verbose: false };

function labelsOf(label: RowLabeller, table: TraceTable): Partial<Record<RowTarget, number[]>> {
  const known = ROW_TARGETS.filter((target) => canLabel(table, target));
  return Object.fromEntries(known.map((target) => [target, [...label(table, target)]]));
}

export const rowLabelProperties: Properties<RowLabeller> = {
  "migrate, forced_now and forced_detached say what their names say": {
    invariant: "L5",
    holds: (label) =>
      fc.assert(
        fc.property(arbitrary.table, (table) => {
          const { migration, detached } = table.numeric;
          const expected: Record<RowTarget, (i: number) => boolean> = {
            migrate: (i) => migration[i] > 0,
            forced_now: (i) => migration[i] === 2,
            forced_detached: (i) => migration[i] === 2 && detached[i] === 1,
          };
          for (const [target, labels] of Object.entries(labelsOf(label, table)))
            expect(labels, target).to.deep.equal(
              Array.from(migration, (_, i) => (expected[target as RowTarget](i) ? 1 : 0)),
            );
        }),
        RUNS,
      ),
  },

  "forced_detached implies forced_now, which implies migrate": {
    invariant: "L5",
    holds: (label) =>
      fc.assert(
        fc.property(arbitrary.table, (table) => {
          const labels = labelsOf(label, table);
          for (let i = 0; i < table.rows; i++) {
            const [migrate, now, detached] = ROW_TARGETS.map((t) => labels[t]?.[i] ?? 0);
            expect(detached).to.be.at.most(now);
            expect(now).to.be.at.most(migrate);
          }
        }),
        RUNS,
      ),
  },

  "the label of a row hangs on that row alone": {
    invariant: "L5",
    holds: (label) =>
      fc.assert(
        fc.property(arbitrary.table, fc.array(fc.nat(), { maxLength: 30 }), (table, picks) => {
          fc.pre(table.rows > 0);
          const order = picks.map((p) => p % table.rows);
          const part = takeRows(table, order);
          const whole = labelsOf(label, table);
          for (const [target, labels] of Object.entries(labelsOf(label, part)))
            expect(labels).to.deep.equal(order.map((i) => whole[target as RowTarget]![i]));
        }),
        RUNS,
      ),
  },

  "labelling rows twice gives the same and writes nothing into them": {
    invariant: "L4",
    holds: (label) =>
      fc.assert(
        fc.property(arbitrary.table, (table) => {
          const copy = takeRows(table, [...Array(table.rows).keys()]);
          const once = labelsOf(label, table);
          expect(labelsOf(label, table)).to.deep.equal(once);
          expect(table.numeric).to.deep.equal(copy.numeric);
        }),
        RUNS,
      ),
  },
};

/** Fills empty reasons in place and says how many, as deriveReasons does. */
export type ReasonFinder = (table: TraceTable) => number;

const recorded = fc.tuple(contextWithGaps(3), fc.nat(2), fc.constantFrom("", "", "", "cold"));
type Recorded = [Context, number, string];
const tableOf = (rows: readonly Recorded[]): TraceTable =>
  tableFromRows(rows.map(([c, migration, reason]) => ({ ...c, migration, reason }) as Partial<TraceRow>));

/** The reasons that a row with gaps may have had, given its decision. */
function possible([c, migration]: Recorded): Set<string> {
  const reasons = completions(c).map((full) => ruleReason(tableFromRows([full as Partial<TraceRow>]), 0));
  const fitting = reasons.filter((r) => decisionOf(r) === migration);
  // where nobody recorded whether a task is a per-CPU kthread, such threads count as bound by their affinity
  const unrecorded = Number.isNaN(c.task_percpu_kthread);
  return new Set(fitting.map((r) => (r === "percpu_kthread" && unrecorded ? "affinity" : r)));
}

export const reasonProperties: Properties<ReasonFinder> = {
  "a derived reason gives the recorded decision": {
    invariant: "R1",
    holds: (derive) =>
      fc.assert(
        fc.property(fc.array(recorded, { maxLength: 6 }), (rows) => {
          const table = tableOf(rows);
          derive(table);
          rows.forEach(([, migration, before], i) => {
            const reason = table.text.reason[i];
            if (before === "" && reason !== "") expect(decisionOf(reason as "cold")).to.equal(migration);
          });
        }),
        RUNS,
      ),
  },

  "a reason is derived if and only if what is known leaves a single one": {
    invariant: "R2",
    holds: (derive) =>
      fc.assert(
        fc.property(recorded, ([c, migration]) => {
          const row: Recorded = [c, migration, ""];
          const table = tableOf([row]);
          derive(table);
          const left = [...possible(row)];
          expect(table.text.reason[0]).to.equal(left.length === 1 ? left[0] : "");
        }),
        { numRuns: 1000, verbose: false },
      ),
  },

  "a recorded reason is never replaced, and the count is that of the filled ones": {
    invariant: "R3",
    holds: (derive) =>
      fc.assert(
        fc.property(fc.array(recorded, { maxLength: 6 }), (rows) => {
          const table = tableOf(rows);
          const filled = derive(table);
          rows.forEach(([, , before], i) => {
            if (before !== "") expect(table.text.reason[i]).to.equal(before);
          });
          expect(filled).to.equal(
            rows.filter(([, , r], i) => r === "" && table.text.reason[i] !== "").length,
          );
        }),
        RUNS,
      ),
  },

  "deriving again derives nothing more": {
    invariant: "R3",
    holds: (derive) =>
      fc.assert(
        fc.property(fc.array(recorded, { maxLength: 6 }), (rows) => {
          const table = tableOf(rows);
          derive(table);
          const once = [...table.text.reason];
          expect(derive(table)).to.equal(0);
          expect(table.text.reason).to.deep.equal(once);
        }),
        RUNS,
      ),
  },

  "the migration cost in force decides what is hot": {
    invariant: "R4",
    holds: (derive) =>
      fc.assert(
        fc.property(fc.constantFrom(-1, 0, 1000, 500_000, 4_000_000), fc.nat(5_000_000), (cost, delta) => {
          const cold = cost === 0 || (cost > 0 && delta >= cost);
          const row = { task_throttled: 0, task_affine: 1, task_running: 0, lb_active: 0, task_policy: 0 };
          const table = tableFromRows([
            {
              ...row,
              sd_share_capacity: 0,
              task_buddy: 0,
              delta,
              sd_nr_balance_failed: 0,
              sd_cache_nice_tries: 1,
              migration: cold ? 1 : 0,
            },
          ]);
          table.meta = { ...table.meta, tunables: { migration_cost_ns: cost } };
          derive(table);
          expect(table.text.reason[0]).to.equal(cold ? "cold" : "hot_refused");
        }),
        RUNS,
      ),
  },
};
