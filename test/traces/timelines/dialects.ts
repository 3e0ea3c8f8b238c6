import fc from "fast-check";
import { FtraceText } from "../../../traces/export/ftrace.ts";
import { ReportText } from "../../../traces/export/report.ts";
import { eventText, seconds } from "../../../traces/export/text-fields.ts";
import type {
  DecisionEvent,
  GroupEvent,
  TimelineEvent,
  TimelineState,
  TimelineTask,
} from "../../../traces/timeline.ts";
import type { Claim } from "../../../traces/timelines/claim.ts";
import { openRecording } from "../../../traces/timelines/recording.ts";
import { STATE_BITS } from "../../../traces/timelines/task-state.ts";

type Event = Exclude<TimelineEvent, DecisionEvent | GroupEvent>;

/** Names as programs give themselves: with blanks, brackets, colons, signs and letters of other scripts. */
const comm = fc.oneof(
  fc.constantFrom(
    "Web Content",
    "kworker/u17:1",
    "->transport",
    "<-transport",
    "a[0] b-1 [001]",
    "x=1 y:2",
    "größer",
    "7",
  ),
  fc.string({ unit: fc.constantFrom(..."abz09 -_:/()[]#.="), minLength: 1, maxLength: 15 }),
);
const task: fc.Arbitrary<TimelineTask> = fc.record({
  pid: fc.integer({ min: 1, max: 4_194_304 }),
  comm,
  prio: fc.integer({ min: 0, max: 139 }),
});
const cpu = fc.integer({ min: 0, max: 255 });
const context = fc.constantFrom(undefined, "hardirq" as const, "softirq" as const);
const state = fc.constantFrom(...(Object.keys(STATE_BITS) as TimelineState[]));

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    type: fc.constant("switch" as const),
    time: fc.constant(0),
    cpu,
    prev: task,
    prevState: state,
    next: task,
  }),
  fc.record({
    type: fc.constant("waking" as const),
    time: fc.constant(0),
    cpu,
    task,
    targetCpu: cpu,
    context,
  }),
  fc.record({
    type: fc.constant("wakeup" as const),
    time: fc.constant(0),
    cpu,
    task,
    targetCpu: cpu,
    isNew: fc.boolean(),
    context,
  }),
  fc.record({ type: fc.constant("newtask" as const), time: fc.constant(0), cpu, task, context }),
  fc.record({
    type: fc.constantFrom("exit" as const, "free" as const),
    time: fc.constant(0),
    cpu,
    task,
    context,
  }),
  fc.record({
    type: fc.constant("migrate" as const),
    time: fc.constant(0),
    cpu,
    task,
    origCpu: cpu,
    destCpu: cpu,
    kind: fc.constant("balance" as const),
    context,
  }),
);

/** Events of any kind in the order of their times, the first at 0. */
export const timelines: fc.Arbitrary<Event[]> = fc
  .array(fc.tuple(fc.nat(3_000_000_000), event), { minLength: 1, maxLength: 30 })
  .map((steps) => {
    let time = 0;
    return steps.map(([step, e], i) => {
      if (i > 0) time += step;
      return { ...e, time };
    });
  });

const arrow = ({ pid, comm, prio }: TimelineTask) => `${comm}:${pid} [${prio}]`;

/** The words of an event as libtraceevent's plugins and old kernels have them; others as the kernel prints them. */
function oldWords(e: Event): string {
  if (e.type === "switch") return `${arrow(e.prev)} ${e.prevState} ==> ${arrow(e.next)}`;
  if (e.type === "waking" || e.type === "wakeup")
    return `${arrow(e.task)} success=1 CPU:${String(e.targetCpu).padStart(3, "0")}`;
  return eventText(e).fields;
}

/** As raw numbers and without the arrow. */
function rawWords(e: Event): string {
  const { fields } = eventText(e);
  if (e.type !== "switch") return fields.replace(" target_cpu=", " success=1 target_cpu=");
  return fields.replace(`prev_state=${e.prevState} ==> `, `prev_state=${STATE_BITS[e.prevState]} `);
}

const time = (e: Event) => seconds(e.time).padStart(15);
const digits = (cpu: number) => String(cpu).padStart(3, "0");

function perf(words: (e: Event) => string) {
  return (events: readonly Event[]) =>
    events
      .map(
        (e) =>
          `${"Web Content".padStart(16)} ${String(2711).padStart(5)} [${digits(e.cpu)}] ${time(e)}: ${`sched:${eventText(e).name}`.padStart(24)}: ${words(e)}\n`,
      )
      .join("");
}

/** A row of ftrace as the option latency-format has it: names cut off, flags behind the CPU, whole microseconds, a mark for what takes long. */
function latencyRow(row: string, mark: string): string {
  const [, comm, pid, cpu, flags, time, words] = /^ *(.*)-(\d+) \[(\d+)\] (\S+) +([\d.]+): (.*)$/s.exec(row)!;
  const us = Math.round(Number(time) * 1e6);
  return `${comm!.slice(0, 8).padStart(8)}-${pid!.padEnd(7)} ${String(Number(cpu)).padStart(3)}${flags}. ${String(us).padStart(4)}us${mark}: ${words}`;
}

/** Every dialect as text of events. `context`: a recording in it can tell interrupts; `tickNs`: how exact its times are. */
export const DIALECTS: Readonly<
  Record<
    string,
    { text: (events: readonly Event[]) => string; context: boolean; arrow?: boolean; tickNs?: number }
  >
> = {
  ftrace: {
    text: (events) => {
      const text = new FtraceText();
      return `# tracer: nop\n#\n${events.map((e) => text.line(e)).join("")}`;
    },
    context: true,
  },
  "ftrace in latency-format": {
    text: (events) => {
      const text = new FtraceText();
      const rows = events.map((e, i) => latencyRow(text.line(e), " +!#*@$"[i % 7]!));
      return `# tracer: nop\n#\n# nop latency trace v1.1.5 on 6.1.0\n${rows.join("")}`;
    },
    context: true,
    tickNs: 1000,
  },
  "ftrace with thread groups": {
    text: (events) => {
      const text = new FtraceText();
      return events.map((e) => text.line(e).replace(/-(\d+) \[/, "-$1  ( 2650) [")).join("");
    },
    context: true,
  },
  "systrace HTML": {
    text: (events) => {
      const text = new FtraceText();
      return `<!DOCTYPE html>\n<html><script>var a = [0]; f(b)[1]</script>\n<script class="trace-data">\n${events.map((e) => text.line(e)).join("")}</script>\n</html>\n`;
    },
    context: true,
  },
  "trace-cmd report": {
    text: (events) => {
      const text = new ReportText();
      return `cpus=8\n${events.map((e) => text.line(e)).join("")}`;
    },
    context: false,
  },
  "trace-cmd report with raw states": {
    text: (events) =>
      events
        .map(
          (e) =>
            `${"<...>".padStart(16)}-2711  [${digits(e.cpu)}] ${time(e)}: ${`${eventText(e).name}:`.padEnd(21)} ${rawWords(e)}\n`,
        )
        .join(""),
    context: false,
  },
  "trace-cmd report with plugins": {
    text: (events) =>
      events
        .map(
          (e) =>
            `${"<...>".padStart(16)}-2711  [${digits(e.cpu)}] ${time(e)}: ${`${eventText(e).name}:`.padEnd(21)} ${oldWords(e)}\n`,
        )
        .join(""),
    context: false,
    arrow: true,
  },
  "perf script": { text: perf((e) => eventText(e).fields), context: false },
  "perf script of old kernels": { text: perf(oldWords), context: false, arrow: true },
  "perf script with raw states": { text: perf(rawWords), context: false },
};

/** What a claim says of the schedule, for comparing; `withContext` where the dialect can tell. */
export function said(e: Event | Claim, withContext: boolean): unknown {
  const {
    account: _,
    yields: __,
    kind: ___,
    parent: ____,
    context,
    ...rest
  } = e as unknown as Record<string, unknown>;
  const known = { ...rest, ...(withContext ? { context: context ?? "task" } : {}) };
  // what forks says of the child has no priority
  if (e.type === "newtask") return { ...known, task: { pid: e.task.pid, comm: e.task.comm } };
  return known;
}

export async function claimsOf(path: string): Promise<{ format: string; claims: Claim[] }> {
  const recording = openRecording(path);
  if (!recording) throw new Error(`${path} is not taken for a recording`);
  const claims: Claim[] = [];
  for await (const batch of recording.claims()) claims.push(...batch);
  return { format: recording.format, claims };
}
