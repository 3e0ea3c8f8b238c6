import type { Metrics } from "../model/evaluation/metrics.ts";
import type { Evaluation } from "../model/pipeline.ts";
import { textTable } from "./output.ts";

const percent = (x: number) => (100 * x).toFixed(2);

/** An evaluation for people: a line per judge, intervals where they were computed. */
export function evaluationTable(e: Evaluation): string {
  const judges: [string, Metrics | null][] = [
    ["model", e.model],
    ["model, fixed point", e.fixedPoint],
    ["rule of the kernel", e.rule],
    ["majority class", e.majority],
    ["logistic regression", e.logistic],
    ["small tree", e.tree],
  ];
  const rows = judges.flatMap(([name, m]) => (m ? [line(name, m)] : []));
  const header = ["", "accuracy %", "balanced %", "MCC", "PR-AUC", "TP", "FP", "TN", "FN"];
  const skipped = e.skipped > 0 ? `, ${e.skipped} with unknown inputs left out` : "";
  const fitted =
    e.baselinesFrom === "cross-fit" ? "\nThe last two are fitted to the other parts of these rows." : "";
  return `${e.target}: ${e.rows} rows, ${e.positives} positive${skipped}\n${textTable(header, rows)}${fitted}`;
}

function line(name: string, m: Metrics): string[] {
  const withRange = (
    text: string,
    range: readonly [number, number] | undefined,
    show: (x: number) => string,
  ) => (range ? `${text} [${show(range[0])}, ${show(range[1])}]` : text);
  const three = (x: number) => x.toFixed(3);
  return [
    name,
    withRange(percent(m.accuracy), m.intervals?.accuracy, percent),
    withRange(percent(m.balancedAccuracy), m.intervals?.balancedAccuracy ?? undefined, percent),
    withRange(three(m.mcc), m.intervals?.mcc ?? undefined, three),
    m.prAuc === null ? "-" : withRange(three(m.prAuc), m.intervals?.prAuc ?? undefined, three),
    ...[m.confusion.tp, m.confusion.fp, m.confusion.tn, m.confusion.fn].map(String),
  ];
}

/** How the model fares on the rows of each reason. */
export function reasonTable(e: Evaluation): string {
  const rows = Object.entries(e.byReason).map(([reason, s]) => [
    reason,
    String(s.rows),
    String(s.positives),
    percent(s.accuracy),
    s.recall === null ? "-" : percent(s.recall),
  ]);
  return textTable(["reason", "rows", "positive", "accuracy %", "recall %"], rows);
}

/** Whether the model's probabilities mean what they say. */
export function calibrationTable(e: Evaluation): string {
  const { bins, expectedError, brier } = e.calibration;
  const rows = bins.map((b) => [b.meanProbability.toFixed(3), b.positiveShare.toFixed(3), String(b.rows)]);
  const table = textTable(["mean probability", "share of positives", "rows"], rows);
  return `${table}\nexpected calibration error ${expectedError.toFixed(4)}, Brier score ${brier.toFixed(5)}`;
}
