import { exponential, heavyTail, spread } from "../distributions.ts";
import type { WorkloadSetup } from "../programme.ts";
import { Channel, Mutex } from "../resources.ts";
import * as S from "../script.ts";
import { defineModel, parameter, perCpu } from "./model.ts";

/**
 * Parallel compression: one thread reads blocks into a job queue, workers compress them, one thread writes the results.
 * The work of a block depends on what is in it.
 */
export const compression = defineModel({
  name: "compression",
  standsFor: "PTS compress-zstd (multi-threaded zstd)",
  about: "pipeline of reader, compressing workers and writer over bounded queues",
  unit: "blocks",
  seconds: 120,
  parameters: {
    streams: perCpu(
      parameter(
        1,
        "",
        1,
        512,
        "compressions side by side, each with a reader and a writer; 1 per 8 CPUs",
        "one reader feeds no more than about 30 workers",
      ),
    ),
    extraWorkers: perCpu(
      parameter(
        2,
        "",
        -4095,
        4096,
        "workers beyond one per CPU; 1 per 4 CPUs",
        "zstd -T0 takes the CPUs; reader, writer and a second run come on top",
      ),
    ),
    blockNs: parameter(
      18_000_000,
      "ns",
      1,
      1e11,
      "mean work of a block",
      "zstd level 8 at 60 MB/s, 1 MB blocks",
    ),
    spreadPermille: parameter(
      700,
      "permille",
      0,
      1000,
      "how much blocks differ",
      "text and random data in one file",
    ),
    readNs: parameter(
      600_000,
      "ns",
      1,
      1e10,
      "work of the reader for a block",
      "copy and checksum at 2 GB/s",
    ),
    writeNs: parameter(
      400_000,
      "ns",
      1,
      1e10,
      "work of the writer for a block",
      "as readNs, for the compressed size",
    ),
    diskNs: parameter(
      900_000,
      "ns",
      1,
      1e10,
      "shortest wait for a block from disk; the tail is Pareto",
      "SATA SSD: 1 MB in 2 ms",
    ),
    cachedPermille: parameter(700, "permille", 0, 1000, "blocks found in the page cache", "read ahead"),
    depth: parameter(16, "blocks", 1, 1e6, "capacity of the job queue", "ZSTDMT: workers + 2 jobs in flight"),
    workingSet: parameter(
      2_097_152,
      "bytes",
      0,
      1e9,
      "cache footprint of a worker",
      "match finder tables of level 8",
    ),
  },
  setUp({ cpus, spawn }, v) {
    const workers = Math.max(1, cpus + v.extraWorkers);
    const upTo = (stream: number) => Math.floor((workers * stream) / v.streams);
    for (let stream = 0; stream < v.streams; stream++)
      spawnStream(spawn, v, upTo(stream), Math.max(upTo(stream) + 1, upTo(stream + 1)));
  },
});

/** One compression: reader, the workers numbered `first` to before `end`, writer. */
function spawnStream(
  spawn: WorkloadSetup["spawn"],
  v: Record<
    | "depth"
    | "cachedPermille"
    | "diskNs"
    | "readNs"
    | "workingSet"
    | "blockNs"
    | "spreadPermille"
    | "writeNs",
    number
  >,
  first: number,
  end: number,
): void {
  const jobs = new Channel("jobs", v.depth, false);
  const results = new Channel("results", v.depth, false);
  const pool = new Mutex("buffer pool");
  const buffer = [S.lock(pool), S.run(spread(4_000, 500)), S.unlock(pool)];
  spawn({
    comm: "zstd-read",
    workingSetBytes: 524_288,
    programme: S.script([
      S.forever(
        S.chance(1000 - v.cachedPermille, S.sleep(heavyTail(v.diskNs, 20 * v.diskNs))),
        S.run(spread(v.readNs, 300)),
        ...buffer,
        S.send(jobs),
      ),
    ]),
  });
  for (let i = first; i < end; i++) {
    spawn({
      comm: `zstd-${i}`,
      workingSetBytes: v.workingSet,
      programme: S.script([
        S.forever(S.receive(jobs), S.run(spread(v.blockNs, v.spreadPermille)), ...buffer, S.send(results)),
      ]),
    });
  }
  spawn({
    comm: "zstd-write",
    workingSetBytes: 524_288,
    programme: S.script([
      S.forever(
        S.receive(results),
        S.run(spread(v.writeNs, 300)),
        S.done(),
        S.chance(100, S.sleep(exponential(2_000_000))),
      ),
    ]),
  });
}
