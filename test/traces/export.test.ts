import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { decisionEvents } from "../../traces/export/decisions.ts";
import { FTRACE_HEADER, FtraceText } from "../../traces/export/ftrace.ts";
import { openTimeline } from "../../traces/export/open-timeline.ts";
import { Trace } from "../../traces/export/perfetto-schema.ts";
import { sliceTable, takeRows } from "../../traces/table.ts";
import type { DecisionEvent, TimelineEvent, TimelineTask } from "../../traces/timeline.ts";
import { plausibleTable } from "./arbitraries.ts";
import { inputErrorOf, scratchFolder } from "./support.ts";

const idle = (cpu: number): TimelineTask => ({ pid: 0, comm: `swapper/${cpu}`, prio: 120 });
const bash: TimelineTask = { pid: 42, comm: "bash", prio: 120 };
const make: TimelineTask = { pid: 43, comm: "make -j|8\n", prio: 130 };
const decision: DecisionEvent = {
  type: "decision",
  time: 4_000_000_123,
  cpu: 1,
  task: bash,
  srcCpu: 0,
  dstCpu: 1,
  level: "MC",
  reason: "forced",
  migration: 2,
  detached: true,
  nrBalanceFailed: 3,
  cacheNiceTries: 1,
};
const events: TimelineEvent[] = [
  { type: "waking", time: 1_000, cpu: 0, task: bash, targetCpu: 0, context: "hardirq" },
  { type: "newtask", time: 2_000, cpu: 0, task: bash, context: "unknown" },
  { type: "wakeup", time: 2_000, cpu: 0, task: bash, targetCpu: 0, isNew: true, context: "unknown" },
  { type: "switch", time: 3_000, cpu: 0, prev: idle(0), prevState: "R", next: bash },
  { type: "waking", time: 999_999_999, cpu: 0, task: make, targetCpu: 1 },
  { type: "wakeup", time: 1_000_000_000, cpu: 0, task: make, targetCpu: 1, isNew: false },
  { type: "migrate", time: 4_000_000_000, cpu: 1, task: bash, origCpu: 0, destCpu: 1, kind: "balance" },
  decision,
  { type: "exit", time: 5_000_000_000, cpu: 0, task: bash },
  { type: "switch", time: 5_000_000_000, cpu: 0, prev: bash, prevState: "X", next: idle(0) },
  { type: "free", time: 5_000_000_000, cpu: 0, task: bash, context: "softirq" },
];

describe("ftrace text", () => {
  it("is what the kernel would print", () => {
    const text = new FtraceText();
    expect(events.map((e) => text.line(e).replace(/^ +/, ""))).to.deep.equal([
      "<idle>-0 [000] d.h.      0.000001000: sched_waking: comm=bash pid=42 prio=120 target_cpu=000\n",
      "<...>-0 [000] ....      0.000002000: task_newtask: pid=42 comm=bash clone_flags=0 oom_score_adj=0\n",
      "<...>-0 [000] d...      0.000002000: sched_wakeup_new: comm=bash pid=42 prio=120 target_cpu=000\n",
      "<idle>-0 [000] d...      0.000003000: sched_switch: prev_comm=swapper/0 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=bash next_pid=42 next_prio=120\n",
      "bash-42 [000] d...      0.999999999: sched_waking: comm=make -j?8? pid=43 prio=130 target_cpu=001\n",
      "bash-42 [000] d...      1.000000000: sched_wakeup: comm=make -j?8? pid=43 prio=130 target_cpu=001\n",
      "<idle>-0 [001] d...      4.000000000: sched_migrate_task: comm=bash pid=42 prio=120 orig_cpu=0 dest_cpu=1\n",
      "<idle>-0 [001] d...      4.000000123: tracing_mark_write: I|42|can_migrate_task forced comm=bash pid=42 prio=120 src_cpu=0 dst_cpu=1 level=MC migration=2 detached=1 nr_balance_failed=3 cache_nice_tries=1\n",
      "bash-42 [000] ....      5.000000000: sched_process_exit: comm=bash pid=42 prio=120\n",
      "bash-42 [000] d...      5.000000000: sched_switch: prev_comm=bash prev_pid=42 prev_prio=120 prev_state=X ==> next_comm=swapper/0 next_pid=0 next_prio=120\n",
      "<idle>-0 [000] ..s.      5.000000000: sched_process_free: comm=bash pid=42 prio=120\n",
    ]);
  });

  it("keeps every line in the form that parsers of ftrace expect, and times to the nanosecond", () => {
    const line =
      /^ *(?<task>.*)-(?<pid>\d+) +\[(?<cpu>\d{3})\] [a-zA-Z.\d]{4} +(?<s>\d+)\.(?<ns>\d{9}): (?<name>\w+): (?<args>.*)\n$/u;
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.maxSafeInteger(), fc.string(), (pid, at, comm) => {
        const time = Math.abs(at);
        const found = line.exec(
          new FtraceText().line({
            type: "waking",
            time,
            cpu: 3,
            task: { pid, comm, prio: 120 },
            targetCpu: 5,
          }),
        );
        expect(BigInt(found!.groups!.s) * 1_000_000_000n + BigInt(found!.groups!.ns)).to.equal(BigInt(time));
        expect(found!.groups!.args).to.match(new RegExp(` pid=${pid} prio=120 target_cpu=005$`));
      }),
    );
  });
});

/** A decoded trace, as far as the tests look into it. */
interface Packet {
  timestamp?: number;
  ftraceEvents?: { cpu: number; event: Record<string, Record<string, unknown>>[] };
  trackDescriptor?: { uuid: number; parentUuid?: number; name: string };
  trackEvent?: {
    trackUuid: number;
    type: number;
    counterValue?: number;
    debugAnnotations: { name: string; intValue?: number; stringValue?: string }[];
  };
}

describe("timeline files", () => {
  const scratch = scratchFolder();
  const write = (name: string) => {
    const sink = openTimeline(scratch(name));
    for (const event of events) sink.event(event);
    sink.close();
    return readFileSync(scratch(name));
  };

  it("say how they were made: a comment in ftrace text, an instant in Perfetto's format", () => {
    const made = { tool: "nicetries 1", command: "simulate", seed: "7" };
    for (const name of ["m.ftrace", "m.pftrace"]) openTimeline(scratch(name), { made }).close();
    expect(readFileSync(scratch("m.ftrace"), "utf8")).to.contain(`\n# made: ${JSON.stringify(made)}\n`);
    const [track, instant] = decode(readFileSync(scratch("m.pftrace")));
    expect(track.trackDescriptor!.name).to.equal("nicetries");
    expect(JSON.parse(instant.trackEvent!.debugAnnotations[0].stringValue!)).to.deep.equal(made);
  });

  const decode = (bytes: Uint8Array) =>
    (Trace.toObject(Trace.decode(bytes), { longs: Number }) as { packet: Packet[] }).packet;

  it("are chosen by the end of the name", async () => {
    expect(write("t.ftrace").toString().startsWith(FTRACE_HEADER)).to.equal(true);
    expect(write("t.ftrace").toString().split("\n")).to.have.length(
      FTRACE_HEADER.split("\n").length + events.length,
    );
    expect((await inputErrorOf(() => openTimeline("t.png"))).message).to.match(/\.pftrace .*\.ftrace/);
  });

  it("of Perfetto hold every event in the bundle of its CPU, on the account of the running task", () => {
    const packet = decode(write("t.pftrace"));
    const bundles = packet.flatMap((p) => p.ftraceEvents ?? []);
    expect(bundles.map((b) => [b.cpu, b.event.length])).to.deep.equal([
      [0, 9],
      [1, 1],
    ]);
    const [first, created, , switched, waking] = bundles[0].event;
    expect(first).to.deep.equal({
      timestamp: 1000,
      pid: 0,
      commonFlags: 8,
      schedWaking: { comm: "bash", pid: 42, prio: 120, success: 1, targetCpu: 0 },
    });
    expect(created).to.deep.equal({
      timestamp: 2000,
      taskNewtask: { pid: 42, comm: "bash", cloneFlags: 0, oomScoreAdj: 0 },
    });
    expect(switched.schedSwitch).to.deep.equal({
      prevComm: "swapper/0",
      prevPid: 0,
      prevPrio: 120,
      prevState: 0,
      nextComm: "bash",
      nextPid: 42,
      nextPrio: 120,
    });
    expect(waking).to.include({ pid: 42, commonFlags: 0 });
    const [exit, last, free] = bundles[0].event.slice(6);
    expect(exit.schedProcessExit).to.deep.equal({ comm: "bash", pid: 42, tgid: 42, prio: 120 });
    expect(last.schedSwitch.prevState).to.equal(16);
    expect(free).to.deep.include({
      commonFlags: 16,
      schedProcessFree: { comm: "bash", pid: 42, prio: 120 },
    });
    expect(bundles[1].event[0].schedMigrateTask).to.deep.equal({
      comm: "bash",
      pid: 42,
      prio: 120,
      origCpu: 0,
      destCpu: 1,
    });
  });

  it("of Perfetto show each decision, named after its reason, on the track of its CPU", () => {
    const packet = decode(write("t.pftrace"));
    const tracks = packet.flatMap((p) => p.trackDescriptor ?? []);
    expect(tracks.map((t) => t.name)).to.deep.equal(["can_migrate_task", "decisions for CPU 1"]);
    expect(tracks[1].parentUuid).to.equal(tracks[0].uuid);
    const [shown] = packet.filter((p) => p.trackEvent);
    expect(shown).to.include({ timestamp: 4_000_000_123, trustedPacketSequenceId: 1 });
    expect(shown.trackEvent).to.include({ type: 3, name: "forced", trackUuid: tracks[1].uuid });
    const notes = shown.trackEvent!.debugAnnotations.map((a) => [a.name, a.intValue ?? a.stringValue]);
    expect(Object.fromEntries(notes)).to.include({
      src_cpu: 0,
      dst_cpu: 1,
      level: "MC",
      migration: 2,
      detached: 1,
    });
  });

  it("have counters of control groups: marks of systrace in text, tracks of their own in Perfetto", () => {
    const counts: TimelineEvent[] = [
      { type: "group", time: 5, cpu: 3, path: "/web", what: "running", cpus: 2 },
      { type: "group", time: 6, cpu: 3, path: "/web|x", what: "throttled", cpus: 1 },
      { type: "group", time: 7, cpu: 4, path: "/web", what: "running", cpus: 0 },
    ];
    const text = new FtraceText();
    expect(counts.map((e) => text.line(e).replace(/^.*: tracing/, "tracing"))).to.deep.equal([
      "tracing_mark_write: C|0|/web running|2\n",
      "tracing_mark_write: C|0|/web?x throttled|1\n",
      "tracing_mark_write: C|0|/web running|0\n",
    ]);
    const sink = openTimeline(scratch("g.pftrace"));
    for (const event of counts) sink.event(event);
    sink.close();
    const packets = decode(readFileSync(scratch("g.pftrace")));
    const tracks = packets.flatMap((p) => p.trackDescriptor ?? []);
    expect(tracks.map(({ name }) => name)).to.deep.equal([
      "control groups, CPUs",
      "/web running",
      "/web|x throttled",
    ]);
    const [parent, running, throttled] = tracks;
    expect([running.parentUuid, throttled.parentUuid]).to.deep.equal([parent.uuid, parent.uuid]);
    expect(running).to.have.property("counter");
    const values = packets.flatMap(({ timestamp, trackEvent: e }) =>
      e ? [[timestamp, e.trackUuid, e.type, e.counterValue]] : [],
    );
    expect(values).to.deep.equal([
      [5, running.uuid, 4, 2],
      [6, throttled.uuid, 4, 1],
      [7, running.uuid, 4, 0],
    ]);
  });

  it("of Perfetto have the field numbers of the format", () => {
    // a walk over the wire, apart from the schema that wrote it: path of field numbers -> how often
    const seen = new Map<string, number>();
    const walk = (bytes: Uint8Array, path: string, depth: number): void => {
      let at = 0;
      const varint = () => {
        let value = 0n;
        for (let shift = 0n; ; shift += 7n) {
          const byte = bytes[at++];
          value |= BigInt(byte & 127) << shift;
          if (byte < 128) return value;
        }
      };
      while (at < bytes.length) {
        const tag = Number(varint());
        const here = path === "" ? String(tag >> 3) : `${path}.${tag >> 3}`;
        seen.set(here, (seen.get(here) ?? 0) + 1);
        if ((tag & 7) === 0) varint();
        else {
          expect(tag & 7).to.equal(2);
          const length = Number(varint());
          if (["1", "1.1", "1.1.2", "1.11", "1.60"].includes(here) || depth === 3)
            walk(bytes.subarray(at, at + length), here, depth + 1);
          at += length;
        }
      }
    };
    walk(write("t.pftrace"), "", 0);
    const expected = {
      "1.1.1": 2, // FtraceEventBundle.cpu
      "1.1.2.1": 10, // FtraceEvent.timestamp
      "1.1.2.5": 8, // FtraceEvent.common_flags
      "1.1.2.235": 1, // task_newtask
      "1.1.2.238": 1, // sched_process_exit
      "1.1.2.240": 1, // sched_process_free
      "1.1.2.4": 2, // sched_switch
      "1.1.2.17": 1, // sched_wakeup
      "1.1.2.20": 2, // sched_waking
      "1.1.2.114": 1, // sched_wakeup_new
      "1.1.2.491": 1, // sched_migrate_task
      "1.8": 1, // TracePacket.timestamp of the decision
      "1.11.9": 1, // TrackEvent.type
      "1.11.11": 1, // TrackEvent.track_uuid
      "1.11.23": 1, // TrackEvent.name
      "1.11.4": 9, // TrackEvent.debug_annotations
      "1.60.1": 2, // TrackDescriptor.uuid
    };
    for (const [path, count] of Object.entries(expected)) expect(seen.get(path), path).to.equal(count);
  });
});

describe("decisions of a trace as events", () => {
  it("come in time order although the records of several CPUs do not", async () => {
    const table = plausibleTable(20_000);
    const order = [...Array(20_000).keys()].sort((a, b) => a + (a % 97) * 7 - (b + (b % 97) * 7));
    const chunks = [0, 7000, 7001, 15_000].map((at, c, all) =>
      sliceTable(takeRows(table, order), at, all[c + 1]),
    );
    const times: number[] = [];
    for await (const event of decisionEvents(chunks)) times.push(event.time);
    expect(times).to.deep.equal([...table.numeric.ts].sort((a, b) => a - b));
  });
});
