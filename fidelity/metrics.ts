import { BALANCE_KINDS } from "../traces/schedstat.ts";
import { type NumericColumn, REASONS } from "../traces/schema.ts";
import type { Observation } from "./observation.ts";

/** What a number measures; its tolerance depends on that (tolerances.ts). */
export type Family =
  | ("rate" | "share" | "forced" | "quantile" | "balance" | "time")
  | ("cpuTime" | "load" | "queue" | "stretch");

export interface Metric {
  name: string;
  family: Family;
  value: number;
  /** How many events it was computed from. */
  events: number;
  /** Of a quantile of a schedule: where the true one lies, 95 times of 100; `few`: so few samples do not tell. */
  sure?: readonly [low: number, high: number];
  few?: boolean;
  /** Of other metrics, where it is known: the standard error between blocks of the run's time (blocks.ts). */
  error?: number;
}

/** Values of the features of which quantiles are compared, over calls for tasks that were not running. */
const QUANTILES: readonly (readonly [column: NumericColumn, unit: string, scale: number])[] = [
  ["delta", "ms", 1e-6],
  ["imbalance", "", 1],
  ["src_rq_nr_running", "", 1],
  ["src_rq_load", "", 1],
  ["task_load_avg", "", 1],
  ["task_util_avg", "", 1],
  ["sd_nr_balance_failed", "", 1],
];
const PERCENTS = [10, 50, 90] as const;

/** A task that has just migrated has been off the CPU for the whole uptime: all that is longer counts as this, ns. */
const LONGEST_DELTA_NS = 1e9;

/** All metrics of a run, in the order in which they are shown. */
export function metricsOf(observation: Observation): Metric[] {
  return [...ofDecisions(observation), ...ofQuantiles(observation), ...ofCounters(observation)];
}

/** The calls of a run, and how long it was. */
export type Calls = Pick<Observation, "seconds" | "decisions" | "isOwn">;

function ownRows({ decisions, isOwn }: Calls): number[] {
  const rows = Array.from({ length: decisions.rows }, (_, row) => row);
  return isOwn ? rows.filter((row) => isOwn(decisions.text.comm[row]!)) : rows;
}

/**
 * The calls: how many, why, and what became of them.
 * @param counts Leaves rows out; `seconds` is then how long the others took.
 */
export function ofDecisions(observation: Calls, counts: (row: number) => boolean = () => true): Metric[] {
  const { seconds, decisions } = observation;
  const { numeric, text } = decisions;
  const own = ownRows(observation);
  const rows = own.filter(counts);
  const count = (holds: (row: number) => boolean) => rows.filter(holds).length;
  const rate = (name: string, n: number): Metric => ({ name, family: "rate", value: n / seconds, events: n });
  const share = (name: string, n: number): Metric => ({
    name,
    family: "share",
    value: rows.length === 0 ? 0 : (100 * n) / rows.length,
    events: rows.length,
  });
  // forced calls are few: they have a tolerance of their own, of a thousand, and no second one as a share
  const forced = count((row) => text.reason[row] === "forced");
  return [
    rate("calls/s", rows.length),
    ...REASONS.filter((reason) => reason !== "forced").map((reason) =>
      share(
        `${reason} %`,
        count((row) => text.reason[row] === reason),
      ),
    ),
    share(
      "newly idle %",
      count((row) => numeric.cpu_newly_idle[row] === 1),
    ),
    share(
      "idle %",
      count((row) => numeric.cpu_idle[row] === 1),
    ),
    {
      name: "forced per 1000",
      family: "forced",
      value: rows.length === 0 ? 0 : (1000 * forced) / rows.length,
      events: forced,
    },
    rate(
      "detached/s",
      count((row) => numeric.detached[row] === 1),
    ),
    rate("migrations/s", migrationsSeen(observation, own, counts)),
  ];
}

/** Moves of all kinds between a task's first call and its last, by its own counter; each counts at the call that shows it. */
function migrationsSeen(
  { decisions }: Calls,
  rows: readonly number[],
  counts: (row: number) => boolean,
): number {
  const { pid, task_nr_migrations: moves } = decisions.numeric;
  const last = new Map<number, number>();
  let total = 0;
  for (const row of rows) {
    const before = last.get(pid[row]!);
    if (before !== undefined && counts(row)) total += moves[row]! - before;
    last.set(pid[row]!, moves[row]!);
  }
  return total;
}

function ofQuantiles(observation: Observation): Metric[] {
  const { numeric } = observation.decisions;
  const rows = ownRows(observation).filter((row) => numeric.task_running[row] !== 1);
  return QUANTILES.flatMap(([column, unit, scale]) => {
    const most = column === "delta" ? LONGEST_DELTA_NS : Number.POSITIVE_INFINITY;
    const sorted = Float64Array.from(rows, (row) => Math.min(most, numeric[column][row]!)).sort();
    return PERCENTS.map(
      (percent): Metric => ({
        name: `${column} p${percent}${unit && ` ${unit}`}`,
        family: "quantile",
        value: sorted.length === 0 ? 0 : sorted[Math.floor((sorted.length * percent) / 100)]! * scale,
        events: sorted.length,
      }),
    );
  });
}

/** What /proc/schedstat counts, by level and kind of balancing, then of CPUs; last the workload's own time. */
function ofCounters({ seconds, counted, own, levels }: Observation): Metric[] {
  const per = (name: string, n: number, family: Family): Metric => ({
    name,
    family,
    value: n / seconds,
    events: n,
  });
  const balance = counted.domains.flatMap(({ passes, pushed }, i) => {
    const level = levels[i] ?? `domain${i}`;
    return [
      ...BALANCE_KINDS.flatMap((kind) => {
        const { count, failed, gained } = passes[kind];
        const name = `${level} ${kind === "newlyIdle" ? "newly idle" : kind}`;
        return [
          per(`${name} passes/s`, count, "balance"),
          per(`${name} failed/s`, failed, "balance"),
          per(`${name} gained/s`, gained, "balance"),
        ];
      }),
      per(`${level} pushed/s`, pushed, "balance"),
    ];
  });
  const time = (name: string, ns: number): Metric => ({
    name,
    family: "time",
    value: ns / 1e9 / seconds,
    events: counted.switches,
  });
  return [
    ...balance,
    per("wake-ups/s", counted.wakeups, "rate"),
    per("switches/s", counted.switches, "rate"),
    per("to idle/s", counted.toIdle, "rate"),
    time("wait s/s", own.waitNs),
    time(RUN_TIME, own.runNs),
  ];
}

/** The work itself: where it differs, nothing else can be compared. */
export const RUN_TIME = "run s/s";
