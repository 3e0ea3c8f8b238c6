import { printable } from "./input-error.ts";
import { costText } from "./migration-cost.ts";
import { decisionWord } from "./rule.ts";
import type { TraceRow } from "./schema.ts";

/**
 * A decision in words, for a person: who, when, from where to where, what the answer was and why. What the row does not
 * know is not said.
 */
export function sentenceOf(row: Readonly<TraceRow>, costNs: number): string {
  const run = row.run ? `[${printable(row.run)}] ` : "";
  const who = `${row.comm === "" ? "<...>" : printable(row.comm)} (pid ${row.pid})`;
  return `${run}${clockOf(row.ts)}  ${who}: CPU ${cpu(row.src_cpu)} → ${cpu(row.dst_cpu)}${whereOf(row)}, ${answerOf(row, costNs)}`;
}

const isKnown = (value: number): boolean => !Number.isNaN(value);
const cpu = (value: number): string => (isKnown(value) ? String(value) : "?");

/** ns as seconds with six decimals, rounded. */
function clockOf(ts: number): string {
  const us = Math.round(ts / 1000);
  return `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, "0")} s`;
}

/** Level of the domain, and what the destination was doing. */
function whereOf(row: Readonly<TraceRow>): string {
  const said = [
    row.sd_level === "" ? "" : printable(row.sd_level),
    row.cpu_newly_idle === 1 ? "newly idle" : row.cpu_idle === 1 ? "idle" : "",
    row.cpu_idle === 0 && row.cpu_newly_idle === 0 ? "busy" : "",
  ].filter((text) => text !== "");
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}

function answerOf(row: Readonly<TraceRow>, costNs: number): string {
  switch (decisionWord(row.reason, row.migration)) {
    case "forced":
      return `forced: ${heatOf(row, costNs)}${failuresOf(row)}${detachOf(row)}`;
    case "cold":
      return `migrates: ${coldnessOf(row, costNs)}${detachOf(row)}`;
    case "active":
      return `migrates: active balance, which asks for no heat${detachOf(row)}`;
    case "hot_refused":
      return `stays: ${heatOf(row, costNs)}${failuresOf(row)}`;
    case "running":
      return "stays: it runs";
    case "affinity":
      return `stays: it may not run on CPU ${cpu(row.dst_cpu)}`;
    case "throttled":
      return "stays: its group is throttled";
    case "percpu_kthread":
      return "stays: a kernel thread that belongs to its CPU";
    default:
      return `${["stays", "migrates"][row.migration] ?? "decision unknown"}, for a reason that is not recorded${detachOf(row)}`;
  }
}

function heatOf(row: Readonly<TraceRow>, costNs: number): string {
  const buddy = row.task_buddy === 1 && row.dst_rq_nr_running > 0;
  if (!isKnown(row.delta)) return buddy ? "hot (a buddy)" : "hot";
  const because = `${ranAgo(row.delta)}, cost ${costOf(costNs)}`;
  return buddy && !(row.delta < costNs) ? `hot (a buddy; ${because})` : `hot (${because})`;
}

function coldnessOf(row: Readonly<TraceRow>, costNs: number): string {
  if (row.sd_share_capacity === 1) return "cold (siblings of a core share its caches)";
  if (row.task_policy === SCHED_IDLE) return "cold (SCHED_IDLE never counts as hot)";
  if (row.start_runtime === 0 && row.task_nr_migrations > 0)
    return "cold (it has migrated and not run since)";
  return isKnown(row.delta) ? `cold (${ranAgo(row.delta)}, cost ${costOf(costNs)})` : "cold";
}

const SCHED_IDLE = 5;

const ranAgo = (ns: number): string => `ran ${timeOf(ns)} ago`;

const costOf = (ns: number): string => (ns === 0 || ns === -1 ? costText(ns) : timeOf(ns));

/** ns exactly, in ms where that reads well, so that a time and the cost beside it can be compared. */
function timeOf(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1000) return `${ns} ns`;
  const [digits, unit] = size < 1e9 ? [6, "ms"] : [9, "s"];
  return `${(ns / 10 ** (digits as number)).toFixed(digits as number).replace(/\.?0+$/, "")} ${unit}`;
}

function failuresOf(row: Readonly<TraceRow>): string {
  const { sd_nr_balance_failed: failed, sd_cache_nice_tries: tries } = row;
  if (!isKnown(failed)) return "";
  const tolerated = isKnown(tries) ? `, ${tries} tolerated` : "";
  return `, ${failed} ${failed === 1 ? "balance" : "balances"} failed${tolerated}`;
}

function detachOf(row: Readonly<TraceRow>): string {
  if (row.migration === 0 || !isKnown(row.detached)) return "";
  return row.detached === 1 ? ", then detached" : ", but not detached";
}
