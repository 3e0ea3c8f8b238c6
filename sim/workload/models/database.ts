import { exponential, heavyTail, spread } from "../distributions.ts";
import { Barrier, Channel, Gate, Mutex, Semaphore } from "../resources.ts";
import * as S from "../script.ts";
import { defineModel, parameter, perCpu } from "./model.ts";

/**
 * A database server in a virtual machine with garbage collection, and its load generator on the same computer:
 * clients → request queue → worker pool (memtable lock, commit-log queue, disk reads) → reply; compaction threads that
 * compute for long; a collector that stops the world and works in parallel.
 */
export const database = defineModel({
  name: "database",
  standsFor: "PTS Cassandra (database reads and writes)",
  about:
    "thread pool with queues and locks, bursts of parallel garbage collection, compaction in the background",
  unit: "requests",
  seconds: 10,
  parameters: {
    clients: perCpu(
      parameter(
        48,
        "",
        1,
        5000,
        "client threads, each with one request under way; 6 per CPU",
        "cassandra-stress: rate threads=...",
      ),
    ),
    workers: perCpu(
      parameter(
        32,
        "",
        1,
        5000,
        "threads of the request stage; 4 per CPU",
        "Cassandra: concurrent_reads and concurrent_writes = 32",
      ),
    ),
    requestNs: parameter(
      120_000,
      "ns",
      1,
      1e9,
      "mean work of one request",
      "50,000 requests/s on 8 CPUs, client included",
    ),
    clientNs: parameter(30_000, "ns", 1, 1e9, "mean work of a client per request", "assumed"),
    missPermille: parameter(
      700,
      "permille",
      0,
      1000,
      "requests that read from disk",
      "assumed: a data set larger than memory",
    ),
    diskNs: parameter(
      3_000_000,
      "ns",
      1,
      1e10,
      "shortest disk read; the tail is Pareto",
      "SATA disk or busy SSD: some ms",
    ),
    lockedNs: parameter(8_000, "ns", 1, 1e9, "work under the memtable lock", "assumed"),
    collectEveryNs: parameter(
      400_000_000,
      "ns",
      1e6,
      1e11,
      "mean time between collections",
      "young generation of some 100 MB at 500 MB/s",
    ),
    collectNs: parameter(
      12_000_000,
      "ns",
      1e3,
      1e10,
      "work of each collector thread per collection",
      "G1 young pauses: 10 to 50 ms",
    ),
    collectors: {
      ...parameter(
        8,
        "",
        1,
        256,
        "collector threads; 1 per CPU up to 8, then 5 per 8 CPUs more",
        "JVM: ParallelGCThreads",
      ),
      on: (cpus) => (cpus <= 8 ? cpus : 8 + Math.floor(((cpus - 8) * 5) / 8)),
    },
    compactors: perCpu(
      parameter(
        2,
        "",
        0,
        256,
        "compaction threads; 1 per 4 CPUs",
        "Cassandra: concurrent_compactors, 2 to 4",
      ),
    ),
    compactNs: parameter(
      60_000_000,
      "ns",
      1,
      1e11,
      "work of a compaction between two disk writes",
      "16 MB/s throttle in 1 MB chunks",
    ),
    compactNice: parameter(0, "nice", -20, 19, "nice value of compaction threads", "assumed"),
    compactSleepNs: parameter(6_000_000, "ns", 0, 1e10, "mean wait for a disk write", "assumed"),
    workingSet: parameter(262_144, "bytes", 0, 1e9, "cache footprint of a worker", "assumed"),
  },
  setUp({ spawn }, v) {
    const requests = new Channel("requests", 1024, false);
    const log = new Channel("commit log", 1024, false);
    const memtable = new Mutex("memtable");
    const world = new Gate("safepoint");
    const replies = Array.from({ length: v.clients }, (_, i) => new Semaphore(`reply ${i}`));
    for (let i = 0; i < v.clients; i++) {
      spawn({
        comm: "stress-client",
        workingSetBytes: 65_536,
        startNs: i * 50_000,
        programme: S.script([
          S.forever(
            S.run(exponential(v.clientNs)),
            S.send(requests, i),
            S.semaphoreWait(replies[i]),
            S.done(),
          ),
        ]),
      });
    }
    for (let i = 0; i < v.workers; i++) {
      spawn({
        comm: `worker-${i}`,
        workingSetBytes: v.workingSet,
        programme: S.script([
          S.forever(
            S.receive(requests),
            S.gatePass(world),
            S.run(exponential(Math.ceil(v.requestNs / 2))),
            S.gatePass(world),
            S.chance(v.missPermille, S.sleep(heavyTail(v.diskNs, 40 * v.diskNs))),
            S.lock(memtable),
            S.run(spread(v.lockedNs, 500)),
            S.unlock(memtable),
            S.run(exponential(Math.ceil(v.requestNs / 2))),
            S.chance(500, S.send(log, 1)),
            S.reply((client) => replies[client]),
          ),
        ]),
      });
    }
    spawn({
      comm: "commitlog",
      workingSetBytes: v.workingSet,
      programme: S.script([
        S.forever(
          S.loop(64, S.receive(log), S.run(spread(3_000, 300))),
          S.sleep(heavyTail(v.diskNs, 20 * v.diskNs)),
        ),
      ]),
    });
    for (let i = 0; i < v.compactors; i++) {
      spawn({
        comm: `compaction-${i}`,
        nice: v.compactNice,
        workingSetBytes: 4 * v.workingSet,
        startNs: 5_000_000 * i,
        programme: S.script([
          S.forever(
            S.gatePass(world),
            S.run(spread(v.compactNs, 400)),
            S.sleep(exponential(v.compactSleepNs)),
          ),
        ]),
      });
    }
    const begin = new Barrier("collection begins", v.collectors + 1);
    const end = new Barrier("collection ends", v.collectors + 1);
    for (let i = 0; i < v.collectors; i++) {
      spawn({
        comm: `gc-${i}`,
        workingSetBytes: 2 * v.workingSet,
        programme: S.script([S.forever(S.barrier(begin), S.run(spread(v.collectNs, 600)), S.barrier(end))]),
      });
    }
    spawn({
      comm: "vm-thread",
      programme: S.script([
        S.forever(
          S.sleep(exponential(v.collectEveryNs)),
          S.gateClose(world),
          S.run(100_000),
          S.barrier(begin),
          S.barrier(end),
          S.gateOpen(world),
        ),
      ]),
    });
  },
});
