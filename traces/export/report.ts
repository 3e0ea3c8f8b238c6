import type { TimelineEvent } from "../timeline.ts";
import { RunningTasks } from "./running-tasks.ts";
import { accountName, cpuDigits, eventText, seconds } from "./text-fields.ts";
import { openText } from "./text-sink.ts";
import type { TimelineAbout, TimelineSink } from "./timeline-sink.ts";

/**
 * The text that `trace-cmd report -N -t` prints: read by traceshark (which takes five flags or none), trappy's FTrace
 * and LISA's Trace("x.report.txt"). It has no flags, so it does not say what an interrupt did.
 */

const headerFor = ({ cpus }: TimelineAbout): string => (cpus === undefined ? "" : `cpus=${cpus}\n`);

/** Turns events into lines. */
export class ReportText {
  private readonly running = new RunningTasks();

  /** Empty where it is not known on which CPU the event was: no line can be without. */
  line(event: TimelineEvent): string {
    const account = this.running.accountOf(event);
    if (event.cpu === undefined) return "";
    const task = `${accountName(account).padStart(16)}-${String(account?.pid ?? 0).padEnd(5)}`;
    const { name, fields } = eventText(event);
    // trace-cmd calls the records of trace_marker `print`, and names the function that wrote them
    const point =
      name === "tracing_mark_write" ? `${"print:".padEnd(22)}${name}: ` : `${`${name}:`.padEnd(21)} `;
    return `${task} [${cpuDigits(event.cpu)}] ${seconds(event.time).padStart(15)}: ${point}${fields}\n`;
  }
}

/** Writes the text of a report as events come. */
export function openReport(path: string, about: TimelineAbout): TimelineSink {
  const text = new ReportText();
  return openText(path, headerFor(about), (event) => text.line(event));
}
