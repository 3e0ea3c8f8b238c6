/**
 * Ten million rows in constant memory: writes a trace of that size, then checks, labels and cuts it, all in one process
 * whose greatest memory is measured by the kernel. `npx tsx bench/traces-memory.ts [ROWS]`; it needs about 1.2 GB of
 * disk under the temporary folder and some minutes.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plausibleTable } from "../test/traces/arbitraries.ts";
import { TraceChecker } from "../traces/check.ts";
import { labelFile } from "../traces/label-file.ts";
import { ParquetTraceWriter, readChunks } from "../traces/parquet.ts";
import { sampleTrace } from "../traces/transform.ts";

const SELF = fileURLToPath(import.meta.url);
const LIMIT_MB = 500;

/** Greatest resident memory of this process so far, MB (VmHWM of /proc/self/status). */
function peakMegabytes(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024;
}

async function main(rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-memory-"));
  const path = join(folder, "t.parquet");
  try {
    const chunk = plausibleTable(50_000);
    const span = chunk.numeric.ts[chunk.rows - 1];
    const start = performance.now();
    const writer = new ParquetTraceWriter(path, chunk.meta);
    while (writer.rows < rows) {
      writer.write(chunk);
      // the next chunk is a later one: clocks go on, pids are other tasks
      for (let i = 0; i < chunk.rows; i++) {
        chunk.numeric.ts[i] += span;
        chunk.numeric.pid[i] = 100 + ((chunk.numeric.pid[i] + 41) % 30_000);
      }
    }
    writer.close();
    const written = performance.now();
    const checker = new TraceChecker();
    for await (const table of readChunks(path)) checker.observe(table);
    const checked = performance.now();
    const labels = await labelFile(path, join(folder, "l.parquet"));
    const labelled = performance.now();
    await sampleTrace(path, join(folder, "s.parquet"), 1000, "1");
    const { agree } = checker.finish();
    if (agree !== writer.rows || labels.rows !== writer.rows) throw new Error("rows were lost");
    const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
    const peak = peakMegabytes();
    console.log(
      `${writer.rows} rows (${(statSync(path).size / 1e6).toFixed(0)} MB on disk) written in ${seconds(start, written)}, ` +
        `checked in ${seconds(written, checked)}, labelled in ${seconds(checked, labelled)}; ` +
        `peak memory ${peak.toFixed(0)} MB`,
    );
    if (peak > LIMIT_MB) throw new Error(`more than ${LIMIT_MB} MB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the measurement in a process of its own and returns what it prints. */
export function runInProcess(rows: number): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--import", "tsx", SELF, String(rows)], (error, stdout, stderr) =>
      error ? reject(new Error(stderr || error.message)) : resolve(stdout.trim()),
    );
  });
}

if (process.argv[1] === SELF) await main(Number(process.argv[2] ?? 10_000_000));
