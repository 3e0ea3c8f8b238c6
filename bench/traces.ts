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
import { type ColumnName, NUMERIC_NAMES, TEXT_NAMES, type TraceTable } from "../traces/schema.ts";
import { sliceTable } from "../traces/table.ts";
import { cpuTime, repeats, row, share } from "./share.ts";
import { runInProcess as memoryOf } from "./traces-memory.ts";

const ROWS = share(500_000);
const CSV_ROWS = share(200_000);

/** Processor time per row in the best round, us. */
async function best(rows: number, rounds: number, job: () => unknown): Promise<number> {
  let seconds = Number.POSITIVE_INFINITY;
  for (let r = 0; r < repeats(rounds); r++) {
    const start = cpuTime();
    await job();
    seconds = Math.min(seconds, cpuTime() - start);
  }
  return (seconds * 1e6) / rows;
}

/** M rows/s. */
const rate = (us: number): string => (1 / us).toPrecision(2);
const times = (fast: number, slow: number): string => (slow / fast).toFixed(1);

/** The thesis's rule in the plainest way: strings for keys, two passes. */
function labelNaively(table: TraceTable): Uint8Array {
  const { pid, src_cpu, dst_cpu, task_nr_migrations, migration } = table.numeric;
  const key = (i: number) => `${pid[i]},${src_cpu[i]},${dst_cpu[i]},${task_nr_migrations[i]}`;
  const forced = new Set<string>();
  for (let i = 0; i < table.rows; i++) if (migration[i] === 2) forced.add(key(i));
  return Uint8Array.from({ length: table.rows }, (_, i) => (forced.has(key(i)) ? 1 : 0));
}

/** Prints the rows of docs/performance.md; nothing is asserted here. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  const file = (name: string) => join(folder, name);
  try {
    const table = plausibleTable(ROWS);
    writeParquet(file("t.parquet"), table);
    const csvTable = sliceTable(table, 0, CSV_ROWS);
    await writeCsv(file("s.csv"), [csvTable]);
    const parquetWrite = await best(ROWS, 5, () => writeParquet(file("w.parquet"), table));
    const csvWrite = await best(CSV_ROWS, 3, () => writeCsv(file("w.csv"), [csvTable]));
    row("Parquet write", rate(parquetWrite), `CSV ${times(csvWrite, parquetWrite)} × as fast`, "");
    const all = NUMERIC_NAMES.length + TEXT_NAMES.length;
    const columns: ColumnName[] = ["pid", "ts", "src_cpu", "dst_cpu", "migration"];
    const parquetRead = await best(ROWS, 5, () => readParquet(file("t.parquet")));
    const fewRead = await best(ROWS, 5, () => readParquet(file("t.parquet"), { columns }));
    const csvRead = await best(CSV_ROWS, 4, () => readCsv(file("s.csv")));
    row(
      "Parquet read",
      rate(parquetRead),
      `CSV (papaparse) ${times(csvRead, parquetRead)} × as fast; ${columns.length} of the ${all} columns ${times(fewRead, parquetRead)} × as fast`,
      "",
    );
    const labels = await best(ROWS, 7, () => labelTable(table, "forced_eventually"));
    const naive = await best(ROWS, 3, () => labelNaively(table));
    row("history labels", rate(labels), `strings for keys ${times(labels, naive)} × slower`, "2");
    const rule = await best(ROWS, 40, () => {
      let agree = 0;
      for (let i = 0; i < ROWS; i++) if (ruleDecision(table, i) === table.numeric.migration[i]) agree++;
      if (agree !== ROWS) throw new Error(`${agree} of ${ROWS} agree`);
    });
    row("replay by the rule", rate(rule), "", "");
    const rows = share(10_000_000);
    const memory = await memoryOf(rows);
    row(
      `${rows.toLocaleString("en")} rows written, checked, labelled and sampled in one process`,
      "",
      `${/peak memory (\d+) MB/.exec(memory)![1]} MB of memory`,
      "500 MB",
    );
    console.log(memory);
    const bytes = (name: string) => statSync(file(name)).size;
    console.log(
      `bytes per row: Parquet ${(bytes("t.parquet") / ROWS).toFixed(1)}, CSV ${(bytes("s.csv") / CSV_ROWS).toFixed(1)}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
