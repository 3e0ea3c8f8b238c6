import { labelRows } from "../../traces/label.ts";
import { decisionOf, deriveReasons, ruleReason } from "../../traces/rule.ts";
import type { TraceTable } from "../../traces/schema.ts";
import type { ReasonFinder, RowLabeller, RowTarget } from "./row-label-properties.ts";

/** A labeller with one fault, and the properties that must find it. */
export interface RowMutant<T> {
  name: string;
  subject: T;
  killedBy: readonly string[];
}

const NAMES = "migrate, forced_now and forced_detached say what their names say";
const IMPLIES = "forced_detached implies forced_now, which implies migrate";
const ALONE = "the label of a row hangs on that row alone";
const TWICE = "labelling rows twice gives the same and writes nothing into them";

/** The right labels but for one target. */
const but =
  (wrong: RowTarget, is: (t: TraceTable, i: number) => boolean): RowLabeller =>
  (table, target) =>
    target === wrong
      ? Uint8Array.from({ length: table.rows }, (_, i) => (is(table, i) ? 1 : 0))
      : labelRows(table, target);

export const rowMutants: readonly RowMutant<RowLabeller>[] = [
  {
    name: "takes any migration for a forced one",
    subject: but("forced_now", (t, i) => t.numeric.migration[i] >= 1),
    killedBy: [NAMES],
  },
  {
    name: "takes a forced migration for no migration",
    subject: but("migrate", (t, i) => t.numeric.migration[i] === 1),
    killedBy: [NAMES, IMPLIES],
  },
  {
    name: "calls every detached task forced",
    subject: but("forced_detached", (t, i) => t.numeric.detached[i] === 1),
    killedBy: [NAMES, IMPLIES],
  },
  {
    name: "takes an unknown detach for one",
    subject: but("forced_detached", (t, i) => t.numeric.migration[i] === 2 && t.numeric.detached[i] !== 0),
    killedBy: [NAMES],
  },
  {
    name: "reads the detach of the row before",
    subject: but(
      "forced_detached",
      (t, i) => t.numeric.migration[i] === 2 && t.numeric.detached[i - 1] === 1,
    ),
    killedBy: [NAMES, ALONE],
  },
  {
    name: "clears what it has labelled",
    subject(table, target) {
      const labels = labelRows(table, target);
      table.numeric.migration.forEach((m, i) => {
        if (m === 2) table.numeric.migration[i] = 1;
      });
      return labels;
    },
    killedBy: [TWICE],
  },
];

const GIVES = "a derived reason gives the recorded decision";
const SINGLE = "a reason is derived if and only if what is known leaves a single one";
const KEPT = "a recorded reason is never replaced, and the count is that of the filled ones";
const AGAIN = "deriving again derives nothing more";
const COST = "the migration cost in force decides what is hot";

/** Fills by the rule alone, where `fills` allows. */
const filling =
  (fills: (t: TraceTable, i: number, decision: number) => boolean): ReasonFinder =>
  (table) => {
    let filled = 0;
    for (let i = 0; i < table.rows; i++) {
      const reason = ruleReason(table, i);
      if (!fills(table, i, decisionOf(reason))) continue;
      table.text.reason[i] = reason;
      filled++;
    }
    return filled;
  };

export const reasonMutants: readonly RowMutant<ReasonFinder>[] = [
  {
    name: "does not ask whether the decision fits",
    subject: filling((t, i) => t.text.reason[i] === ""),
    killedBy: [GIVES, SINGLE],
  },
  {
    name: "takes unknown flags for unset",
    subject: filling((t, i, d) => t.text.reason[i] === "" && d === t.numeric.migration[i]),
    killedBy: [SINGLE],
  },
  {
    name: "derives over recorded reasons",
    subject: filling((t, i, d) => d === t.numeric.migration[i]),
    killedBy: [KEPT, AGAIN],
  },
  {
    name: "counts the rows it has looked at",
    subject(table) {
      deriveReasons(table);
      return table.rows;
    },
    killedBy: [KEPT, AGAIN],
  },
  {
    name: "knows only the default migration cost",
    subject(table) {
      const plain = { ...table, meta: { ...table.meta, tunables: {} } };
      return deriveReasons(plain);
    },
    killedBy: [COST],
  },
];
