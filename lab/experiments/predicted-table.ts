/** How tables show what learners make of histories: by test set, after what a rule makes of it. */
import { differenceInterval } from "../../model/evaluation/bootstrap.ts";
import type { Predicted, Prediction, Share } from "./jobs/prediction.ts";
import { type Cell, percent, within } from "./table.ts";

/** Predictions by what they are called in a table. */
export type Labelled = readonly (readonly [string, Predicted])[];

export const COLUMNS = [
  { name: "PR-AUC (95 %)", digits: 3 },
  { name: "MCC (95 %)", digits: 3 },
  { name: "balanced %, cut for it (95 %)", digits: 1 },
  { name: "PR-AUC, not forced now" },
  { name: "PR-AUC, ahead" },
];

/** @param than Whose metrics the last columns are relative to. */
export function tableRows(of: Labelled, than?: Predicted): Cell[][] {
  return Object.keys(of[0][1]).flatMap((data) => {
    const { rows, positives, rule, ruleAndBefore, notForcedNow, ahead } = of[0][1][data];
    const title = `${data}: ${positives.toLocaleString("en")} of ${rows.toLocaleString("en")}`;
    const fill: Cell[] = than ? [null, null] : [];
    const base = [notForcedNow, ahead].map(({ baseRate }) => `(${baseRate.toFixed(4)})`);
    return [
      [title, "the rule alone", ...metricCells(rule, rule), ...base, ...fill],
      [
        "",
        `the rule, or forced before (${asked(ruleAndBefore) - asked(rule)} calls more)`,
        ...metricCells(ruleAndBefore, ruleAndBefore),
        null,
        null,
        ...fill,
      ],
      ...of.map(([label, by]): Cell[] => [
        ...["", label, ...cells(by[data])],
        ...(than ? gained(than[data], by[data]) : []),
      ]),
    ];
  });
}

/** How many calls a judge says yes to. */
const asked = ({ confusion: { tp, fp } }: Prediction["rule"]): number => tp + fp;

const shareCell = ({ prAuc }: Share): Cell => (prAuc === null ? null : prAuc.toFixed(3));

const cells = ({ byMcc, balanced, notForcedNow, ahead }: Prediction): Cell[] => [
  ...metricCells(byMcc, balanced),
  shareCell(notForcedNow),
  shareCell(ahead),
];

const metricCells = (own: Prediction["byMcc"], balanced: Prediction["balanced"]): Cell[] => [
  within(own.prAuc, own.intervals?.prAuc),
  within(own.mcc, own.intervals?.mcc),
  percent(balanced.balancedAccuracy, balanced.intervals?.balancedAccuracy),
];

/** Over what was known before, on the same rows. */
function gained(before: Prediction, after: Prediction): Cell[] {
  if (before === after) return [null, null];
  return (["prAuc", "mcc"] as const).map((name) => {
    const [a, b] = [before.byMcc[name], after.byMcc[name]];
    return within(
      a === null || b === null ? null : b - a,
      differenceInterval(before.draws[name], after.draws[name]),
    );
  });
}
