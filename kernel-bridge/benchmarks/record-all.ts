/**
 * Records workloads in virtual time, two boots of each (train, test), and writes the tables of the datasheet from the traces
 * themselves. There are three sets, each in a folder of traces/real/: `virtual-time`, on both chips and with both migration
 * costs; `groups`, threads in control groups and real-time threads; and `regimes`, one boot of each, busy tasks of few kinds in which
 * many migrations are forced.
 *
 *     npx tsx kernel-bridge/benchmarks/record-all.ts            records what is not there yet, then the tables
 *     npx tsx kernel-bridge/benchmarks/record-all.ts --tables   the tables only
 *     --set NAME                                                groups or regimes in place of virtual-time
 *     --rows N, --seconds S                                     where each recording ends, whichever comes first
 *     --only PATTERN                                            only recordings whose name matches
 *
 * It can be ended and started again at any time. What is most wanted comes first: the first chip with the first migration cost.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { REASONS } from "../../traces/schema.ts";
import { summarizeTrace } from "../../traces/summarize.ts";
import { buildKernel } from "../build/build-kernel.ts";
import { recordInGuest, recordingSummary } from "../collect/record.ts";
import { shownCommand } from "../collect/shown-command.ts";
import { guestClock } from "../guest/clock.ts";
import { type GuestTopology, TOPOLOGIES } from "../guest/qemu-arguments.ts";
import { REALTIME_FILE, REGIME_FILES, RTAPP_FILES, workload } from "./benchmarks.ts";

const REAL = fileURLToPath(new URL("../../traces/real/", import.meta.url));
const INTERRUPTED = "interrupted: the same command goes on with what is not recorded yet";
const BEGIN = "<!-- tables: begin -->";
const END = "<!-- tables: end -->";

/** A run to learn from and a second boot to judge on. */
const RUNS = ["train", "test"] as const;

interface RecordingSet {
  workloads: readonly string[];
  chips: readonly GuestTopology[];
  /** ns */
  migrationCosts: readonly number[];
  /**
   * Recording ends at about the same number of events for all, so that no workload outweighs the others; what balances too
   * seldom for that ends by the clock, in seconds of virtual time.
   */
  rows: number;
  seconds: number;
  /** Default: both. */
  runs?: readonly (typeof RUNS)[number][];
}

export const SETS: Readonly<Record<string, RecordingSet>> = {
  "virtual-time": {
    // the five benchmarks, the desktop and three rt-app files
    workloads: ["hackbench", "pgbench", "zstd", "numeric", "gridding", "desktop", ...RTAPP_FILES],
    chips: TOPOLOGIES,
    // the kernel's own, and one at which a task is seldom cold
    migrationCosts: [500_000, 4_000_000],
    rows: 10_000,
    seconds: 60,
  },
  groups: {
    workloads: ["groups", REALTIME_FILE],
    chips: ["4x2"],
    migrationCosts: [500_000],
    rows: 22_000,
    seconds: 120,
  },
  regimes: {
    workloads: REGIME_FILES,
    chips: ["8x1"],
    migrationCosts: [4_000_000],
    rows: 10_000,
    seconds: 30,
    runs: ["test"],
  },
};
/** A guest that takes longer is killed (seconds of this machine's time). */
const TIME_LIMIT = 3600;

interface Plan {
  workload: string;
  topology: GuestTopology;
  migrationCostNs: number;
  run: (typeof RUNS)[number];
}

/** All recordings of a set, in the order in which they are made. */
export function plannedRecordings({ migrationCosts, chips, workloads, runs = RUNS }: RecordingSet): Plan[] {
  return migrationCosts.flatMap((migrationCostNs) =>
    chips.flatMap((topology) =>
      runs.flatMap((run) => workloads.map((workload) => ({ workload, topology, migrationCostNs, run }))),
    ),
  );
}

/** NAME-CHIP-COST-RUN, as in "pgbench-4x2-500us-train". */
export function recordingName({ workload, topology, migrationCostNs, run }: Plan): string {
  const name = workload.replace(/^.*\//, "").replace(/\.json$/, "");
  return `${name}-${topology}-${migrationCostNs / 1000}us-${run}`;
}

async function recordAll(set: RecordingSet, folder: string, only: RegExp): Promise<void> {
  const { rows, seconds } = set;
  mkdirSync(folder, { recursive: true });
  const { bzImage } = await buildKernel("patched", { say: console.error });
  for (const plan of plannedRecordings(set)) {
    const name = recordingName(plan);
    const path = join(folder, `${name}.parquet`);
    if (existsSync(path) || !only.test(name)) continue;
    const prepared = await workload(plan.workload, seconds, true);
    const recording = await recordInGuest({
      ...prepared,
      collector: "tracepoint",
      bzImage,
      topology: plan.topology,
      clock: guestClock({ clock: "virtual", seed: RUNS.indexOf(plan.run) + 1 }),
      maxRecords: rows,
      duration: seconds,
      migrationCostNs: plan.migrationCostNs,
      workload: prepared.name,
      tool: "nicetries kernel record",
      timeLimit: TIME_LIMIT,
    });
    recording.table.meta.notes.run = plan.run;
    const { counted } = recording;
    if (counted) recording.table.meta.notes.schedstat = JSON.stringify(counted);
    writeParquet(path, recording.table);
    console.error(`${path}: ${recordingSummary(recording)}`);
  }
}

/**
 * Forced migrations and calls that lead to them, in percent of the records, as Table 5.5 of M. Pinto's thesis (UTEC 2024) has them
 * for the benchmarks that these stand for.
 */
const THESIS: Readonly<Record<string, readonly [forced: number, history: number]>> = {
  pgbench: [7.02, 25.75],
  numeric: [0.65, 4.49],
  gridding: [0.4, 2.32],
  zstd: [0.67, 1.58],
  hackbench: [0.003, 0.006],
};

/** The tables of the datasheet. Throws when a trace does not pass its own check; what goes against the rule is counted. */
export async function renderTables(folder: string): Promise<string> {
  const recordings: string[][] = [];
  const reasons: string[][] = [];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".parquet"))
    .sort()) {
    const path = join(folder, file);
    const checker = new TraceChecker();
    let moved = 0;
    for await (const chunk of openTrace(path).chunks()) {
      checker.observe(chunk);
      moved += chunk.numeric.detached.reduce((n, detached) => n + detached, 0);
    }
    const checked = checker.finish();
    if (!isSound({ ...checked, disagree: 0 })) throw new Error(`${path} does not pass its check`);
    const { rows, lost, positives, meta, pids, reasons: by } = await summarizeTrace(path);
    const percent = (n: number) => ((100 * n) / rows).toFixed(2);
    const name = file.replace(/\.parquet$/, "");
    const thesis = THESIS[name.replace(/-.*/, "")];
    const seconds = Number(meta.notes.seconds);
    recordings.push([
      name,
      ...[rows, lost].map(String),
      seconds.toFixed(0),
      (rows / seconds).toFixed(0),
      (Number(meta.notes.instructionsPerSecond) / 1e6).toFixed(0),
      String(pids),
      ...[positives.migrate!, moved, positives.forced_now!, positives.forced_eventually!].map(percent),
      thesis ? thesis.join(", ") : "",
      String(checked.disagree),
    ]);
    reasons.push([name, ...REASONS.map((reason) => String(by[reason] ?? 0))]);
  }
  const table = (header: string[], rows: string[][]) =>
    [header, header.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
      .map((cells) => `| ${cells.join(" | ")} |`)
      .join("\n");
  return [
    "### Recordings and class balance",
    "Shares in percent of the rows. *10^6/s*: instructions per second of virtual time, in millions. *thesis*: forced migrations and " +
      "calls that lead to them in its Table 5.5.",
    table(
      [
        ...["trace", "rows", "lost", "s", "rows/s", "10^6/s", "tasks"],
        ...["migrate", "detached", "forced", "history", "thesis", "against the rule"],
      ],
      recordings,
    ),
    "### Rows by reason",
    table(["trace", ...REASONS], reasons),
  ].join("\n\n");
}

/** README.md of the folder with its tables brought up to date. */
export async function renderDatasheet(folder: string): Promise<string> {
  const text = readFileSync(join(folder, "README.md"), "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error("README.md has lost its marks");
  return `${before}${BEGIN}\n\n${await renderTables(folder)}\n\n${END}${after}`;
}

/** Of the paths in command lines that recordings of older versions hold, only the last names are left. */
async function shortenCommands(folder: string): Promise<void> {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".parquet"))) {
    const path = join(folder, file);
    const { command } = openTrace(path).meta.notes;
    if (command === undefined || shownCommand([command]) === command) continue;
    const table = await readParquet(path);
    table.meta.notes.command = shownCommand([command]);
    writeParquet(path, table);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      set: { type: "string", default: "virtual-time" },
      tables: { type: "boolean" },
      rows: { type: "string" },
      seconds: { type: "string" },
      only: { type: "string", default: "" },
    },
  });
  const set = SETS[values.set];
  if (set === undefined) throw new Error(`--set: one of ${Object.keys(SETS).join(", ")}`);
  const { rows = set.rows, seconds = set.seconds } = values;
  const folder = join(REAL, values.set);
  process.on("exit", (code) => {
    if (code > 128 && !values.tables) console.error(INTERRUPTED);
  });
  if (!values.tables)
    await recordAll(
      { ...set, rows: Number(rows), seconds: Number(seconds) },
      folder,
      new RegExp(values.only),
    );
  await shortenCommands(folder);
  writeFileAtomic(join(folder, "README.md"), await renderDatasheet(folder));
}
