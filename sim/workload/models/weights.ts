import { exponential, spread } from "../distributions.ts";
import type { WorkloadSetup } from "../programme.ts";
import * as S from "../script.ts";
import { defineModel, parameter, perCpu } from "./model.ts";

/**
 * CPU-bound tasks of different weight, with rare pauses. It stands for no benchmark: it is the shape that brings about forced
 * migrations, because a queue then holds tasks that are too heavy for what the balancer is to move.
 */
export const weights = defineModel({
  name: "weights",
  standsFor: "no benchmark: foreground work beside niced batch jobs",
  about: "CPU-bound tasks of three nice values, a few more than CPUs, with rare pauses",
  unit: "chunks",
  seconds: 60,
  parameters: {
    busy: perCpu(parameter(8, "", 0, 4096, "tasks at nice 0; one per CPU", "chosen: found by search")),
    low: perCpu(parameter(3, "", 0, 4096, "niced tasks; 3 per 8 CPUs", "chosen: found by search")),
    lowNice: parameter(
      10,
      "",
      0,
      19,
      "nice value of the niced tasks",
      "nice(1) adds 10 where nothing else is said",
    ),
    high: parameter(0, "", 0, 4096, "preferred tasks", "chosen: found by search"),
    highNice: parameter(
      -10,
      "",
      -20,
      0,
      "nice value of the preferred tasks",
      "chosen: half of what there is",
    ),
    chunkNs: parameter(20_000_000, "ns", 1, 1e11, "mean work between two chances to pause", "assumed"),
    pausePermille: parameter(50, "permille", 0, 1000, "chunks with a pause behind them", "assumed: rare I/O"),
    pauseNs: parameter(5_000_000, "ns", 1, 1e11, "mean pause", "a disk that has to seek"),
    workingSet: parameter(
      1_048_576,
      "bytes",
      0,
      1e9,
      "cache footprint of a task",
      "assumed: about an L2 cache",
    ),
  },
  setUp({ spawn }, v) {
    const kinds = [
      ["busy", v.busy, 0],
      ["low", v.low, v.lowNice],
      ["high", v.high, v.highNice],
    ] as const;
    for (const [kind, count, nice] of kinds)
      for (let i = 0; i < count; i++) spawn(task(`${kind}-${i}`, nice, v));
  },
});

interface Work {
  chunkNs: number;
  pausePermille: number;
  pauseNs: number;
  workingSet: number;
}

const task = (comm: string, nice: number, v: Work): Parameters<WorkloadSetup["spawn"]>[0] => ({
  comm,
  nice,
  workingSetBytes: v.workingSet,
  programme: S.script([
    S.forever(
      S.run(spread(v.chunkNs, 500)),
      S.done(),
      S.chance(v.pausePermille, S.sleep(exponential(v.pauseNs))),
    ),
  ]),
});
