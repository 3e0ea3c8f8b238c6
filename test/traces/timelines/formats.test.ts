import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { timehist } from "../../../sim/output/timehist.ts";
import { openTimeline } from "../../../traces/export/open-timeline.ts";
import { FtraceEventBundle, Trace } from "../../../traces/export/perfetto-schema.ts";
import type { TimelineEvent } from "../../../traces/timeline.ts";
import { History } from "../../../traces/timelines/history.ts";
import { refuseNoRecording } from "../../../traces/timelines/other-kinds.ts";
import { openRecording } from "../../../traces/timelines/recording.ts";
import { inputErrorOf, scratchFolder } from "../support.ts";
import { claimsOf, DIALECTS, said, timelines } from "./dialects.ts";

describe("recordings in every dialect", () => {
  const scratch = scratchFolder();

  for (const [name, { text, context, arrow, tickNs = 1 }] of Object.entries(DIALECTS))
    it(`say in ${name} what was written`, () =>
      fc.assert(
        fc.asyncProperty(timelines, async (exact) => {
          const events = exact.map((e) => ({ ...e, time: e.time - (e.time % tickNs) }));
          // where nothing stands before a name, blanks at its beginning are none of it
          const named = events.every((e) =>
            (e.type === "switch" ? [e.prev, e.next] : [e.task]).every((t) => !arrow || t.comm[0] !== " "),
          );
          fc.pre(named);
          const path = scratch("any.txt");
          writeFileSync(path, text(events));
          const { claims } = await claimsOf(path);
          const found = claims.filter((c) => c.type !== "machine").map((c) => said(c, context));
          expect(found).to.deep.equal(events.map((e) => said(e, context)));
        }),
        { numRuns: arrow ? 20 : 60 },
      ));

  it("say in Perfetto's encoding what was written", () =>
    fc.assert(
      fc.asyncProperty(timelines, async (events) => {
        const path = scratch("any.pftrace");
        const sink = openTimeline(path);
        for (const e of events) sink.event(e);
        sink.close();
        const { format, claims } = await claimsOf(path);
        expect(format).to.equal("Perfetto");
        // events of one time on several CPUs have no order between them
        const key = (x: unknown) => JSON.stringify(x);
        expect(claims.map((c) => key(said(c, true))).sort()).to.deep.equal(
          events.map((e) => key(said(e, true))).sort(),
        );
      }),
      { numRuns: 60 },
    ));

  it("say in Perfetto's encoding who woke whom, though its CPUs have no order between them at one time", async () => {
    const paths = ["of.ftrace", "of.pftrace"].map((name) => scratch(name));
    const sinks = paths.map((path) => openTimeline(path));
    // more than a bundle of them, at the same few times
    for (let i = 0; i < 400; i++)
      for (const event of chain(1000 * i, i % 2 === 0 ? [2, 1, 0] : [0, 1, 2]))
        for (const sink of sinks) sink.event(event);
    for (const sink of sinks) sink.close();
    const [ftrace, perfetto] = await Promise.all(paths.map(wakesOf));
    expect(ftrace.slice(-2)).to.deep.equal(["399000: 8 by 7", "399000: 9 by 8"]);
    expect(perfetto).to.deep.equal(ftrace);
  });

  it("are known by their content, not by their name, packed or not", async () => {
    const row =
      "          sh-7     [001] d..2.    76.211513: sched_wakeup: comm=sh pid=1642 prio=120 target_cpu=002\n";
    writeFileSync(scratch("app.json"), row);
    writeFileSync(scratch("packed"), gzipSync(row));
    for (const name of ["app.json", "packed"]) {
      const { format, claims } = await claimsOf(scratch(name));
      expect(format).to.equal("ftrace");
      expect(claims).to.have.length(1);
      expect(claims[0]).to.include({ type: "wakeup", cpu: 1, targetCpu: 2, account: 7 });
    }
  });

  it("of ftrace's latency-format say how many entries there were, and are known without their head, too", async () => {
    const row =
      "  <idle>-0         1dNh3. 2500007us+: sched_wakeup: comm=sh pid=1642 prio=120 target_cpu=002\n" +
      "      sh-1642      2d..2. 2500019us : sched_process_exit: comm=sh pid=1642 prio=120\n";
    const head = `# tracer: nop
#
# nop latency trace v1.1.5 on 6.1.0
# --------------------------------------------------------------------
# latency: 0 us, #2/7, CPU#0 | (M:server VP:0, KP:0, SP:0 HP:0 #P:4)
#    -----------------
#    | task: -0 (uid:0 nice:0 policy:0 rt_prio:0)
#    -----------------
`;
    for (const [text, others] of [
      [row, 0],
      [head + row, 2],
    ] as const) {
      writeFileSync(scratch("latency"), text);
      const { format, claims } = await claimsOf(scratch("latency"));
      expect([format, claims.length]).to.deep.equal(["ftrace", 2 + others]);
      const [wakeup, exit] = claims.slice(others);
      expect(wakeup).to.include({ type: "wakeup", time: 0, cpu: 1, account: 0, context: "hardirq" });
      expect(exit).to.include({ type: "exit", time: 12_000, cpu: 2, account: 1642 });
      if (others > 0) {
        expect(claims[0]).to.include({ type: "loss", events: 5 });
        expect(claims[1]).to.include({ type: "machine", cpus: 4 });
      }
    }
  });

  it("of ftrace's option verbose are refused with the option to turn off", async () => {
    writeFileSync(
      scratch("verbose"),
      "# tracer: nop\n#\n# nop latency trace v1.1.5 on 6.1.0\n" +
        "            bash     977   0 0 00000000 000012ab [00000a1b] 2.587ms (+0.011ms): sched_waking: comm=sh pid=7 prio=120 target_cpu=000\n",
    );
    const { details } = await inputErrorOf(() => openRecording(scratch("verbose")));
    expect(details.hint).to.match(/echo 0 > \S+options\/verbose/);
  });

  it("of perf are none of trace-cmd, though a task that perf does not know looks like one of those", async () => {
    const row = "             :-1    -1 [007]    24.386190:       sched:sched_switch: ";
    writeFileSync(
      scratch("perf"),
      `${row}prev_comm=a prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=b next_pid=8 next_prio=120\n`,
    );
    const { format, claims } = await claimsOf(scratch("perf"));
    expect([format, claims.length]).to.deep.equal(["perf script", 1]);
    expect(claims[0]).to.include({ type: "switch", cpu: 7, account: -1 });
  });

  it("of trace-cmd may be raw: a fork in other words", async () => {
    const row =
      "              sh-409   [001]    17.276534: sched_process_fork:    parent_comm=sh parent_pid=409 child_comm=a b child_pid=410\n";
    writeFileSync(scratch("raw"), row);
    const { claims } = await claimsOf(scratch("raw"));
    expect(claims[0]).to.deep.include({
      type: "newtask",
      parent: 409,
      task: { pid: 410, comm: "a b", prio: -1 },
    });
  });

  it("of trace-cmd may have flags behind their CPU (report -l), so that causes are known", async () => {
    const row =
      "a:7 [9] -411     5dNh..    17.280061078: sched_waking: comm=x-1 2d.s.. 1.0: pid=409 prio=120 target_cpu=001\n";
    writeFileSync(scratch("latency"), row);
    const { format, claims } = await claimsOf(scratch("latency"));
    expect(format).to.equal("trace-cmd report");
    expect(claims[0]).to.include({ type: "waking", cpu: 5, account: 411, context: "hardirq", targetCpu: 1 });
    expect(claims[0]).not.to.have.property("yields");
  });

  it("in Perfetto's compact encoding name who comes, and whoever came before leaves", async () => {
    const compactSched = {
      internTable: ["sh", "swapper"],
      switchTimestamp: [5_000_000_000, 1000, 500],
      switchPrevState: [0, 1, 256],
      switchNextPid: [7, 0, 7],
      switchNextPrio: [120, 120, 120],
      switchNextCommIndex: [0, 1, 0],
      wakingTimestamp: [5_000_001_200],
      wakingPid: [7],
      wakingTargetCpu: [3],
      wakingPrio: [120],
      wakingCommIndex: [0],
      wakingCommonFlags: [8],
    };
    const bytes = Trace.encode({ packet: [{ ftraceEvents: { cpu: 3, compactSched } }] }).finish();
    writeFileSync(scratch("compact"), bytes);
    expect(FtraceEventBundle.verify({ cpu: 3, compactSched })).to.equal(null);
    const { claims } = await claimsOf(scratch("compact"));
    expect(
      claims.map((c) => [c.type, c.time, "prev" in c ? [c.prev.pid, c.prevState, c.next.pid] : 0]),
    ).to.deep.equal([
      ["switch", 0, [-1, "R", 7]],
      ["switch", 1000, [7, "S", 0]],
      ["waking", 1200, 0],
      ["switch", 1500, [0, "R", 7]],
    ]);
    expect(claims[2]).to.include({ context: "hardirq", cpu: 3 });
  });
});

/** An interrupt wakes 7 on a CPU, which wakes 8 on the next, which wakes 9 on the third; and all have slept a while later. */
function chain(time: number, [first, second, third]: readonly number[]): TimelineEvent[] {
  const idle = (cpu: number) => ({ pid: 0, comm: `swapper/${cpu}`, prio: 120 });
  const task = (pid: number) => ({ pid, comm: `t${pid}`, prio: 120 });
  const places = [
    [7, first, first],
    [8, first, second],
    [9, second, third],
  ] as const;
  return [
    ...places.flatMap(([pid, by, cpu]): TimelineEvent[] => [
      {
        type: "waking",
        time,
        cpu: by,
        task: task(pid),
        targetCpu: cpu,
        context: pid === 7 ? "hardirq" : undefined,
      },
      { type: "switch", time, cpu, prev: idle(cpu), prevState: "R", next: task(pid) },
    ]),
    ...places.map(
      ([pid, , cpu]): TimelineEvent => ({
        ...{ type: "switch", time: time + 500, cpu, prev: task(pid), prevState: "S", next: idle(cpu) },
      }),
    ),
  ];
}

/** The wake-ups of a recording: when, of whom, and by whom or by what. */
async function wakesOf(path: string): Promise<string[]> {
  const wakes: string[] = [];
  const history = new History({
    wakes: (task, time, cause, waker) => wakes.push(`${time}: ${task.pid} by ${waker?.pid ?? cause}`),
  });
  for await (const claims of openRecording(path)!.claims()) for (const claim of claims) history.add(claim);
  return wakes;
}

describe("losses in a recording", () => {
  const scratch = scratchFolder();
  const row = (t: number) =>
    `          sh-7     [001] d..2.    76.${t}: sched_wakeup: comm=sh pid=9 prio=120 target_cpu=002\n`;
  const lossesOf = async (text: string) => {
    writeFileSync(scratch("lossy.txt"), text);
    const { claims } = await claimsOf(scratch("lossy.txt"));
    return claims.flatMap((c) => (c.type === "loss" ? [[c.cpu, c.events, c.before ?? false]] : []));
  };

  it("are what was overwritten before the first row, and what a cut file lacks of its entries", async () => {
    const head = "# tracer: nop\n#\n# entries-in-buffer/entries-written: 3/10   #P:4\n";
    expect(await lossesOf(head + row(100000) + row(200000))).to.deep.equal([
      [undefined, 7, true],
      [undefined, 1, false],
    ]);
  });

  it("are the words of trace_pipe and trace-cmd", async () => {
    const text = `${row(100000)}CPU:2 [LOST 123 EVENTS]\n${row(200000)}CPU:1 [45 EVENTS DROPPED]\n${row(300000)}`;
    expect(await lossesOf(text)).to.deep.equal([
      [2, 123, false],
      [1, 45, false],
    ]);
  });

  it("are a last row that is cut", async () => {
    expect(await lossesOf(row(100000) + row(200000).slice(0, 30))).to.deep.equal([
      [undefined, undefined, false],
    ]);
  });

  it("are rows that cannot be read, by line", async () => {
    writeFileSync(scratch("bad.txt"), row(100000) + row(200000).replace("pid=9", "pid=nine"));
    const { claims } = await claimsOf(scratch("bad.txt"));
    expect(claims.filter((c) => c.type === "unread")).to.have.length(1);
    expect(claims[1]).to.include({ type: "unread", line: 2 });
  });
});

describe("what is no recording", () => {
  const scratch = scratchFolder();

  for (const [name, begins, command] of [
    ["perf.data", "PERFILE2\0\0", "perf sched script"],
    ["trace.dat", "\x17\x08\x44tracing6\0", "trace-cmd report"],
    ["a zip archive", "PK\x03\x04", "Unpack"],
  ])
    it(`is refused with the way to make one of it: ${name}`, async () => {
      writeFileSync(scratch("binary"), Buffer.from(begins, "latin1"));
      expect((await inputErrorOf(() => openRecording(scratch("binary")))).message).to.include(command);
    });

  it("is refused with the way out where it is inside gzip: perf.data", async () => {
    writeFileSync(scratch("perf.data.gz"), gzipSync("PERFILE2\0\0"));
    const inner = scratch("perf.data");
    expect((await inputErrorOf(() => openRecording(`${inner}.gz`))).message).to.include(
      `Unpack it first: gunzip -c ${inner}.gz > ${inner}. Make text of it: perf sched script --ns -i ${inner} > ${inner}.txt`,
    );
  });

  it("is refused with the way out: what perf sched timehist prints", async () => {
    let own = "";
    const table = timehist((text) => {
      own += text;
    });
    for (const event of chain(0, [0, 1, 2])) table(event);
    const summary = readFileSync(
      new URL("../../../traces/schedules/dialects/perf-sched-timehist.txt.gz", import.meta.url),
    );
    for (const text of [own, summary]) {
      writeFileSync(scratch("times"), text);
      expect(openRecording(scratch("times"))).to.equal(undefined);
      expect((await inputErrorOf(() => refuseNoRecording(scratch("times")))).message).to.match(
        /output of perf sched timehist, .*perf sched script --ns >/,
      );
    }
  });

  it("is not taken for one: other text, nothing, and bytes at random", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        fc.pre(bytes[0] !== 0x0a);
        writeFileSync(scratch("noise"), bytes);
        expect(openRecording(scratch("noise"))).to.equal(undefined);
      }),
      { numRuns: 60 },
    );
    for (const text of ["", "\n", '{ "tasks": {} }', "a-1 [0] b: c\n", "Lorem [1] ipsum 1.5: dolor\n"]) {
      writeFileSync(scratch("text"), text);
      expect(openRecording(scratch("text")), text).to.equal(undefined);
    }
  });
});
