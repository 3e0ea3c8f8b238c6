import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Semaphore } from "../../sim/workload/resources.ts";
import * as S from "../../sim/workload/script.ts";
import { decisionEvents } from "../../traces/export/decisions.ts";
import { exportTrace } from "../../traces/export/export-trace.ts";
import { FtraceText } from "../../traces/export/ftrace.ts";
import { openTimeline } from "../../traces/export/open-timeline.ts";
import { PerfettoPackets } from "../../traces/export/perfetto.ts";
import { Trace } from "../../traces/export/perfetto-schema.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { readTrace } from "../../traces/read-trace.ts";
import { tableFromRows } from "../../traces/table.ts";
import type { DecisionEvent, TimelineEvent } from "../../traces/timeline.ts";
import { MS, oneCpu, rtApp, simulateIdeal, task, workload } from "../sim/run/helpers.ts";
import { scratchFolder } from "./support.ts";

/**
 * What other programs take for a row of a trace, in our own words: found in their sources, not copied. Flags are where they
 * differ: catapult wants four of certain letters, trappy any four, LISA none that is a digit, traceshark five or none.
 */
const head = String.raw`^ *(?<task>.+)-(?<pid>\d+) +\[(?<cpu>\d+)\]`;
const tail = String.raw` +(?<time>\d+\.\d+): +(?<name>\w+): +(?<fields>.+)$`;
const READERS = {
  "catapult (chrome://tracing)": new RegExp(`${head} +[dX.][N.][Hhs.][\\da-f.]${tail}`),
  trappy: new RegExp(`${head}(?: .{4})?${tail}`),
  "LISA's Trace('x.txt') and SysTraceParser": new RegExp(`${head}[^\\d]+${tail.slice(2)}`),
  Perfetto: new RegExp(`${head} *[a-zA-Z0-9.]{0,4}${tail}`),
};
const REPORT_READERS = {
  trappy: READERS.trappy,
  traceshark: new RegExp(`${head}(?: +[a-zA-Z.]{3}[\\da-f.]{2})?${tail}`),
  "LISA's TxtTraceParser": new RegExp(head + tail),
  "LISA's Trace('x.txt')": READERS["LISA's Trace('x.txt') and SysTraceParser"],
};

const ticking = rtApp(`{ "tasks": {
  "busy": { "cpus": [0], "loop": 1, "run": 50000 },
  "tick": { "cpus": [0], "priority": -10, "loop": 5, "run": 100, "timer": { "ref": "unique", "period": 10000 } } },
  "global": { "duration": 1 } }`);

const textOf = (events: readonly TimelineEvent[]) => {
  const text = new FtraceText();
  return events.map((e) => text.line(e));
};
const packetsOf = (events: readonly TimelineEvent[]) => {
  const packets = new PerfettoPackets();
  const packet = [...events.flatMap((e) => packets.add(e)), ...packets.end()];
  const decoded = Trace.toObject(Trace.decode(Trace.encode({ packet }).finish()), { longs: Number });
  return (
    decoded as { packet: { ftraceEvents?: { event: Record<string, { pid?: number }>[] } }[] }
  ).packet.flatMap((p) => p.ftraceEvents?.event ?? []);
};

describe("who does what in a timeline", () => {
  const { timeline } = simulateIdeal(ticking, { topology: oneCpu() });
  const pidOf = (comm: string) =>
    timeline.flatMap((e) => (e.type === "newtask" && e.task.comm === comm ? [e.task.pid] : []))[0];

  it("wakes a task by its timer in an interrupt, on the account of the task that it interrupts", () => {
    const wakings = textOf(timeline).filter((line) => /sched_wak(ing|eup): comm=tick-1 /.test(line));
    expect(wakings.length).to.be.at.least(8);
    for (const line of wakings) expect(line).to.match(/^ *(busy-0-1|<idle>-0) +\[000\] d\.h\. /);
    expect(wakings.some((line) => line.includes("busy-0-1"))).to.equal(true);
  });

  it("says so to Perfetto by TRACE_FLAG_HARDIRQ, and that a task wakes another by flags without it", () => {
    const wakings = packetsOf(timeline).filter((e) => e.schedWaking?.pid === pidOf("tick-1"));
    expect(wakings.length).to.be.at.least(4);
    for (const e of wakings) expect(e.commonFlags).to.equal(0x08);
    const go = new Semaphore("go");
    const handing = workload(({ spawn }) => {
      spawn(task("woken", [S.semaphoreWait(go), S.run(MS)]));
      spawn(task("waker", [S.run(MS), S.semaphorePost(go), S.run(MS)]));
    });
    const [handed] = packetsOf(simulateIdeal(handing, { topology: oneCpu() }).timeline).filter(
      (e) => e.schedWaking,
    );
    expect(handed).to.include({ commonFlags: 0, pid: 2 });
  });

  it("begins each task by task_newtask, and ends it by sched_process_exit, a switch and sched_process_free", () => {
    for (const comm of ["busy-0", "tick-1"]) {
      const own = timeline.filter((e) =>
        e.type === "switch"
          ? e.prev.comm === comm || e.next.comm === comm
          : "task" in e && e.task.comm === comm,
      );
      expect(own.slice(0, 2).map((e) => e.type)).to.deep.equal(["newtask", "wakeup"]);
      expect(own.slice(-3).map((e) => e.type)).to.deep.equal(["exit", "switch", "free"]);
    }
  });

  it("shows Perfetto the first wait of a task: from task_newtask to its first switch", () => {
    const hogs = rtApp(
      `{ "tasks": { "hog": { "instance": 2, "loop": 1, "cpus": [0], "run": 40000 } }, "global": { "duration": 1 } }`,
    );
    const events = packetsOf(simulateIdeal(hogs, { topology: oneCpu() }).timeline) as Record<
      string,
      { pid?: number; nextPid?: number } & number
    >[];
    const born = events.find((e) => e.taskNewtask?.pid === 2)!;
    const first = events.find((e) => e.schedSwitch?.nextPid === 2)!;
    expect(born.timestamp).to.equal(0);
    expect(first.timestamp).to.be.within(2_000_000, 24_000_000);
    expect(born, "nobody of the model forks what the workload starts").not.to.have.property("pid");
  });
});

describe("rows of a timeline as text", () => {
  const scratch = scratchFolder();
  const { timeline } = simulateIdeal(ticking, { topology: oneCpu() });
  const linesOf = (name: string) => {
    const sink = openTimeline(scratch(name), { cpus: 8, made: { tool: "x", command: "simulate" } });
    for (const e of timeline) sink.event(e);
    sink.close();
    return readFileSync(scratch(name), "utf8").trimEnd().split("\n");
  };
  const rowsOf = (lines: readonly string[]) => lines.filter((line) => !/^#|^cpus=/.test(line));

  for (const [reader, row] of Object.entries(READERS))
    it(`are read by ${reader}, every one`, () => {
      const rows = rowsOf(linesOf("t.ftrace"));
      expect(rows.length).to.equal(timeline.length);
      for (const line of rows) expect(line).to.match(row);
    });

  it("have as many flags as the header declares", () => {
    const lines = linesOf("t.ftrace");
    const header = lines.find((line) => line.includes("TASK-PID"))!;
    const flags = /\|{2,}/.exec(header)!;
    expect(flags[0]).to.have.length(4);
    for (const line of rowsOf(lines))
      expect(line.slice(flags.index - 1, flags.index + 5)).to.match(/^ [a-zA-Z\d.]{4} $/);
  });

  it("begin as catapult and Perfetto want it, and give the number of CPUs as trappy wants it", () => {
    const lines = linesOf("t.ftrace");
    expect(lines[0]).to.match(/^# tracer:/);
    const first = lines.indexOf(rowsOf(lines)[0]);
    expect(lines.slice(0, first)).to.include("cpus=8");
  });

  for (const [reader, row] of Object.entries(REPORT_READERS))
    it(`as trace-cmd reports it are read by ${reader}, every one`, () => {
      const [cpus, ...rows] = linesOf("t.report.txt");
      expect(cpus).to.equal("cpus=8");
      expect(rows.length).to.equal(timeline.length);
      for (const line of rows) expect(line).to.match(row);
      const switched = rows.find((line) => line.includes("sched_switch"))!.split(/ +/);
      const arrow = switched.indexOf("==>"); // traceshark counts words from it
      expect(switched.slice(arrow - 4, arrow + 4).map((word) => word.split("=")[0])).to.deep.equal([
        "prev_comm",
        "prev_pid",
        "prev_prio",
        "prev_state",
        "",
        "next_comm",
        "next_pid",
        "next_prio",
      ]);
    });

  it("as trace-cmd reports it stand in the columns of trace-cmd", () => {
    expect(linesOf("t.report.txt")[1]).to.equal(
      "           <...>-0     [000]     0.000000000: task_newtask:         pid=1 comm=busy-0 clone_flags=0 oom_score_adj=0",
    );
  });
});

describe("decisions of which not all is known", () => {
  const scratch = scratchFolder();
  const bare = tableFromRows([
    { pid: 70, ts: 1_000_000, migration: 0, src_cpu: 1, dst_cpu: 0, cpu_idle: 0, comm: "job" },
    { pid: 70, ts: 2_000_000, migration: 2, src_cpu: 1, dst_cpu: 0, cpu_idle: 1 },
    { pid: 71, ts: 3_000_000, migration: 1 },
  ]);
  const eventsOf = async (table: typeof bare) => {
    const events: DecisionEvent[] = [];
    for await (const event of decisionEvents([table])) events.push(event);
    return events;
  };

  it("are written with what is known, and nothing else", async () => {
    expect(textOf(await eventsOf(bare)).map((line) => line.trim())).to.deep.equal([
      "<...>-0 [000] d...      0.001000000: tracing_mark_write: I|70|can_migrate_task unknown comm=job pid=70 src_cpu=1 dst_cpu=0 migration=0",
      "<idle>-0 [000] d.s.      0.002000000: tracing_mark_write: I|70|can_migrate_task forced comm=<...> pid=70 src_cpu=1 dst_cpu=0 migration=2",
      "",
    ]);
  });

  it("are counted where text has no place for them", async () => {
    writeParquet(scratch("bare.parquet"), bare);
    for (const [format, leftOut] of [
      ["ftrace", 1],
      ["report", 1],
      ["perfetto", 0],
      ["csv", 0],
    ] as const)
      expect(await exportTrace(scratch("bare.parquet"), format, scratch(`bare.${format}`))).to.include({
        rows: 3 - leftOut,
        leftOut,
      });
  });

  it("have no field for Perfetto that they do not know", async () => {
    const packets = new PerfettoPackets();
    const shown = (await eventsOf(bare)).flatMap((e) => packets.add(e)).filter((p) => p.trackEvent) as {
      trackEvent: { name: string; debugAnnotations: { name: string }[] };
    }[];
    expect(
      shown.map((p) => [p.trackEvent.name, ...p.trackEvent.debugAnnotations.map((a) => a.name)]),
    ).to.deep.equal([
      ["unknown", "comm", "pid", "src_cpu", "dst_cpu", "migration"],
      ["forced", "pid", "src_cpu", "dst_cpu", "migration"],
      ["unknown", "pid", "migration"],
    ]);
  });

  it("stand on the account of the idle task only where an idle CPU decided", async () => {
    const table = await readTrace("traces/real/stress-mix.parquet");
    const lines = textOf(await eventsOf(table));
    const { cpu_idle } = table.numeric;
    expect(lines.filter((line) => line.includes("<idle>-0"))).to.have.length(
      cpu_idle.filter((x) => x === 1).length,
    );
    expect(lines.filter((line) => line.includes(" <...>-0 "))).to.have.length(
      cpu_idle.filter((x) => x === 0).length,
    );
  });
});
