import { decisionWord } from "../rule.ts";
import type { DecisionEvent, TimelineEvent, TimelineTask } from "../timeline.ts";

/**
 * Events in the words of their tracepoints (Linux 6.1, include/trace/events/sched.h and task.h): what both dialects of
 * the text, ftrace.ts and report.ts, have in common. What is not known is left out.
 */
export interface EventText {
  /** Name of the tracepoint. */
  name: string;
  fields: string;
}

/** The name that stands for a task of which nothing is known: the kernel's own, which Perfetto does not take for a name. */
export const UNKNOWN_TASK = "<...>";

export function eventText(event: TimelineEvent): EventText {
  switch (event.type) {
    case "switch": {
      const { prev, next } = event;
      return {
        name: "sched_switch",
        fields:
          `prev_comm=${clean(prev.comm)} prev_pid=${prev.pid} prev_prio=${prev.prio} ` +
          `prev_state=${event.prevState} ==> next_comm=${clean(next.comm)} next_pid=${next.pid} next_prio=${next.prio}`,
      };
    }
    case "waking":
      return { name: "sched_waking", fields: `${taskFields(event.task)} ${target(event.targetCpu)}` };
    case "wakeup":
      return {
        name: event.isNew ? "sched_wakeup_new" : "sched_wakeup",
        fields: `${taskFields(event.task)} ${target(event.targetCpu)}`,
      };
    case "newtask": {
      const { pid, comm } = event.task;
      return { name: "task_newtask", fields: `pid=${pid} comm=${clean(comm)} clone_flags=0 oom_score_adj=0` };
    }
    case "exit":
      return { name: "sched_process_exit", fields: taskFields(event.task) };
    case "free":
      return { name: "sched_process_free", fields: taskFields(event.task) };
    case "migrate":
      return {
        name: "sched_migrate_task",
        fields: `${taskFields(event.task)} orig_cpu=${event.origCpu} dest_cpu=${event.destCpu}`,
      };
    case "decision":
      return { name: "tracing_mark_write", fields: markOf(event) };
    case "group": // a counter, as programs write them into trace_marker for systrace
      return {
        name: "tracing_mark_write",
        fields: `C|0|${clean(event.path)} ${event.what}|${event.cpus}`,
      };
  }
}

/** Decisions have no tracepoint in a stock kernel: they are instant marks, as programs write them into trace_marker. */
function markOf(event: DecisionEvent): string {
  const { task } = event;
  const fields = Object.entries({
    comm: clean(task.comm),
    pid: task.pid,
    prio: task.prio,
    src_cpu: event.srcCpu,
    dst_cpu: event.dstCpu,
    level: event.level === "" ? undefined : clean(event.level),
    migration: event.migration,
    detached: event.detached === undefined ? undefined : Number(event.detached),
    nr_balance_failed: event.nrBalanceFailed,
    cache_nice_tries: event.cacheNiceTries,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return `I|${task.pid}|can_migrate_task ${clean(decisionWord(event.reason, event.migration))} ${fields.join(" ")}`;
}

const taskFields = (task: TimelineTask): string =>
  `comm=${clean(task.comm)} pid=${task.pid} prio=${task.prio}`;

const target = (cpu: number): string => `target_cpu=${cpuDigits(cpu)}`;

export const cpuDigits = (cpu: number): string => String(cpu).padStart(3, "0");

/** The name in the column of the task: the idle tasks of all CPUs have one. */
export function accountName(account: TimelineTask | undefined): string {
  if (account === undefined) return UNKNOWN_TASK;
  return account.pid === 0 ? "<idle>" : clean(account.comm);
}

/** A name must not end its line or its mark, nor turn around what stands behind it. */
const clean = (comm: string): string =>
  comm === "" ? UNKNOWN_TASK : comm.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}|]/gu, "?");

/** ns as seconds with nine decimals, exactly. */
export function seconds(ns: number): string {
  const digits = String(ns).padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
