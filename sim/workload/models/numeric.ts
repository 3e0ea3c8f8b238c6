import { exponential, spread } from "../distributions.ts";
import { Barrier } from "../resources.ts";
import * as S from "../script.ts";
import { defineModel, parameter, perCpu } from "./model.ts";

/**
 * Data-parallel array mathematics: a team of threads computes one kernel after the other with a barrier behind each; the
 * first thread prepares the next one alone. Kernels differ in length; more threads than CPUs by a few, as when the
 * library's own pool meets the one of its linear algebra.
 */
export const numeric = defineModel({
  name: "numeric",
  standsFor: "PTS ArrayFire (BLAS, conjugate gradient on the CPU)",
  about: "data-parallel loops with barriers; a few threads more than CPUs, all of them CPU-bound",
  unit: "kernels",
  seconds: 30,
  parameters: {
    extraThreads: perCpu(
      parameter(
        1,
        "",
        0,
        4096,
        "threads beyond one per CPU; 1 per 8 CPUs",
        "pool of the library beside that of BLAS",
      ),
    ),
    longNs: parameter(
      9_000_000,
      "ns",
      1,
      1e11,
      "work of a thread in a large kernel",
      "SGEMM of 1024^3 on 4 cores: about 20 ms",
    ),
    shortNs: parameter(
      1_500_000,
      "ns",
      1,
      1e11,
      "work of a thread in a small kernel",
      "sparse matrix times vector: 1 to 2 ms",
    ),
    longPermille: parameter(300, "permille", 0, 1000, "share of large kernels", "assumed"),
    imbalancePermille: parameter(
      300,
      "permille",
      0,
      1000,
      "spread of the threads' shares",
      "static schedule of OpenMP, assumed",
    ),
    serialNs: parameter(
      200_000,
      "ns",
      0,
      1e10,
      "mean serial part before a kernel",
      "assumed: allocation and dispatch",
    ),
    spinNs: parameter(
      100_000,
      "ns",
      0,
      1e10,
      "busy waiting at a barrier before the thread sleeps",
      "OpenMP runtimes spin from some us (more threads than CPUs) to 200 ms",
    ),
    helpers: perCpu(
      parameter(
        2,
        "",
        0,
        256,
        "threads that copy buffers now and then; 1 per 4 CPUs",
        "asynchronous queue and memory manager",
      ),
    ),
    workingSet: parameter(
      1_048_576,
      "bytes",
      0,
      1e9,
      "cache footprint of a thread",
      "tiles of L2 size and more",
    ),
  },
  setUp({ cpus, spawn }, v) {
    const team = cpus + v.extraThreads;
    const go = new Barrier("kernel begins", team);
    const end = new Barrier("kernel ends", team);
    const long = spread(v.longNs, v.imbalancePermille);
    const short = spread(v.shortNs, v.imbalancePermille);
    const share = S.run((random) => (random.next32() % 1000 < v.longPermille ? long : short)(random));
    for (let i = 0; i < team; i++) {
      const serial = i === 0 ? [S.done(), S.run(exponential(v.serialNs))] : [];
      spawn({
        comm: i === 0 ? "array-main" : `array-${i}`,
        workingSetBytes: v.workingSet,
        startNs: i * 30_000,
        programme: S.script([S.forever(...serial, S.barrier(go, v.spinNs), share, S.barrier(end, v.spinNs))]),
      });
    }
    for (let i = 0; i < v.helpers; i++) {
      spawn({
        comm: `array-copy-${i}`,
        workingSetBytes: v.workingSet,
        programme: S.script([S.forever(S.sleep(exponential(15_000_000)), S.run(exponential(2_000_000)))]),
      });
    }
  },
});
