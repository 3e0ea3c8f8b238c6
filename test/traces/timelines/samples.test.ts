import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { CONVERSIONS, converted } from "../../../kernel-bridge/benchmarks/record-dialects.ts";
import { findProgram } from "../../../kernel-bridge/find-program.ts";
import { readRecording, recordingAt } from "../../../lab/recording/read-recording.ts";
import { hardware } from "../../../sim/chip/hardware.ts";
import { openTimeline } from "../../../traces/export/open-timeline.ts";
import { Trace } from "../../../traces/export/perfetto-schema.ts";
import type { TimelineEvent } from "../../../traces/timeline.ts";
import type { Claim } from "../../../traces/timelines/claim.ts";
import type { RecordedLife } from "../../../traces/timelines/life.ts";
import { STATE_BITS } from "../../../traces/timelines/task-state.ts";
import { runCommand } from "../../model/run-command.ts";
import { scratchFolder } from "../support.ts";

const FOLDER = fileURLToPath(new URL("../../../traces/schedules/dialects/", import.meta.url));
const at = (name: string): string => `${FOLDER}${name}.gz`;
const textAt = (path: string): string => {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
};
const textOf = (name: string): string => textAt(at(name));

/** What each is called when it is read; those on one line are texts of one recording. */
const SAMPLES: readonly (readonly [format: string, ...names: string[]])[] = [
  ["ftrace", "trace.txt"],
  ["ftrace", "trace_pipe.txt"],
  ["ftrace", "trace-overwritten.txt"],
  ["ftrace", "trace-tgid.txt", "trace-no-irq-info.txt", "trace-latency-format.txt"],
  [
    "trace-cmd report",
    "trace-cmd-report.txt",
    "trace-cmd-report-no-plugins.txt",
    "trace-cmd-report-raw.txt",
    "trace-cmd-report-latency.txt",
  ],
  ["perf script", "perf-script.txt", "perf-script-pid.txt", "perf-sched-script.txt"],
];

const read = (path: string) => readRecording(recordingAt(path)!, { hardware: hardware() });
type ByPid = Record<string, number>;

/** By pid, without what is 0. */
function byPid(lives: readonly RecordedLife[], of: (life: RecordedLife) => number): ByPid {
  const sums: ByPid = {};
  for (const life of lives) if (of(life) > 0) sums[life.pid] = (sums[life.pid] ?? 0) + of(life);
  return sums;
}

const countsOf = (lives: readonly RecordedLife[]) => ({
  switches: byPid(lives, (life) => life.switches),
  wakings: byPid(lives, (life) => life.wakings),
  wakeups: byPid(lives, (life) => life.wakeups),
  migrations: byPid(lives, (life) => life.migrateEvents),
  names: Object.fromEntries(lives.map((life) => [life.pid, life.comm])),
});

/** What `perf sched timehist -s` says of each task but itself, which it meets half recorded: times that it came to a CPU, ms of CPU time. */
function timehist(text: string) {
  const rows = [...text.matchAll(/(\S.*)\[(?:\d+\/)?(\d+)\] +-?\d+ +(\d+) +([\d.]+)/g)];
  return rows.flatMap(([, comm, pid, switches, ms]) =>
    comm === "perf" ? [] : [{ pid, switches: Number(switches), ms: Number(ms) }],
  );
}

describe("what Linux's own tools print of a schedule", () => {
  const scratch = scratchFolder();

  it("is all among the samples", () => {
    const texts = readdirSync(FOLDER).filter((name) => name.endsWith(".txt.gz"));
    const known = [...SAMPLES.flatMap(([, ...names]) => names), "perf-sched-timehist.txt"];
    expect(texts.sort()).to.deep.equal(known.map((name) => `${name}.gz`).sort());
  });

  for (const [format, ...names] of SAMPLES)
    for (const name of names)
      it(`is read and simulated as what it is: ${name}`, async () => {
        const text = textOf(name);
        const { status, stdout, stderr } = await runCommand("simulate", at(name), "--json");
        expect(status, stderr).to.equal(0);
        const { recording } = JSON.parse(stdout);
        const count = (event: string) => text.split(new RegExp(` (?:sched:)?${event}: `)).length - 1;
        const [, inBuffer, written] = /entries-written: (\d+)\/(\d+)/.exec(text) ?? [];
        expect(recording).to.deep.equal({
          format,
          seconds: recording.seconds,
          cpus: 8,
          switches: count("sched_switch"),
          wakeups: count("sched_wakeup") + count("sched_wakeup_new"),
          migrations: count("sched_migrate_task"),
          lost: written === undefined ? 0 : Number(written) - Number(inBuffer),
        });
        expect(recording.seconds).to.be.within(0.05, 20);
        expect(stderr).not.to.match(/cannot be read|clock runs backwards/);
      });

  for (const [, first, ...others] of SAMPLES.filter((names) => names.length > 2))
    it(`says the same of every task in each of its texts: ${[first, ...others].join(", ")}`, async () => {
      const counts = countsOf((await read(at(first))).lives);
      for (const name of others) expect(countsOf((await read(at(name))).lives), name).to.deep.equal(counts);
    });

  it("is counted task by task as trace-cmd counts it by its own filters", async () => {
    const { lives } = await read(at("trace-cmd-report.txt"));
    const { command, ...counts } = JSON.parse(textOf("trace-cmd-counts.json"));
    expect(command).to.match(/^trace-cmd report/);
    const { switches, migrations } = countsOf(lives);
    const news = textOf("trace-cmd-report-no-plugins.txt").matchAll(/ sched_wakeup_new: .*\bpid=(\d+) prio/g);
    const wakeups = { ...counts.wakeups };
    for (const [, pid] of news) wakeups[pid] = (wakeups[pid] ?? 0) + 1;
    expect({ switches, migrations, wakeups: byPid(lives, (life) => life.wakeups) }).to.deep.equal({
      ...counts,
      wakeups,
    });
  });

  /** `tickMs`: how exact the times of the text are. */
  const equalTimehist = async (path: string, text: string, tickMs = 0.000_001) => {
    const { lives } = await read(path);
    const switches = byPid(lives, (life) => life.switches);
    const times = byPid(lives, (life) => life.runNs);
    // the last time of a task that is gone already when it leaves its CPU, perf gives to nobody (-1)
    const gone = new Set(
      [...textAt(path).matchAll(/^ +:-1 +-1 .* sched:sched_switch: .*? prev_pid=(\d+) /gm)].map(
        ([, pid]) => pid,
      ),
    );
    const tasks = timehist(text).filter(({ pid }) => !gone.has(pid));
    expect(tasks.length).to.be.above(20);
    for (const { pid, switches: n, ms } of tasks) {
      expect(switches[pid], pid).to.equal(n);
      expect(times[pid] / 1e6, pid).to.be.closeTo(ms, 0.001 + n * tickMs);
    }
  };

  it("gives the switches and the CPU time of each task that perf sched timehist finds", () =>
    equalTimehist(at("perf-script.txt"), textOf("perf-sched-timehist.txt")));

  it("does so with the perf that is installed, too", async function () {
    if (!findProgram("perf")) this.skip();
    writeFileSync(scratch("perf.data"), gunzipSync(readFileSync(at("perf.data"))));
    const tool = (name: string) => converted(CONVERSIONS[name], scratch());
    const times = tool("perf-sched-timehist.txt").toString("latin1");
    for (const [name, tickMs] of [
      ["perf-script.txt", 0.000_001],
      ["perf-sched-script.txt", 0.001],
    ] as const) {
      writeFileSync(scratch(name), tool(name));
      expect(recordingAt(scratch(name))!.format).to.equal("perf script");
      await equalTimehist(scratch(name), times, tickMs);
    }
  });

  describe("is the same in other wrappings", () => {
    const NAME = "trace-tgid.txt";
    const same = async (path: string, format: string) => {
      const { lives, summary } = await read(path);
      expect(summary.format).to.equal(format);
      expect(countsOf(lives)).to.deep.equal(countsOf((await read(at(NAME))).lives));
    };
    const events = async (): Promise<(Claim & TimelineEvent)[]> => {
      const all: Claim[] = [];
      for await (const claims of recordingAt(at(NAME))!.claims()) all.push(...claims);
      return all.filter((claim) => "account" in claim) as (Claim & TimelineEvent)[];
    };

    it("a systrace page", async () => {
      const page = `<!DOCTYPE html>\n<html>\n<head><script>\nvar x = [0]; // a-1 [0] 1.5: b: c\n</script></head>\n<body>\n<script class="trace-data" type="application/text">\n`;
      writeFileSync(scratch("page.html"), `${page}${textOf(NAME)}</script>\n</body></html>\n`, "latin1");
      await same(scratch("page.html"), "systrace HTML");
    });

    it("a Perfetto trace with ftrace events", async () => {
      const sink = openTimeline(scratch("t.pftrace"));
      for (const event of await events()) sink.event(event);
      sink.close();
      await same(scratch("t.pftrace"), "Perfetto");
    });

    it("a Perfetto trace with switches and wakings in the compact encoding", async () => {
      const all = await events();
      const packet = [...new Set(all.map(({ cpu }) => cpu))].map((cpu) => ({
        ftraceEvents: { cpu, ...compact(all.filter((event) => event.cpu === cpu)) },
      }));
      writeFileSync(scratch("c.pftrace"), Trace.encode({ packet }).finish());
      const { lives } = await read(scratch("c.pftrace"));
      const { switches, wakings } = countsOf((await read(at(NAME))).lives);
      const found = countsOf(lives);
      expect({ switches: found.switches, wakings: found.wakings }).to.deep.equal({ switches, wakings });
    });
  });
});

/** As traced writes them: each time as its distance from the one before, names by their place in a table. */
function compact(events: readonly (Claim & TimelineEvent)[]) {
  const internTable: string[] = [];
  const place = (comm: string) => {
    if (!internTable.includes(comm)) internTable.push(comm);
    return internTable.indexOf(comm);
  };
  const steps = (times: readonly number[]) =>
    times.map((time, i) => (i === 0 ? time + 1e9 : time - times[i - 1]));
  const switches = events.filter((event) => event.type === "switch");
  const wakings = events.filter((event) => event.type === "waking");
  return {
    compactSched: {
      switchTimestamp: steps(switches.map(({ time }) => time)),
      switchPrevState: switches.map(({ prevState }) => STATE_BITS[prevState]),
      switchNextPid: switches.map(({ next }) => next.pid),
      switchNextPrio: switches.map(({ next }) => next.prio),
      switchNextCommIndex: switches.map(({ next }) => place(next.comm)),
      wakingTimestamp: steps(wakings.map(({ time }) => time)),
      wakingPid: wakings.map(({ task }) => task.pid),
      wakingTargetCpu: wakings.map(({ targetCpu }) => targetCpu),
      wakingPrio: wakings.map(({ task }) => task.prio),
      wakingCommIndex: wakings.map(({ task }) => place(task.comm)),
      wakingCommonFlags: wakings.map(({ context }) =>
        context === "hardirq" ? 8 : context === "softirq" ? 16 : 0,
      ),
      internTable,
    },
  };
}
