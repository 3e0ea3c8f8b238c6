/**
 * Speed and memory of trace files: `npm run bench`, or this part alone with `npx tsx bench/traces.ts`.
 *
 * The table is one that tests use too: 35 numeric and 4 text columns, clocks that advance, loads that wander. Each figure
 * is the best of several rounds, in processor time (user and system, all threads of the process), so that other work on
 * the machine does not count; what is compared does the same work.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plausibleTable } from "../test/traces/arbitraries.ts";
import { readCsv, writeCsv } from "../traces/csv.ts";
import { labelTable } from "../traces/label.ts";
import { readParquet, writeParquet } from "../traces/parquet.ts";
import { ruleDecision } from "../traces/rule.ts";
import type { TraceTable } from "../traces/schema.ts";
import { sliceTable } from "../traces/table.ts";
import { repeats, share } from "./share.ts";
import { runInProcess as memoryOf } from "./traces-memory.ts";

const ROWS = share(500_000);
const CSV_ROWS = share(200_000);

interface Result {
  name: string;
  rows: number;
  /** Processor time of the best round, ms. */
  ms: number;
}

async function best(name: string, rows: number, rounds: number, job: () => unknown): Promise<Result> {
  let ms = Number.POSITIVE_INFINITY;
  for (let r = 0; r < repeats(rounds); r++) {
    const start = process.cpuUsage();
    await job();
    const { user, system } = process.cpuUsage(start);
    ms = Math.min(ms, (user + system) / 1000);
  }
  return { name, rows, ms };
}

/** The thesis's rule in the plainest way: strings for keys, two passes. */
function labelNaively(table: TraceTable): Uint8Array {
  const { pid, src_cpu, dst_cpu, task_nr_migrations, migration } = table.numeric;
  const key = (i: number) => `${pid[i]},${src_cpu[i]},${dst_cpu[i]},${task_nr_migrations[i]}`;
  const forced = new Set<string>();
  for (let i = 0; i < table.rows; i++) if (migration[i] === 2) forced.add(key(i));
  return Uint8Array.from({ length: table.rows }, (_, i) => (forced.has(key(i)) ? 1 : 0));
}

/** Measures and prints; nothing is asserted here, the figures stand in docs/traces.md. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  const file = (name: string) => join(folder, name);
  try {
    const table = plausibleTable(ROWS);
    writeParquet(file("t.parquet"), table);
    const csvTable = sliceTable(table, 0, CSV_ROWS);
    await writeCsv(file("s.csv"), [csvTable]);
    const results: Result[] = [
      await best("Parquet write", ROWS, 5, () => writeParquet(file("w.parquet"), table)),
      await best("  CSV write", CSV_ROWS, 3, () => writeCsv(file("w.csv"), [csvTable])),
      await best("Parquet read", ROWS, 5, () => readParquet(file("t.parquet"))),
      await best("  5 of 39 columns", ROWS, 5, () =>
        readParquet(file("t.parquet"), { columns: ["pid", "ts", "src_cpu", "dst_cpu", "migration"] }),
      ),
      await best("  CSV read", CSV_ROWS, 4, () => readCsv(file("s.csv"))),
      await best("history labels", ROWS, 7, () => labelTable(table, "forced_eventually")),
      await best("  with strings for keys", ROWS, 3, () => labelNaively(table)),
      await best("rule replay", ROWS, 5, () => {
        let agree = 0;
        for (let i = 0; i < ROWS; i++) if (ruleDecision(table, i) === table.numeric.migration[i]) agree++;
        if (agree !== ROWS) throw new Error(`${agree} of ${ROWS} agree`);
      }),
    ];
    print(results);
    const bytes = (name: string) => statSync(file(name)).size;
    console.log(
      `bytes per row: Parquet ${(bytes("t.parquet") / ROWS).toFixed(1)}, CSV ${(bytes("s.csv") / CSV_ROWS).toFixed(1)}`,
    );
    console.log(await memoryOf(share(10_000_000)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(results: readonly Result[]): void {
  const rate = ({ rows, ms }: Result) => rows / ms / 1000;
  let base = results[0];
  for (const result of results) {
    const isBase = !result.name.startsWith(" ");
    if (isBase) base = result;
    const factor = rate(base) / rate(result);
    const ratio = isBase
      ? ""
      : factor >= 1
        ? `${factor.toFixed(1)} x slower`
        : `${(1 / factor).toFixed(1)} x faster`;
    const line = `${result.name.padEnd(36)} ${rate(result).toFixed(2).padStart(8)} M rows/s  ${ratio}`;
    console.log(line.trimEnd());
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
