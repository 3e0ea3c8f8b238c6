import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import type { TraceMetadata, TraceTable } from "../../traces/schema.ts";
import { missingPackages, requirePackages } from "../build/source.ts";
import { BRIDGE, contentHash, filesUnder } from "../cache.ts";
import { bootGuest } from "../guest/boot.ts";
import type { GuestClock } from "../guest/clock.ts";
import type { Accelerator } from "../guest/kvm-probe.ts";
import { neededFiles } from "../guest/memory-root.ts";
import type { GuestTopology } from "../guest/qemu-arguments.ts";
import { shellWords } from "../guest/shell-words.ts";
import { runProcess } from "../run-process.ts";
import { withScratch } from "../scratch.ts";
import { decodeEvents, type EventRecording } from "./decode-events.ts";
import { decodeRecords, lostRecords, type Sidecar } from "./decode-records.ts";
import { decodeSchedule, type RecordedSchedule } from "./decode-schedule.ts";
import { type BalanceCounts, balanceBetween } from "./schedstat.ts";
import { shownCommand } from "./shown-command.ts";

/** How rows are collected: BCC on any kernel with BTF, or the patched kernel's own tracepoint. */
export type Collector = "bcc" | "tracepoint";

/** Debian's own, because its BCC is made for that one: another may come first in PATH. */
const PYTHON = "/usr/bin/python3";

/** Debian packages for recording with BCC, and the evidence of each. */
export const RECORD_PACKAGES: readonly (readonly [name: string, evidence: string])[] = [
  ["python3", PYTHON],
  ["python3-bpfcc", "/usr/lib/python3/dist-packages/bcc/__init__.py"],
];

export interface RecordOptions {
  collector: Collector;
  command: readonly string[];
  /** Shell lines run before recording begins (prepare data) in the same machine. */
  setup?: string;
  pid?: number;
  comm?: string;
  duration?: number;
  maxRecords?: number;
  /** tracepoint: leave the events in the kernel's buffers until the end, so that nothing is written while the workload runs. */
  hold?: boolean;
  /** Size of the BPF ring buffer in 4-KiB pages, a power of two. */
  ringPages?: number;
  /** Record who runs when, too, into buffers of so many KiB for each CPU; recording ends before one is full. */
  scheduleKb?: number;
  /** Name stored as the workload; default: the command, as shown-command.ts shows it. */
  workload?: string;
  /** The command stays out of the recording: `workload` stands for it. */
  withoutCommand?: boolean;
  /** Text whose sha256 identifies the workload; default: the command. */
  definition?: string;
  tool: string;
  say?: (text: string) => void;
  onOutput?: (chunk: Buffer) => void;
}

export interface GuestRecording extends RecordOptions {
  bzImage: string;
  topology?: GuestTopology;
  accelerator?: Accelerator | "auto";
  /** Default: the host's. */
  clock?: GuestClock;
  /**
   * Record in a guest whose root is in its memory (GuestOptions.ownRoot), with what the command and its setup name and these files
   * and folders besides.
   */
  repeatable?: readonly string[];
  memoryMiB?: number;
  migrationCostNs?: number;
  timeLimit?: number;
  serialLog?: string;
}

export interface Recording {
  table: TraceTable;
  /** Only with the tracepoint collector. */
  decisions?: EventRecording["decisions"];
  sidecar: Sidecar;
  exitCode: number;
  seconds: number;
  schedule?: RecordedSchedule;
  /** Balancing as /proc/schedstat counted it meanwhile; undefined for unknown versions of that file. */
  counted?: BalanceCounts;
}

/** The collector's command line; `out` is the folder it writes to. */
export function collectorCommand(options: RecordOptions, out: string): string {
  const script = options.collector === "bcc" ? "collect.py" : "trace_events.py";
  const words = [PYTHON, join(BRIDGE, "collect", script), "--out", out];
  if (options.collector === "tracepoint" && options.hold) words.push("--hold");
  const add = (name: string, value: string | number | undefined) => {
    if (value !== undefined) words.push(name, String(value));
  };
  add("--duration", options.duration);
  add("--max-records", options.maxRecords);
  add("--schedule-kb", options.scheduleKb);
  if (options.collector === "bcc") {
    add("--pid", options.pid);
    add("--comm", options.comm);
    add("--ring-pages", options.ringPages);
  }
  if (options.command.length > 0) words.push("--", ...options.command);
  return shellWords(words);
}

/** Records in a guest. Throws when the collector fails; the command's own exit code is in the result. */
export async function recordInGuest(options: GuestRecording): Promise<Recording> {
  const [recording] = await recordInTurn(options, [options]);
  return recording;
}

/** What is recorded for itself, of several in one boot. */
export type RecordedPart = Pick<RecordOptions, "command" | "duration" | "workload" | "definition">;

/** Records one command after another in one guest, each for itself. */
export async function recordInTurn(
  options: Omit<GuestRecording, keyof RecordedPart>,
  parts: readonly RecordedPart[],
): Promise<Recording[]> {
  needPackages(options);
  return withScratch("record", async (exchange) => {
    // In virtual time a request to the host takes as long as the host likes: none is made while the workload runs.
    const hold = options.clock?.name === "virtual";
    const folderOf = (i: number) => (parts.length === 1 ? "" : `/${i}`);
    const collect = parts.map((part, i) => {
      const folder = `/nicetries${folderOf(i)}`;
      return `mkdir -p ${folder}; ${collectorCommand({ ...options, ...part, hold }, folder)}`;
    });
    const script = [options.setup, ...collect].filter(Boolean).join("\n");
    const collector = filesUnder(join(BRIDGE, "collect")).map((name) => join(BRIDGE, "collect", name));
    const ownRoot = options.repeatable && neededFiles(script, [...collector, ...options.repeatable]);
    const result = await bootGuest({ ...options, script, exchange, ownRoot });
    if (result.outcome !== "finished")
      throw new InputError(`the guest ended without a result (${result.outcome})`, {
        file: result.serialLog,
        hint: result.outcome === "time limit" ? "Give a larger --time-limit" : "Read the serial log",
      });
    return parts.map((part, i) => {
      const recording = readRecording(`${exchange}${folderOf(i)}`, { ...options, ...part }, result.output);
      Object.assign(recording.table.meta.notes, result.clock);
      if (options.repeatable) recording.table.meta.notes.repeatable = "yes";
      return recording;
    });
  });
}

/** Records on this very machine; needs root. Ctrl-C ends the recording, and what there is by then is kept. */
export async function recordOnHost(options: RecordOptions): Promise<Recording> {
  needPackages(options);
  return withScratch("record", async (out) => {
    const script = [options.setup, collectorCommand(options, out)].filter(Boolean).join("\n");
    const result = await runProcess("sh", ["-c", script], {
      onLine: (line) => options.onOutput?.(Buffer.from(`${line}\n`)),
      passInterrupt: true,
    });
    return readRecording(out, options, result.stderr);
  });
}

/** The collector runs in the guest, but on this machine's files. The tracepoint's one needs no BCC. */
function needPackages({ collector }: Pick<RecordOptions, "collector">): void {
  requirePackages(
    missingPackages(RECORD_PACKAGES.filter(([name]) => collector === "bcc" || name === "python3")),
  );
}

/** Turns the folder that a collector filled into a trace. `output` explains a failure. */
export function readRecording(folder: string, options: RecordOptions, output = ""): Recording {
  const path = join(folder, "collector.json");
  if (!existsSync(path))
    throw new InputError("the collector failed", {
      found: output.trim().split("\n").slice(-2).join(" / ") || "no output",
      expected: "collector.json",
      hint: "Read all that it printed; nicetries kernel doctor lists what is missing, --serial-log FILE keeps the kernel's messages",
    });
  const sidecar: Sidecar = JSON.parse(readFileSync(path, "utf8"));
  const meta = recordingMetadata(sidecar, options);
  const events = options.collector === "tracepoint" ? decodeEvents(folder, sidecar, meta) : undefined;
  const table = events?.table ?? decodeRecords(readFileSync(join(folder, "records.bin")), sidecar, meta);
  return {
    table,
    decisions: events?.decisions,
    schedule: sidecar.schedule && decodeSchedule(join(folder, "schedule"), sidecar.schedule),
    sidecar,
    exitCode: sidecar.exitCode,
    seconds: sidecar.after.time - sidecar.before.time,
    counted: balanceBetween(sidecar.before.schedstat, sidecar.after.schedstat),
  };
}

function recordingMetadata(sidecar: Sidecar, options: RecordOptions): TraceMetadata {
  const command = shownCommand(options.command);
  return traceMetadata({
    source: "kernel",
    kernel: sidecar.kernel,
    chip: `${sidecar.chip}, ${sidecar.domains.map((d) => d.name).join("+") || "no"} domains`,
    tunables: sidecar.tunables,
    workload: options.workload ?? command,
    workloadHash: contentHash([["workload", options.definition ?? command]]),
    tool: options.tool,
    lostRecords: lostRecords(sidecar),
    notes: {
      ...(options.withoutCommand ? {} : { command }),
      collector: sidecar.collector,
      label: sidecar.label,
      seconds: (sidecar.after.time - sidecar.before.time).toFixed(3),
      domains: sidecar.domains.map((d) => `${d.name} nice_tries=${d.cache_nice_tries}`).join(", "),
    },
  });
}

/** One line for a person: rows, classes, losses. */
export function recordingSummary(recording: Recording): string {
  const { table, counted } = recording;
  const count = (of: (i: number) => boolean) => {
    let n = 0;
    for (let i = 0; i < table.rows; i++) if (of(i)) n++;
    return n;
  };
  const { migration, detached, lb_active } = table.numeric;
  const forced = count((i) => migration[i] === 2);
  const moved = count((i) => detached[i] === 1 && lb_active[i] === 0);
  const parts = [
    `${table.rows} calls in ${recording.seconds.toFixed(1)} s`,
    `${count((i) => migration[i] > 0)} may migrate`,
    `${forced} forced`,
    `${moved} detached`,
    `${table.meta.lostRecords} lost`,
  ];
  if (counted) parts.push(`schedstat: ${counted.gained} gained, ${counted.hotGained} of them hot`);
  const { schedule } = recording;
  if (schedule) parts.push(`schedule: ${schedule.events} events, ${schedule.lost} lost`);
  return parts.join(", ");
}
