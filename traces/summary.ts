import { RunNumbers } from "./runs.ts";
import { TARGETS, type Target, type TraceMetadata, type TraceTable } from "./schema.ts";

/** A stretch of time without a record, ns. */
export interface Gap {
  from: number;
  to: number;
}

/** What a trace holds, in numbers. */
export interface TraceSummary {
  rows: number;
  /** ts of the first and last record by time, ns; null in an empty trace. */
  firstTs: number | null;
  lastTs: number | null;
  /** Recordings that the file holds, with their rows; empty where it holds but one. */
  runs: Record<string, number>;
  /** Tasks, by pid within each run. */
  pids: number;
  /** CPUs that occur as source or destination. */
  cpus: number;
  reasons: Record<string, number>;
  decisions: { stay: number; migrate: number; forced: number };
  /** Rows with each label; null where the trace does not record what the label needs. */
  positives: Record<Target, number | null>;
  /** Records that the collector says it lost; null where it does not say. */
  lost: number | null;
  /** The longest stretches without a record, longest first. */
  gaps: Gap[];
  /** Columns unknown in every row. */
  unknownColumns: string[];
  meta: TraceMetadata;
}

/** Above every pid. */
const MAX_PIDS = 2 ** 23;

/** Collects what `trace info` shows, chunk by chunk; the history labels come from a second pass elsewhere. */
export class TraceSummarizer {
  private rows = 0;
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;
  private readonly runs = new RunNumbers();
  private readonly runRows: number[] = [];
  /** pid and number of the run in one number. */
  private readonly pids = new Set<number>();
  private readonly cpus = new Set<number>();
  private readonly reasons = new Map<string, number>();
  private readonly decisions = [0, 0, 0];
  private detachedForced = 0;
  private detachedKnown = false;
  private readonly known = new Set<string>();
  private gaps: Gap[] = [];
  private readonly keptGaps: number;

  constructor(keptGaps = 3) {
    this.keptGaps = keptGaps;
  }

  observe(table: TraceTable): void {
    const { pid, ts, src_cpu, dst_cpu, migration, detached } = table.numeric;
    const { reason } = table.text;
    for (let i = 0; i < table.rows; i++) {
      const run = this.runs.of(table.text.run[i]);
      this.runRows[run] = (this.runRows[run] ?? 0) + 1;
      this.pids.add(pid[i] + run * MAX_PIDS);
      if (!Number.isNaN(src_cpu[i])) this.cpus.add(src_cpu[i]);
      if (!Number.isNaN(dst_cpu[i])) this.cpus.add(dst_cpu[i]);
      this.reasons.set(reason[i], (this.reasons.get(reason[i]) ?? 0) + 1);
      if (migration[i] >= 0 && migration[i] <= 2) this.decisions[migration[i]]++;
      if (!Number.isNaN(detached[i])) this.detachedKnown = true;
      if (migration[i] === 2 && detached[i] === 1) this.detachedForced++;
      this.time(ts[i]);
    }
    this.rows += table.rows;
    for (const [name, column] of Object.entries(table.numeric))
      if (!this.known.has(name) && !column.every(Number.isNaN)) this.known.add(name);
    for (const [name, column] of Object.entries(table.text))
      if (!this.known.has(name) && column.some((text) => text !== "")) this.known.add(name);
  }

  /** `eventually` is the number of rows labelled forced_eventually, null where that cannot be known. */
  finish(meta: TraceMetadata, columns: readonly string[], eventually: number | null): TraceSummary {
    const [stay, migrate, forced] = this.decisions;
    return {
      rows: this.rows,
      firstTs: Number.isFinite(this.first) ? this.first : null,
      lastTs: Number.isFinite(this.last) ? this.last : null,
      runs:
        this.runs.names.length < 2
          ? {}
          : Object.fromEntries(this.runs.names.map((name, run) => [name, this.runRows[run]])),
      pids: this.pids.size,
      cpus: this.cpus.size,
      reasons: Object.fromEntries([...this.reasons].sort((a, b) => b[1] - a[1])),
      decisions: { stay, migrate, forced },
      positives: {
        migrate: migrate + forced,
        forced_now: forced,
        forced_eventually: eventually,
        forced_detached: this.detachedKnown ? this.detachedForced : null,
      },
      lost: meta.lostRecords,
      gaps: this.gaps,
      unknownColumns: columns.filter((name) => !this.known.has(name)),
      meta,
    };
  }

  private time(ts: number): void {
    if (Number.isNaN(ts)) return;
    if (ts < this.first) this.first = ts;
    // gaps are measured against the latest record so far: late records open none
    if (ts > this.last) {
      const gap = { from: this.last, to: ts };
      if (Number.isFinite(this.last)) this.keepGap(gap);
      this.last = ts;
    }
  }

  private keepGap(gap: Gap): void {
    const length = gap.to - gap.from;
    const shortest = this.gaps.at(-1);
    if (this.gaps.length === this.keptGaps && shortest && length <= shortest.to - shortest.from) return;
    this.gaps.push(gap);
    this.gaps.sort((a, b) => b.to - b.from - (a.to - a.from));
    if (this.gaps.length > this.keptGaps) this.gaps.pop();
  }
}

/** The share of positives of every target that can be known. */
export function classBalance(summary: TraceSummary): Partial<Record<Target, number>> {
  const shares: Partial<Record<Target, number>> = {};
  for (const target of TARGETS) {
    const count = summary.positives[target];
    if (count !== null && summary.rows > 0) shares[target] = count / summary.rows;
  }
  return shares;
}
