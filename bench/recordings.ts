import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readRecording, recordingAt } from "../lab/recording/read-recording.ts";
import { hardware } from "../sim/chip/hardware.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { growRecording } from "../test/traces/timelines/grow.ts";
import { openTimeline } from "../traces/export/open-timeline.ts";
import type { TimelineEvent } from "../traces/timeline.ts";
import { cpuTime, median, repeats, row, share } from "./share.ts";

/**
 * How fast recorded schedules are read and made workloads, and in how much memory: a recording of hackbench over and over, 150 bytes
 * a row, as text of ftrace and as a Perfetto trace.
 */
const EVENTS = share(1_000_000);
const LARGE_EVENTS = share(14_000_000);
const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
/** Has a process tell, when it ends, the most memory it had. */
const TELL =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))";

/** Median processor time for one event, us. */
async function perEvent(job: () => unknown): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < repeats(5); i++) {
    const start = cpuTime();
    await job();
    seconds.push(cpuTime() - start);
  }
  return (median(seconds) * 1e6) / EVENTS;
}

const read = (path: string) =>
  readRecording(recordingAt(path)!, { hardware: hardware(), recordedOn: presetTopology("i5-1035g1") });

async function readLines(path: string): Promise<number> {
  let lines = 0;
  for await (const _ of createInterface({ input: createReadStream(path) })) lines++;
  return lines;
}

/** What perl needs to count the events of a text by name, us an event. */
function perl(path: string): number {
  const script = "$n{$1}++ if / (sched_\\w+): /; END { print((times)[0] + (times)[1]) }";
  return (Number(execFileSync("perl", ["-ne", script, path], { encoding: "utf8" })) * 1e6) / EVENTS;
}

async function writePerfetto(from: string, to: string): Promise<void> {
  const sink = openTimeline(to);
  for await (const claims of recordingAt(from)!.claims())
    for (const claim of claims) if ("account" in claim) sink.event(claim as TimelineEvent);
  sink.close();
}

/** Greatest memory of `nicetries workload`, MB. */
function peakOf(path: string): number {
  const args = ["--import", "tsx", "--import", TELL, MAIN, "workload", path];
  const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return Number(/peak (\d+)$/.exec(stderr)![1]) / 1024;
}

/** Prints the rows of docs/performance.md; nothing is asserted here. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  const [text, perfetto, large] = ["t.ftrace", "t.pftrace", "large.ftrace"].map((name) => join(folder, name));
  try {
    growRecording(text, EVENTS);
    await writePerfetto(text, perfetto);
    const rate = (us: number) => `${(1 / us).toPrecision(2)} M events/s`;
    const times = (slow: number, fast: number) => (slow / fast).toFixed(1);
    const [ours, lines, counted] = [
      await perEvent(() => read(text)),
      await perEvent(() => readLines(text)),
      perl(text),
    ];
    row(
      "text of ftrace read and made a workload",
      rate(ours),
      `its lines alone, by node:readline, ${times(ours, lines)} × as fast; events counted by perl ${times(ours, counted)} × as fast`,
      "1 M",
    );
    row("the same as a Perfetto trace", rate(await perEvent(() => read(perfetto))), "", "");
    growRecording(large, LARGE_EVENTS);
    const gigabytes = (statSync(large).size / 1e9).toPrecision(2);
    row(`a text of ${gigabytes} GB`, `${peakOf(large).toFixed(0)} MB of memory`, "", "600 MB");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
