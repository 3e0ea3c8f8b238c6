import { findImpossible } from "./impossible.ts";
import { decisionOf, possibleDecisions, ruleReason } from "./rule.ts";
import { RunNumbers } from "./runs.ts";
import { REASONS, type Reason, type TraceTable } from "./schema.ts";

/** A row that is not as it should be; `row` counts from 1 over the whole trace. */
export interface Finding {
  row: number;
  kind: "decision" | "reason" | "clock" | "impossible";
  message: string;
}

/** What a check of a trace has counted. */
export interface CheckResult {
  rows: number;
  /** Rows whose decision follows from their own context by the rule. */
  agree: number;
  /** Rows whose decision the rule contradicts. */
  disagree: number;
  /** Rows whose context is not known well enough to decide. */
  undecided: number;
  /** Records that the collector says it lost; null where it does not say. */
  lost: number | null;
  /** Rows whose recorded reason is not the rule's, or goes with another decision. */
  reasonMismatch: number;
  /** Rows whose clock is before that of an earlier row of the same source CPU. */
  clockErrors: number;
  /** Rows with a value that cannot be. */
  impossible: number;
  /** The first findings of all kinds. */
  findings: Finding[];
}

const DECISIONS = ["stay", "migrate", "forced"];

/**
 * Checks a trace chunk by chunk: replays each decision by the rule, compares reasons, looks after the clock of each
 * source CPU (its run-queue lock is held during the call, so its records are in order) and for impossible values.
 */
export class TraceChecker {
  private readonly result: CheckResult = {
    rows: 0,
    agree: 0,
    disagree: 0,
    undecided: 0,
    lost: null,
    reasonMismatch: 0,
    clockErrors: 0,
    impossible: 0,
    findings: [],
  };
  private readonly runs = new RunNumbers();
  /** By number of the run and source CPU. */
  private readonly clocks: Map<number, number>[] = [];
  private readonly keep: number;

  constructor(keepFindings = 20) {
    this.keep = keepFindings;
  }

  /** Takes the next rows of the trace. */
  observe(table: TraceTable): void {
    const r = this.result;
    r.lost = table.meta.lostRecords;
    for (let i = 0; i < table.rows; i++) {
      r.rows++;
      this.checkDecision(table, i);
      this.checkClock(table, i);
      const message = findImpossible(table, i);
      if (message !== null) {
        r.impossible++;
        this.note("impossible", message);
      }
    }
  }

  /** The result, once all rows have been observed. */
  finish(): CheckResult {
    return this.result;
  }

  private checkDecision(table: TraceTable, i: number): void {
    const r = this.result;
    const decision = table.numeric.migration[i];
    const may = possibleDecisions(table, i);
    if (Number.isNaN(decision)) {
      r.undecided++; // and impossible, as findImpossible says
      return;
    }
    if ((may & (1 << decision)) === 0 || !(decision >= 0 && decision <= 2)) {
      r.disagree++;
      const allowed = DECISIONS.filter((_, d) => may & (1 << d)).join(" or ");
      this.note("decision", `migration is ${decision}, the rule says ${allowed}`);
    } else if (may === 1 << decision) r.agree++;
    else r.undecided++;
    this.checkReason(table, i, may === 1 << decision);
  }

  /** A reason fixes the decision, whatever else is known; where the context decides (`decided`), it fixes the reason. */
  private checkReason(table: TraceTable, i: number, decided: boolean): void {
    const reason = table.text.reason[i];
    if (!isReason(reason)) return;
    const decision = table.numeric.migration[i];
    let message: string | undefined;
    if (decisionOf(reason) !== decision)
      message = `reason is ${reason}, which goes with migration ${decisionOf(reason)}, but migration is ${decision}`;
    else if (decided && reason !== ruleReason(table, i))
      message = `reason is ${reason}, the rule says ${ruleReason(table, i)}`;
    if (message === undefined) return;
    this.result.reasonMismatch++;
    this.note("reason", message);
  }

  private checkClock(table: TraceTable, i: number): void {
    const cpu = table.numeric.src_cpu[i];
    const ts = table.numeric.ts[i];
    if (Number.isNaN(cpu) || Number.isNaN(ts)) return;
    const run = this.runs.of(table.text.run[i]);
    this.clocks[run] ??= new Map();
    const clocks = this.clocks[run];
    const before = clocks.get(cpu);
    if (before !== undefined && ts < before) {
      this.result.clockErrors++;
      this.note("clock", `the clock of CPU ${cpu} goes back from ${before} to ${ts}`);
    } else clocks.set(cpu, ts);
  }

  private note(kind: Finding["kind"], message: string): void {
    if (this.result.findings.length < this.keep)
      this.result.findings.push({ row: this.result.rows, kind, message });
  }
}

/** True when the trace is as it should be. Lost records are reported, but are no fault of the rows that are there. */
export function isSound(result: CheckResult): boolean {
  return (
    result.disagree === 0 &&
    result.reasonMismatch === 0 &&
    result.clockErrors === 0 &&
    result.impossible === 0
  );
}

const isReason = (text: string): text is Reason => (REASONS as readonly string[]).includes(text);
