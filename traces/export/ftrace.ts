import type { TimelineEvent } from "../timeline.ts";
import { RunningTasks } from "./running-tasks.ts";
import { accountName, cpuDigits, eventText, seconds } from "./text-fields.ts";
import { openText } from "./text-sink.ts";
import type { TimelineAbout, TimelineSink } from "./timeline-sink.ts";

/**
 * The text that `cat /sys/kernel/tracing/trace` shows: read by Perfetto, chrome://tracing (catapult), trappy, LISA's
 * SysTraceParser and many scripts. kernelshark reads none of it, but trace.dat alone.
 *
 * - Both sched_waking and sched_wakeup are written, for Perfetto's text importer takes thread states from sched_waking only.
 * - The rows have the four flags of kernels before 5.16, and the header says so: catapult and trappy know no fifth, and
 *   LISA takes no digit among them. The depth of preempt_disable(), a digit, is not modelled anyway.
 * - `cpus=N`, as trace-cmd has it, stands behind the header, by whose first line catapult and Perfetto know the file.
 * - Times have nine decimals, i.e. whole nanoseconds.
 */

export const FTRACE_HEADER = `# tracer: nop
#
#                              _-----=> irqs-off
#                             / _----=> need-resched
#                            | / _---=> hardirq/softirq
#                            || / _--=> preempt-depth
#                            ||| /     delay
#         TASK-PID     CPU#  ||||   TIMESTAMP  FUNCTION
#            | |         |   ||||      |         |
`;

const headerFor = ({ cpus, made }: TimelineAbout): string =>
  FTRACE_HEADER +
  (made === undefined ? "" : `# made: ${JSON.stringify(made)}\n`) +
  (cpus === undefined ? "" : `cpus=${cpus}\n`);

/** Events of which the kernel makes a record with interrupts on; at all others a run queue is locked. */
const IRQS_ON: readonly TimelineEvent["type"][] = ["newtask", "exit", "free"];

/** Turns events into lines. */
export class FtraceText {
  private readonly running = new RunningTasks();

  /** Empty where it is not known on which CPU the event was: no line can be without. */
  line(event: TimelineEvent): string {
    const account = this.running.accountOf(event);
    if (event.cpu === undefined) return "";
    const task = `${accountName(account)}-${account?.pid ?? 0}`.padStart(22);
    const { name, fields } = eventText(event);
    return `${task} [${cpuDigits(event.cpu)}] ${flags(event)} ${seconds(event.time).padStart(16)}: ${name}: ${fields}\n`;
  }
}

function flags(event: TimelineEvent): string {
  const irqs = IRQS_ON.includes(event.type) ? "." : "d";
  const context = event.type === "switch" ? undefined : event.context;
  return `${irqs}.${context === "hardirq" ? "h" : context === "softirq" ? "s" : "."}.`;
}

/** Writes ftrace text as events come. */
export function openFtrace(path: string, about: TimelineAbout): TimelineSink {
  const text = new FtraceText();
  return openText(path, headerFor(about), (event) => text.line(event));
}
