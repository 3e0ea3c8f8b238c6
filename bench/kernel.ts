/**
 * What a decision in the kernel costs, in instructions of virtual time, and which part of it costs what: three networks of the first
 * experiment's inputs are measured, 1-2-1, 7-2-1 and 7-10-1; what they have in common is the entry with its statistics, what
 * they differ by are six inputs and four pairs of hidden units. Needs QEMU 8.1 or newer; takes some ten minutes.
 *
 *     npm run bench -- kernel
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildKernel } from "../kernel-bridge/build/build-kernel.ts";
import { type BenchResult, benchModel } from "../kernel-bridge/deploy/bench.ts";
import { guestClock } from "../kernel-bridge/guest/clock.ts";
import type { InputSpec, Net } from "../model/net.ts";
import { encodeNt } from "../model/nt-write.ts";
import { randomStream } from "../sim/engine/random.ts";
import { QUICK } from "./share.ts";

/** Inputs of the first experiment, with ranges as they are seen. */
const INPUTS: readonly (readonly [InputSpec["feature"], offset: number, scale: number])[] = [
  ["task_util_avg", 512, 1 / 512],
  ["delta", 1e9, 1e-9],
  ["task_nr_migrations", 500, 1 / 500],
  ["pid", 2000, 1 / 2000],
  ["sd_nr_balance_failed", 4, 1 / 4],
  ["task_vruntime", 3e10, 1 / 3e10],
  ["cpu_idle", 0.5, 2],
];

/** A network whose last pair of hidden units decides, so that every one is computed. */
function network(inputs: number, hidden: number): Net {
  const random = randomStream("bench/kernel", `${inputs}-${hidden}`);
  const uniform = (n: number, size: number) =>
    Float32Array.from({ length: n }, () => (2 * random() - 1) * size);
  return {
    target: "migrate",
    threshold: 0,
    inputs: INPUTS.slice(0, inputs).map(([feature, offset, scale]) => ({
      feature,
      transform: feature === "cpu_idle" ? "flag" : "identity",
      clipLow: 0,
      clipHigh: 0,
      offset,
      scale,
    })),
    layers: [
      {
        inputs,
        outputs: hidden,
        activation: "sigmoid",
        weights: uniform(inputs * hidden, 1.5),
        bias: uniform(hidden, 0.5),
      },
      {
        inputs: hidden,
        outputs: 1,
        activation: "identity",
        // Alternating and equal: until the last pair the sum of the others can still turn the sign.
        weights: Float32Array.from({ length: hidden }, (_, i) => (i % 2 === 0 ? 1 : -1)),
        bias: Float32Array.of(0),
      },
    ],
  };
}

const median = (result: BenchResult, name: string) =>
  result.contenders.find((each) => each.name === name)!.medianInstructions;

export async function run(): Promise<void> {
  const clock = guestClock({ clock: "virtual", shift: 0 });
  const { bzImage } = await buildKernel("patched", { say: console.error });
  const folder = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  const measure = async (inputs: number, hidden: number) => {
    const model = join(folder, `${inputs}-${hidden}-1.nt`);
    writeFileSync(model, encodeNt(network(inputs, hidden), { name: `${inputs}-${hidden}-1` }));
    const result = await benchModel({
      model,
      command: ["hackbench", ...(QUICK ? ["-g", "1", "-l", "20"] : ["-g", "4", "-l", "30"])],
      rounds: 2,
      random: randomStream("1", "bootstrap"),
      boot: { bzImage, clock, timeLimit: 3600, say: console.error },
    });
    for (const { name, medianInstructions, meanInstructions, timesStock } of result.contenders)
      console.log(
        `${`${inputs}-${hidden}-1`.padEnd(8)} ${name.padEnd(13)} median ${medianInstructions.toFixed(0).padStart(5)}` +
          `  mean ${meanInstructions.toFixed(0).padStart(5)}  x stock ${timesStock.toFixed(2)}`,
      );
    return result;
  };
  try {
    const tiny = await measure(1, 2);
    const wide = await measure(7, 2);
    const whole = await measure(7, 10);
    const stock = median(whole, "stock");
    const input = (median(wide, "decide-fixed") - median(tiny, "decide-fixed")) / 6;
    const pair = (median(whole, "decide-fixed") - median(wide, "decide-fixed")) / 4;
    const entry = median(tiny, "decide-fixed") - stock - input - pair;
    const rows: [string, number][] = [
      ["stock (hooks off)", stock],
      ["a decision in which the model is not asked", median(whole, "premigrate") - stock],
      ["entry and statistics", entry],
      ["each input", input],
      ["each pair of hidden units", pair],
      ["decide, 7-10-1", median(whole, "decide-fixed")],
      ["shadow, 7-10-1", median(whole, "shadow")],
    ];
    for (const [name, instructions] of rows)
      console.log(`${name.padEnd(44)} ${instructions.toFixed(0).padStart(5)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
