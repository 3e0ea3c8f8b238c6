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
    withRange(percent(m.balancedAccuracy), m.intervals?.balancedAccuracy, percent),
    withRange(three(m.mcc), m.intervals?.mcc, three),
    m.prAuc === null ? "-" : withRange(three(m.prAuc), m.intervals?.prAuc ?? undefined, three),
    ...[m.confusion.tp, m.confusion.fp, m.confusion.tn, m.confusion.fn].map(String),
  ];
}
