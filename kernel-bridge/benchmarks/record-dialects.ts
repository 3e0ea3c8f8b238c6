/**
 * Records one small load in every form in which Linux's own tools give a schedule, into `traces/schedules/dialects/`: ftrace's
 * texts and the files of trace-cmd and perf in a guest, their texts and counts here, by the same tools.
 *
 *     npx tsx kernel-bridge/benchmarks/record-dialects.ts
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { writeFilesAtomic } from "../../traces/atomic-file.ts";
import { buildKernel } from "../build/build-kernel.ts";
import { bootGuest } from "../guest/boot.ts";
import { requireProgram } from "../programs.ts";
import { withScratch } from "../scratch.ts";

const FOLDER = fileURLToPath(new URL("../../traces/schedules/dialects/", import.meta.url));
const SCRIPT = fileURLToPath(new URL("dialects.sh", import.meta.url));

/** Texts that the tools make of their own files. */
export const CONVERSIONS: Readonly<Record<string, readonly string[]>> = {
  "trace-cmd-report.txt": ["trace-cmd", "report", "-t", "trace.dat"],
  "trace-cmd-report-no-plugins.txt": ["trace-cmd", "report", "-N", "trace.dat"],
  "trace-cmd-report-latency.txt": ["trace-cmd", "report", "-l", "-t", "trace.dat"],
  "trace-cmd-report-raw.txt": ["trace-cmd", "report", "-R", "trace.dat"],
  "perf-script.txt": ["perf", "script", "-f", "--ns", "-i", "perf.data"],
  "perf-script-pid.txt": [
    "perf",
    "script",
    "-f",
    "-i",
    "perf.data",
    "-F",
    "comm,pid,tid,cpu,time,event,trace",
  ],
  "perf-sched-script.txt": ["perf", "sched", "-f", "-i", "perf.data", "script"],
  "perf-sched-timehist.txt": ["perf", "sched", "timehist", "-f", "-s", "-i", "perf.data"],
};

/** What a tool prints of the files in a folder. */
export function converted(words: readonly string[], cwd: string): Buffer {
  return execFileSync(words[0], words.slice(1), { cwd, stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1e8 });
}

/** Fields that name a task, of the events that are counted. */
const COUNTED = {
  switches: "sched_switch:next_pid",
  wakeups: "sched_wakeup:pid",
  migrations: "sched_migrate_task:pid",
};

/** What trace-cmd counts by its own filters: how often each task came to a CPU, was woken and was moved. */
export function traceCmdCounts(folder: string) {
  const report = ["trace-cmd", "report", "-N"];
  const text = converted([...report, "trace.dat"], folder).toString("latin1");
  const pids = [...new Set(text.match(/(?<=\b(?:next_)?pid=)\d+/g))];
  const counts = Object.entries(COUNTED).map(([what, field]) => {
    const event = ` ${field.split(":")[0]}: `;
    const found = pids.map((pid): [string, number] => {
      const filtered = converted([...report, "-F", `${field}==${pid}`, "trace.dat"], folder).toString(
        "latin1",
      );
      return [pid, filtered.split(event).length - 1];
    });
    return [what, Object.fromEntries(found.filter(([pid, n]) => n > 0 && pid !== "0"))];
  });
  return { command: `${report.join(" ")} -F EVENT:FIELD==PID trace.dat`, ...Object.fromEntries(counts) };
}

async function record(): Promise<void> {
  for (const tool of ["trace-cmd", "perf"]) requireProgram([tool]);
  mkdirSync(FOLDER, { recursive: true });
  const { bzImage } = await buildKernel("stock", { say: console.error });
  await withScratch("dialects", async (exchange) => {
    const { exitCode, output } = await bootGuest({
      bzImage,
      script: readFileSync(SCRIPT, "utf8"),
      exchange,
      timeLimit: 300,
      say: console.error,
    });
    if (exitCode !== 0) throw new Error(`the guest ended with ${exitCode}: ${output.slice(-2000)}`);
    const folder = join(exchange, "dialects");
    writeFileSync(
      join(folder, "trace-cmd-counts.json"),
      `${JSON.stringify(traceCmdCounts(folder), null, 1)}\n`,
    );
    const files = new Map<string, Uint8Array>(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]),
    );
    for (const [name, words] of Object.entries(CONVERSIONS)) files.set(name, converted(words, folder));
    files.delete("trace.dat"); // half a megabyte of the kernel's symbols
    writeFilesAtomic(
      [...files].map(([name, bytes]) => [join(FOLDER, `${name}.gz`), gzipSync(bytes, { level: 9 })]),
    );
    for (const [name, bytes] of files) console.error(`${name}: ${bytes.length} bytes`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await record();
