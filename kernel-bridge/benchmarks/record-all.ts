/**
 * Records the benchmarks and the rt-app files on the stock kernel, two separate runs each (train, test), into
 * `traces/real/benchmarks/`, and writes the tables of the datasheet there from the traces themselves:
 *
 *     npx tsx kernel-bridge/benchmarks/record-all.ts            records what is not there yet, then the tables
 *     npx tsx kernel-bridge/benchmarks/record-all.ts --tables   the tables only
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { REASONS } from "../../traces/schema.ts";
import { summarizeTrace } from "../../traces/summarize.ts";
import { buildKernel } from "../build/build-kernel.ts";
import { recordInGuest, recordingSummary } from "../collect/record.ts";
import { RTAPP_FILES, workload } from "./benchmarks.ts";

export const FOLDER = fileURLToPath(new URL("../../traces/real/benchmarks/", import.meta.url));
const BEGIN = "<!-- tables: begin -->";
const END = "<!-- tables: end -->";

/** The five benchmarks and the three rt-app files. */
const PLAN: readonly string[] = ["hackbench", "pgbench", "zstd", "numeric", "gridding", ...RTAPP_FILES];
/**
 * Recording ends at the same number of rows for all, so that no workload outweighs the others; what balances too
 * seldom for that ends by the clock.
 */
const MAX_RECORDS = 32768;
const SECONDS = 900;

/**
 * An emulated CPU does some 20 to 50 times less in a millisecond than a real one, so that with the kernel's own
 * 0.5 ms nearly every task would be cold. Every trace stores the value in force.
 */
const MIGRATION_COST_NS = 4_000_000;

async function recordAll(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const image = await buildKernel("stock", { say: console.error });
  for (const name of PLAN)
    for (const run of ["train", "test"]) {
      const prepared = await workload(name, SECONDS);
      const path = join(FOLDER, `${prepared.name}-${run}.parquet`);
      if (existsSync(path)) continue;
      const recording = await recordInGuest({
        ...prepared,
        collector: "bcc",
        bzImage: image.bzImage,
        maxRecords: MAX_RECORDS,
        migrationCostNs: MIGRATION_COST_NS,
        workload: prepared.name,
        tool: "nicetries kernel record",
        timeLimit: 3 * SECONDS,
      });
      recording.table.meta.notes.run = run;
      const { counted } = recording;
      if (counted) recording.table.meta.notes.schedstat = JSON.stringify(counted);
      writeParquet(path, recording.table);
      console.error(`${path}: ${recordingSummary(recording)}`);
    }
}

/** The tables of the datasheet. Throws when a trace does not pass its own check; what goes against the rule is counted. */
export async function renderTables(folder = FOLDER): Promise<string> {
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
    const share = (n: number) => `${n} (${((100 * n) / rows).toFixed(2)} %)`;
    const name = file.replace(/\.parquet$/, "");
    recordings.push([
      name,
      ...[rows, lost].map(String),
      Number(meta.notes.seconds).toFixed(0),
      String(pids),
      ...[positives.migrate!, positives.forced_now!, positives.forced_eventually!, moved].map(share),
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
    table(
      [
        ...["trace", "rows", "lost", "s", "tasks"],
        ...["migrate", "forced now", "forced eventually", "detached", "against the rule"],
      ],
      recordings,
    ),
    "### Rows by reason",
    table(["trace", ...REASONS], reasons),
  ].join("\n\n");
}

/** README.md of the folder with its tables brought up to date. */
export async function renderDatasheet(folder = FOLDER): Promise<string> {
  const text = readFileSync(join(folder, "README.md"), "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error("README.md has lost its marks");
  return `${before}${BEGIN}\n\n${await renderTables(folder)}\n\n${END}${after}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes("--tables")) await recordAll();
  writeFileAtomic(join(FOLDER, "README.md"), await renderDatasheet());
}
