import type { MetricComparison } from "../../lab/compare/verdict.ts";
import { textTable } from "../output.ts";

/** What `nicetries compare --json` prints. */
export interface Comparison {
  a: string;
  b: string;
  pairs: number;
  /** Of them independent of each other: seeds of workloads. */
  worlds: number;
  /** Simulations without a partner. */
  alone: number;
  metrics: readonly MetricComparison[];
  gates: readonly { gate: string; past: boolean }[];
}

/** Four digits that count. */
export const digits = (x: number): string => (x === 0 ? "0" : String(Number(x.toPrecision(4))));

export const TABLE_HEADER: readonly string[] = [
  "metric",
  "unit",
  "A",
  "B",
  "B - A",
  "interval",
  "B / A",
  "verdict",
];

/** A row of the table. */
export function tableRow(m: MetricComparison): string[] {
  const many = m.verdict === "too few seeds";
  return [
    m.name,
    m.unit,
    digits(m.a),
    digits(m.b),
    digits(m.difference),
    `${digits(m.low)} to ${digits(m.high)}`,
    m.ratio === null ? "-" : m.ratio.toFixed(4),
    `${m.verdict}${many ? ` (needs ${m.needed === null || m.needed > 10_000 ? "more than 10,000" : `about ${m.needed}`})` : ""}`,
  ];
}

/** What `nicetries compare` prints for a person. */
export function comparisonText({ a, b, pairs, worlds, metrics }: Comparison): string {
  return [
    `A ${a}`,
    `B ${b}`,
    `${counted(pairs, "pair")} of simulations${worlds < pairs ? `, of which those of one seed and workload count together: ${worlds}` : ""}; intervals hold for all ${metrics.length} metrics together with 95 %`,
    "",
    textTable(TABLE_HEADER, metrics.map(tableRow)),
  ].join("\n");
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
