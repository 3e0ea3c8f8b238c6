import { openAtomic } from "../atomic-file.ts";
import type { TimelineEvent, TimelineTask } from "../timeline.ts";
import { RunningTasks } from "./running-tasks.ts";
import type { TimelineSink } from "./timeline-sink.ts";

/**
 * The text that `cat /sys/kernel/tracing/trace` shows: read by Perfetto, kernelshark, LISA and many scripts.
 *
 * Both sched_waking and sched_wakeup are written, for Perfetto's text importer takes thread states from sched_waking
 * only. Decisions have no tracepoint in a stock kernel; they are written as instant marks (`tracing_mark_write: I|...`),
 * which viewers show on the balancing CPU's running thread. Times have nine decimals, i.e. whole nanoseconds.
 */

export const FTRACE_HEADER = `# tracer: nop
#
#                                _-----=> irqs-off
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / delay
#           TASK-PID     CPU#  ||||   TIMESTAMP  FUNCTION
#              | |         |   ||||      |         |
`;

/** Turns events into lines. */
export class FtraceText {
  private readonly running = new RunningTasks();

  line(event: TimelineEvent): string {
    const account = this.running.accountOf(event);
    const name = account.pid === 0 ? "<idle>" : clean(account.comm);
    const task = `${name}-${account.pid}`.padStart(22);
    const cpu = String(event.cpu).padStart(3, "0");
    return `${task} [${cpu}] d..2. ${seconds(event.time)}: ${describe(event)}\n`;
  }
}

/** ns as seconds with nine decimals, exactly. */
function seconds(ns: number): string {
  const digits = String(ns).padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.padStart(16);
}

function describe(event: TimelineEvent): string {
  switch (event.type) {
    case "switch": {
      const { prev, next } = event;
      return (
        `sched_switch: prev_comm=${clean(prev.comm)} prev_pid=${prev.pid} prev_prio=${prev.prio} ` +
        `prev_state=${event.prevState} ==> next_comm=${clean(next.comm)} next_pid=${next.pid} next_prio=${next.prio}`
      );
    }
    case "waking":
      return `sched_waking: ${fields(event.task)} target_cpu=${String(event.targetCpu).padStart(3, "0")}`;
    case "wakeup": {
      const point = event.isNew ? "sched_wakeup_new" : "sched_wakeup";
      return `${point}: ${fields(event.task)} target_cpu=${String(event.targetCpu).padStart(3, "0")}`;
    }
    case "migrate":
      return `sched_migrate_task: ${fields(event.task)} orig_cpu=${event.origCpu} dest_cpu=${event.destCpu}`;
    case "decision":
      return (
        `tracing_mark_write: I|${event.task.pid}|can_migrate_task ${event.reason} ${fields(event.task)} ` +
        `src_cpu=${event.srcCpu} dst_cpu=${event.dstCpu} level=${event.level} migration=${event.migration} ` +
        `detached=${event.detached ? 1 : 0} nr_balance_failed=${event.nrBalanceFailed} cache_nice_tries=${event.cacheNiceTries}`
      );
  }
}

const fields = (task: TimelineTask): string => `comm=${clean(task.comm)} pid=${task.pid} prio=${task.prio}`;

/** A name must not end its line or its mark. */
const clean = (comm: string): string => (comm === "" ? "<...>" : comm.replace(/[\p{Cc}|]/gu, "?"));

/** Writes ftrace text as events come. */
export function openFtrace(path: string): TimelineSink {
  const file = openAtomic(path);
  const text = new FtraceText();
  let pending = FTRACE_HEADER;
  const flush = () => {
    file.write(pending);
    pending = "";
  };
  return {
    event(event) {
      pending += text.line(event);
      if (pending.length > 1 << 16) flush();
    },
    close() {
      flush();
      file.commit();
    },
    abort: () => file.abort(),
  };
}
