import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { openTimeline } from "../../../traces/export/open-timeline.ts";
import { FtraceEventBundle, Trace } from "../../../traces/export/perfetto-schema.ts";
import { openRecording } from "../../../traces/timelines/recording.ts";
import { inputErrorOf, scratchFolder } from "../support.ts";
import { claimsOf, DIALECTS, said, timelines } from "./dialects.ts";

describe("recordings in every dialect", () => {
  const scratch = scratchFolder();

  for (const [name, { text, context, arrow }] of Object.entries(DIALECTS))
    it(`say in ${name} what was written`, () =>
      fc.assert(
        fc.asyncProperty(timelines, async (events) => {
          // where an arrow or a bracket is all that ends a name, a name cannot have one
          const plain = /^[\w/.-][\w /.-]*$/;
          const named = events.every((e) =>
            (e.type === "switch" ? [e.prev, e.next] : [e.task]).every((t) => !arrow || plain.test(t.comm)),
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
