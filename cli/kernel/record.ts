import { type Command, Option } from "commander";
import { BENCHMARKS, workload } from "../../kernel-bridge/benchmarks/benchmarks.ts";
import type { Variant } from "../../kernel-bridge/build/variants.ts";
import type { Collector, RecordOptions } from "../../kernel-bridge/collect/record.ts";
import type { GuestTopology } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { requireProgram } from "../../kernel-bridge/programs.ts";
import { VERSION } from "../../lab/version.ts";
import { openAtomic, writeFileAtomic } from "../../traces/atomic-file.ts";
import { countOption, numberOption, repeated, secondsOption, timeHelp } from "../option-values.ts";
import { note, printJson } from "../output.ts";
import { UsageError } from "../report-failure.ts";
import { imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags extends option.ClockFlags {
  out: string;
  schedule?: string;
  host?: boolean;
  benchmark?: string;
  workload?: string;
  collector: Collector;
  kernel: Variant;
  topology: GuestTopology;
  seed: number;
  repeatable?: boolean;
  include: string[];
  memory: number;
  migrationCost?: number;
  timeLimit: number;
  pid?: number;
  comm?: string;
  duration?: number;
  maxRecords?: number;
  ringPages?: number;
  serialLog?: string;
  json?: boolean;
}

/** Largest process number of Linux. */
const MAX_PID = 2 ** 22;

/** Reads --ring-pages. */
const ringPages = numberOption("--ring-pages", {
  expected: "a power of two of at least 8",
  holds: (x) => x >= 8 && Number.isInteger(Math.log2(x)),
});

/** Buffer of the schedule for each CPU: some 200,000 switches. */
const SCHEDULE_KB = 16_384;

/** Seconds that a named benchmark runs when nothing is said. */
const BENCHMARK_SECONDS = 60;

export function registerRecord(kernel: Command): void {
  option
    .clockOptions(kernel.command("record"), "auto")
    .argument("[command...]", "the workload; recording ends with it")
    .description("record every can_migrate_task decision of a real kernel as a trace")
    .option("-o, --out <file>", "Parquet file to write", "trace.parquet")
    .option(
      "--schedule <file>",
      "record who runs when, too, and write it here as text of ftrace: FILE.ftrace or FILE.ftrace.gz (docs/recordings.md)",
    )
    .option(
      "--benchmark <name>",
      `instead of a command: ${Object.keys(BENCHMARKS).join(", ")} or an rt-app .json file`,
      option.benchmarkOption("--benchmark"),
    )
    .option(
      "--workload <name>",
      "what the trace calls its workload, instead of the command line (which it then does not hold)",
    )
    .option("--host", "record this machine's kernel (as root) instead of a guest's")
    .addOption(
      new Option("--collector <name>", "bcc works on any kernel with BTF, tracepoint on the patched one only")
        .choices(["bcc", "tracepoint"])
        .default("bcc"),
    )
    .option("--pid <n>", "only this process or thread", countOption("--pid", 1, MAX_PID))
    .option("--comm <name>", "only tasks of this name")
    .option(
      "--duration <time>",
      `end after this time, ${timeHelp("90s or 5m", "s")} (benchmarks: how long they run, ${BENCHMARK_SECONDS}s)`,
      secondsOption("--duration"),
    )
    .option("--max-records <n>", "end after this many calls", countOption("--max-records", 1))
    .option("--ring-pages <n>", "ring buffer in 4-KiB pages, a power of two (default: 8192)", ringPages)
    .addOption(option.variantOption())
    .addOption(option.topologyOption())
    .addOption(option.acceleratorOption())
    .option("--seed <n>", "virtual time: seed of the guest's random numbers", countOption("--seed"), 1)
    .option("--repeatable", "virtual time: the same seed gives the same trace, to the byte (see below)")
    .option(
      "--include <path>",
      "--repeatable: a file or folder that the workload needs; may be repeated",
      repeated(String),
      [],
    )
    .addOption(option.memoryOption())
    .addOption(option.migrationCostOption())
    .addOption(option.timeLimitOption("kill a guest that runs longer", 1800))
    .option("--serial-log <file>", "where the guest kernel's messages go")
    .option(
      "--json",
      "print {out, rows, forced, lost, seconds, exitCode, counts, nmissed, counted, schedule}",
    )
    .addHelpText(
      "after",
      `
Losses are counted (full ring buffer, missed probes) and stored in the trace as lostRecords; the summary compares the
detached tasks with /proc/schedstat. The workload's exit code is the command's own. The command line stands in the trace with
the last names of its paths only; --workload NAME leaves it out.

--repeatable puts all the workload needs into the guest's memory before it starts, as what the host takes for a request would make
two runs differ: the programs and files that the command names, their libraries, a few common tools; the rest of this
machine the guest does not see, so name what a program opens by itself with --include. It needs virtual time and --collector tracepoint.

Examples:
  nicetries kernel record -o hackbench.parquet -- hackbench -g 10 -l 200
  nicetries kernel record --benchmark pgbench --duration 60 -o pg.parquet
  nicetries kernel record --benchmark my-rt-app.json --migration-cost 4ms -o rt.parquet
  nicetries kernel record --kernel patched --collector tracepoint -o patched.parquet -- sysbench cpu --threads=13 run
  nicetries kernel record --clock virtual --schedule pg.ftrace.gz --benchmark pgbench --duration 5 -o pg.parquet
  sudo nicetries kernel record --host --duration 30 -o host.parquet

Benchmarks:
${Object.entries(BENCHMARKS)
  .map(([name, { about, needs }]) => `  ${name.padEnd(10)} ${about} [${needs.map(([p]) => p).join(" ")}]`)
  .join("\n")}`,
    )
    .action(record);
}

async function record(command: string[], flags: Flags): Promise<void> {
  if (flags.benchmark !== undefined && command.length > 0)
    throw new UsageError("give --benchmark or a command, not both");
  if (flags.benchmark === undefined && command.length === 0 && flags.duration === undefined)
    throw new UsageError("nothing to record: give a command after --, --benchmark, or --duration");
  if (flags.collector === "tracepoint") {
    if (!flags.host && flags.kernel === "stock")
      throw new UsageError("--collector tracepoint needs --kernel patched");
    for (const name of ["pid", "comm", "ringPages"] as const)
      if (flags[name] !== undefined)
        throw new UsageError(`--collector tracepoint records all tasks: no --${name}`);
  }
  if (flags.schedule !== undefined && !/\.(ftrace|txt)(\.gz)?$/.test(flags.schedule))
    throw new UsageError(
      `--schedule needs a name that ends in .ftrace, .txt or one of these and .gz, found ${JSON.stringify(flags.schedule)}`,
    );
  requireProgram(command, flags.host ? process.env.PATH : undefined);
  for (const path of [flags.out, flags.schedule]) if (path !== undefined) openAtomic(path).abort(); // where nothing can be written is said before minutes are spent
  const clock = flags.host ? undefined : option.clockOf(flags, "auto", { seed: flags.seed });
  const virtual = clock?.name === "virtual";
  if (flags.repeatable && (!virtual || flags.collector !== "tracepoint"))
    throw new UsageError("--repeatable needs --clock virtual, --kernel patched and --collector tracepoint");
  if (flags.include.length > 0 && !flags.repeatable) throw new UsageError("--include is for --repeatable");
  const given = flags.benchmark
    ? await workload(flags.benchmark, flags.duration ?? BENCHMARK_SECONDS, virtual)
    : { name: undefined, command, setup: undefined, definition: undefined };
  const options: RecordOptions = {
    collector: flags.collector,
    command: given.command,
    setup: given.setup,
    workload: flags.workload ?? given.name,
    withoutCommand: flags.workload !== undefined,
    definition: given.definition,
    pid: flags.pid,
    comm: flags.comm,
    duration: flags.benchmark ? undefined : flags.duration,
    maxRecords: flags.maxRecords,
    ringPages: flags.ringPages,
    scheduleKb: flags.schedule === undefined ? undefined : SCHEDULE_KB,
    tool: `nicetries ${VERSION}`,
    say: note,
    onOutput: (chunk) => process.stderr.write(chunk),
  };
  const { recordInGuest, recordingSummary, recordOnHost } = await import(
    "../../kernel-bridge/collect/record.ts"
  );
  const recording = flags.host
    ? await recordOnHost(options)
    : await recordInGuest({
        ...options,
        bzImage: (await imageOf(flags.kernel)).bzImage,
        topology: flags.topology,
        accelerator: flags.accelerator,
        clock,
        repeatable: flags.repeatable ? flags.include : undefined,
        memoryMiB: flags.memory,
        migrationCostNs: flags.migrationCost,
        timeLimit: flags.timeLimit,
        serialLog: flags.serialLog,
      });
  const { table, sidecar } = recording;
  const { writeParquet } = await import("../../traces/parquet.ts");
  writeParquet(flags.out, table);
  if (flags.schedule !== undefined && recording.schedule) {
    const { scheduleBytes } = await import("../../kernel-bridge/collect/decode-schedule.ts");
    writeFileAtomic(flags.schedule, scheduleBytes(flags.schedule, recording.schedule, virtual));
  }
  process.exitCode = recording.exitCode;
  if (recording.exitCode !== 0) note(`the command ended with exit code ${recording.exitCode}`);
  if (!flags.json) return note(`${flags.out}: ${recordingSummary(recording)}`);
  printJson({
    out: flags.out,
    rows: table.rows,
    forced: table.numeric.migration.reduce((n, m) => n + Number(m === 2), 0),
    lost: table.meta.lostRecords,
    seconds: recording.seconds,
    exitCode: recording.exitCode,
    counts: sidecar.counts,
    nmissed: sidecar.nmissed,
    counted: recording.counted,
    schedule: recording.schedule && {
      out: flags.schedule,
      events: recording.schedule.events,
      lost: recording.schedule.lost,
    },
  });
}
