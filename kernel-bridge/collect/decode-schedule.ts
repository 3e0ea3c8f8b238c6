import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FTRACE_HEADER } from "../../traces/export/ftrace.ts";
import { cpuDigits, seconds } from "../../traces/export/text-fields.ts";
import { VIRTUAL_TIME } from "../../traces/timelines/recording.ts";
import { filesUnder } from "../cache.ts";
import { cString, type ScheduleCounts } from "./decode-records.ts";
import { type EventField, eventFormat, fieldValue, pageEvents, type RawEvent } from "./trace-pages.ts";

export interface RecordedSchedule extends ScheduleCounts {
  /** As /sys/kernel/tracing/trace shows it, with nine decimals of a second. */
  text: string;
  events: number;
}

/** A kind of event: its fields in the words of its tracepoint. */
interface Kind {
  name: string;
  fields: ReadonlyMap<string, EventField>;
}

/** One CPU's events, the next one first. */
interface Source {
  cpu: number;
  events: Generator<RawEvent>;
  next: RawEvent;
}

/** Reads what schedule.py wrote: the events of all CPUs in the order of time, as ftrace text. */
export function decodeSchedule(folder: string, { lost }: ScheduleCounts): RecordedSchedule {
  const kinds = new Map<number, Kind>();
  const files = filesUnder(folder);
  for (const file of files.filter((name) => name.endsWith(".format"))) {
    const { id, name, fields } = eventFormat(readFileSync(join(folder, file), "utf8"));
    kinds.set(id, { name, fields });
  }
  const pages = files.filter((name) => name.endsWith(".pages"));
  let sources: Source[] = [];
  for (const file of pages) {
    const events = pageEvents(readFileSync(join(folder, file)));
    const { value } = events.next();
    if (value) sources.push({ cpu: Number(/\d+/.exec(file)![0]), events, next: value });
  }
  const names = new Map<number, string>();
  const lines: string[] = [];
  while (sources.length > 0) {
    const source = sources.reduce((a, b) => (b.next.time < a.next.time ? b : a));
    const kind = kinds.get(source.next.id);
    if (kind) lines.push(lineOf(source, kind, names));
    const { value } = source.events.next();
    if (value) source.next = value;
    else sources = sources.filter((each) => each !== source);
  }
  const counts = `# entries-in-buffer/entries-written: ${lines.length}/${lines.length + lost}   #P:${pages.length}\n`;
  return { text: `${FTRACE_HEADER}${counts}${lines.join("")}`, events: lines.length, lost };
}

/** As bytes for a file of that name. @param virtualTime It says so. */
export function scheduleBytes(path: string, { text }: RecordedSchedule, virtualTime: boolean): Buffer {
  const said = virtualTime ? text.replace("\n", `\n${VIRTUAL_TIME}\n`) : text;
  const bytes = Buffer.from(said, "latin1");
  return path.endsWith(".gz") ? gzipSync(bytes, { level: 9 }) : bytes;
}

/** Bits of common_flags (enum trace_flag_type). */
const IRQS_OFF = 1;
const NEED_RESCHED = 4;
const HARDIRQ = 8;
const SOFTIRQ = 16;

function lineOf({ cpu, next: { time, data } }: Source, kind: Kind, names: Map<number, string>): string {
  const value = (name: string) => fieldValue(data, kind.fields.get(name)!);
  const text = (name: string) => textOf(data, kind.fields.get(name)!);
  const pid = value("common_pid");
  const words = wordsOf(kind.name, value, text);
  if (kind.name === "sched_switch") {
    names.set(value("prev_pid"), text("prev_comm"));
    names.set(value("next_pid"), text("next_comm"));
  }
  const comm = pid === 0 ? "<idle>" : (names.get(pid) ?? "<...>");
  const flags = value("common_flags");
  const irqs = (flags & IRQS_OFF) !== 0 ? "d" : ".";
  const resched = (flags & NEED_RESCHED) !== 0 ? "N" : ".";
  const context =
    (flags & HARDIRQ) !== 0 ? ((flags & SOFTIRQ) !== 0 ? "H" : "h") : (flags & SOFTIRQ) !== 0 ? "s" : ".";
  const when = seconds(Number(time)).padStart(16);
  return `${`${comm}-${pid}`.padStart(22)} [${cpuDigits(cpu)}] ${irqs}${resched}${context}. ${when}: ${kind.name}: ${words}\n`;
}

/** The words of include/trace/events/sched.h (Linux 6.1). */
function wordsOf(kind: string, value: (name: string) => number, text: (name: string) => string): string {
  const task = () => `comm=${text("comm")} pid=${value("pid")} prio=${value("prio")}`;
  switch (kind) {
    case "sched_switch":
      return (
        `prev_comm=${text("prev_comm")} prev_pid=${value("prev_pid")} prev_prio=${value("prev_prio")} ` +
        `prev_state=${stateOf(value("prev_state"))} ==> ` +
        `next_comm=${text("next_comm")} next_pid=${value("next_pid")} next_prio=${value("next_prio")}`
      );
    case "sched_migrate_task":
      return `${task()} orig_cpu=${value("orig_cpu")} dest_cpu=${value("dest_cpu")}`;
    case "sched_process_fork":
      return (
        `comm=${text("parent_comm")} pid=${value("parent_pid")} ` +
        `child_comm=${text("child_comm")} child_pid=${value("child_pid")}`
      );
    case "sched_process_exit":
      return task();
    default:
      return `${task()} target_cpu=${cpuDigits(value("target_cpu"))}`;
  }
}

/** Letters of the states that sched_switch reports, by bit; the bit above them says that the task was preempted. */
const STATES = "SDTtXZPI";

function stateOf(state: number): string {
  const letters = [...STATES].filter((_, bit) => (state & (1 << bit)) !== 0).join("|") || "R";
  return (state & (1 << STATES.length)) !== 0 ? `${letters}+` : letters;
}

/** A name must not end its line. In a trace event it is an array, or lies where an offset and a length say. */
function textOf(data: Buffer, { offset, size }: EventField): string {
  const name = cString(data.subarray(offset, offset + size));
  return name.replace(/\p{Cc}/gu, "?");
}
