import { exponential, heavyTail, spread } from "../distributions.ts";
import { Barrier, Mutex } from "../resources.ts";
import * as S from "../script.ts";
import { defineModel, parameter, perCpu } from "./model.ts";

/**
 * Convolutional gridding of radio-astronomy samples: processes compute for hundreds of milliseconds on a grid larger
 * than their caches, read the next samples now and then, and add up their grids under a lock; after a major cycle all
 * of them meet. A few more of them than CPUs.
 */
export const convolution = defineModel({
  name: "convolution",
  standsFor: "PTS ASKAP (tConvolve: gridding and degridding)",
  about: "long CPU-bound threads, a few more than CPUs, with rare I/O and rarer barriers",
  unit: "chunks",
  seconds: 120,
  parameters: {
    extraThreads: perCpu(
      parameter(
        5,
        "",
        0,
        4096,
        "threads beyond one per CPU; 5 per 8 CPUs",
        "MPI ranks beside their I/O and the master",
      ),
    ),
    gridNs: parameter(
      35_000_000,
      "ns",
      1,
      1e11,
      "mean work on one chunk of samples",
      "tConvolve: 160,000 samples x 128 channels in seconds",
    ),
    ioPermille: parameter(250, "permille", 0, 1000, "chunks that are read from disk", "assumed"),
    ioNs: parameter(1_500_000, "ns", 1, 1e10, "shortest read; the tail is Pareto", "some MB from an SSD"),
    reduceNs: parameter(400_000, "ns", 1, 1e10, "adding a grid under the lock", "assumed"),
    reduceEvery: parameter(8, "chunks", 1, 1e6, "chunks between two reductions", "assumed"),
    cycle: parameter(5, "reductions", 1, 1e6, "reductions between two barriers", "assumed: a major cycle"),
    daemonEveryNs: parameter(
      12_000_000,
      "ns",
      1e3,
      1e11,
      "mean time between bursts of each background task",
      "MPI progress thread, monitoring, kernel workers",
    ),
    daemonNs: parameter(900_000, "ns", 1, 1e10, "mean burst of a background task", "assumed"),
    daemons: perCpu(parameter(3, "", 0, 256, "background tasks; 3 per 8 CPUs", "assumed")),
    workingSet: parameter(
      4_194_304,
      "bytes",
      0,
      1e9,
      "cache footprint of a thread",
      "a 4096 x 4096 grid does not fit, its hot rows do",
    ),
  },
  setUp({ cpus, spawn }, v) {
    const team = cpus + v.extraThreads;
    const cycle = new Barrier("major cycle", team);
    const grid = new Mutex("grid");
    for (let i = 0; i < team; i++) {
      spawn({
        comm: `gridder-${i}`,
        workingSetBytes: v.workingSet,
        startNs: i * 200_000,
        programme: S.script([
          S.forever(
            S.loop(
              v.cycle,
              S.loop(
                v.reduceEvery,
                S.chance(v.ioPermille, S.sleep(heavyTail(v.ioNs, 20 * v.ioNs))),
                S.run(spread(v.gridNs, 500)),
                S.done(),
              ),
              S.lock(grid),
              S.run(spread(v.reduceNs, 300)),
              S.unlock(grid),
            ),
            S.barrier(cycle),
          ),
        ]),
      });
    }
    for (let i = 0; i < v.daemons; i++) {
      spawn({
        comm: `daemon-${i}`,
        workingSetBytes: 65_536,
        programme: S.script([
          S.forever(S.sleep(exponential(v.daemonEveryNs)), S.run(exponential(v.daemonNs))),
        ]),
      });
    }
  },
});
