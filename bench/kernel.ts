/**
 * The simulator beside the real kernel in QEMU (kernel-speed.ts). Then what a decision in the kernel costs, in instructions of virtual time:
 * the budget table of docs/kernel-bridge.md. Networks of several sizes and small trees take turns in one boot; what they have in common is the
 * entry, what they differ by are inputs, hidden units and questions. Needs QEMU 8.1 or newer; takes some fifteen minutes.
 *
 *     npm run bench -- kernel
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildKernel } from "../kernel-bridge/build/build-kernel.ts";
import { benchContenders } from "../kernel-bridge/deploy/bench.ts";
import type { Contender } from "../kernel-bridge/deploy/contenders.ts";
import { guestClock } from "../kernel-bridge/guest/clock.ts";
import { compileTree } from "../model/compile-tree.ts";
import type { InputSpec, Net } from "../model/net.ts";
import { encodeFixedTree, encodeNt } from "../model/nt-write.ts";
import { quantise } from "../model/quantise.ts";
import type { TreeModel } from "../model/tree-model.ts";
import { randomStream } from "../sim/engine/random.ts";
import type { Target } from "../traces/schema.ts";
import { kernelSpeed } from "./kernel-speed.ts";
import { QUICK } from "./share.ts";

/** Inputs of the first experiment, with ranges as they are seen, and seven more. */
const INPUTS: readonly (readonly [InputSpec["feature"], offset: number, scale: number])[] = [
  ["task_util_avg", 512, 1 / 512],
  ["delta", 1e9, 1e-9],
  ["task_nr_migrations", 500, 1 / 500],
  ["pid", 2000, 1 / 2000],
  ["sd_nr_balance_failed", 4, 1 / 4],
  ["task_vruntime", 3e10, 1 / 3e10],
  ["cpu_idle", 0.5, 2],
  ["task_load_avg", 512, 1 / 512],
  ["src_rq_load", 4096, 1 / 4096],
  ["src_rq_nr_running", 4, 1 / 4],
  ["src_rq_util_avg", 512, 1 / 512],
  ["imbalance", 4, 1 / 4],
  ["task_nice", 0, 1 / 20],
  ["sd_share_capacity", 0.5, 2],
];

const FLAGS: readonly string[] = ["cpu_idle", "sd_share_capacity"];

function inputs(count: number): InputSpec[] {
  return INPUTS.slice(0, count).map(([feature, offset, scale]) => ({
    feature,
    transform: FLAGS.includes(feature) ? "flag" : "identity",
    clipLow: 0,
    clipHigh: 0,
    offset,
    scale,
  }));
}

/** A network with weights of the size that training gives. */
function network(count: number, hidden: number, target: Target): Net {
  const random = randomStream("bench/kernel", `${count}-${hidden}`);
  const uniform = (n: number, size: number) =>
    Float32Array.from({ length: n }, () => (2 * random() - 1) * size);
  return {
    target,
    threshold: 0,
    inputs: inputs(count),
    layers: [
      {
        inputs: count,
        outputs: hidden,
        activation: "sigmoid",
        weights: uniform(count * hidden, 1.5),
        bias: uniform(hidden, 0.5),
      },
      {
        inputs: hidden,
        outputs: 1,
        activation: "identity",
        weights: uniform(hidden, 3),
        bias: Float32Array.of(0.5),
      },
    ],
  };
}

/** A tree that asks so many questions about the task, is answered "low" to each, and says yes. */
function chain(questions: number): TreeModel {
  const asks = Array.from({ length: questions }, (_, i) => ({
    ...{ input: i % 2, cut: 1e9 - i, low: i + 1, high: 2 * questions - i, score: 0 },
  }));
  const leaf = (score: number) => ({ input: -1, cut: 0, low: -1, high: -1, score });
  return {
    target: "migrate",
    threshold: 0,
    inputs: (["task_util_avg", "task_load_avg"] as const).map((feature) => ({
      ...{ feature, transform: "clipped" as const, clipLow: 0, clipHigh: 2e9, offset: 512, scale: 1 / 512 },
    })),
    nodes: [...asks, leaf(1), ...asks.map(() => leaf(-1))],
  };
}

/** A network of two inputs of few values, as can be turned into a tree: cold tasks move, others once balancing has failed often. */
const SMALL: Net = {
  target: "migrate",
  threshold: 0,
  inputs: [
    {
      ...{ feature: "delta", transform: "clipped", clipLow: 0, clipHigh: 1_000_000 },
      ...{ offset: 500_000, scale: 1 / 250_000 },
    },
    {
      ...{ feature: "sd_nr_balance_failed", transform: "clipped", clipLow: 0, clipHigh: 7 },
      ...{ offset: 1, scale: 1 },
    },
  ],
  layers: [
    {
      ...{ inputs: 2, outputs: 2, activation: "sigmoid" },
      weights: Float32Array.of(8, 0, 0, 4),
      bias: Float32Array.of(0, -10),
    },
    {
      ...{ inputs: 2, outputs: 1, activation: "identity" },
      weights: Float32Array.of(2, 2),
      bias: Float32Array.of(-1),
    },
  ],
};

export async function run(): Promise<void> {
  await kernelSpeed();
  await decisionCost();
}

async function decisionCost(): Promise<void> {
  const clock = guestClock({ clock: "virtual", shift: 0 });
  const { bzImage } = await buildKernel("patched", { say: console.error });
  const folder = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  const contenders: Contender[] = [];
  const add = (name: string, bytes: Uint8Array, more: Partial<Contender> = {}): void => {
    const model = join(folder, `${name}.nt`);
    writeFileSync(model, bytes);
    contenders.push({ name, model, mode: "decide", arithmetic: "fixed", ...more });
  };
  const net = (count: number, hidden: number, target: Target = "migrate") =>
    encodeNt(network(count, hidden, target), { name: `${count}-${hidden}-1` });
  const e1 = net(7, 9);
  add("stock", e1, { mode: "off" });
  add("premigrate", e1, { mode: "premigrate" });
  for (const target of ["forced_now", "forced_eventually"] as const) add(target, net(7, 9, target));
  for (const questions of [0, 4, 12])
    add(`tree-${questions}`, encodeNt(chain(questions), { name: `${questions} questions` }));
  add("2-2-1", encodeNt(SMALL, { name: "2-2-1" }));
  add("2-2-1-compiled", encodeFixedTree(compileTree(quantise(SMALL)), 0, { name: "compiled" }));
  for (const [count, hidden] of [
    [1, 2],
    [7, 2],
    [7, 9],
    [7, 10],
    [14, 24],
  ])
    add(`${count}-${hidden}-1`, net(count, hidden));
  add("7-9-1-shadow", e1, { mode: "shadow" });
  add("7-9-1-float", e1, { arithmetic: "float" });
  try {
    const result = await benchContenders(contenders, {
      command: ["hackbench", ...(QUICK ? ["-g", "1", "-l", "20"] : ["-g", "4", "-l", "60"])],
      rounds: 2,
      random: randomStream("1", "bootstrap"),
      boot: { bzImage, clock, timeLimit: 3600, say: console.error },
    });
    const median = new Map<string, number>();
    const [stock] = result.contenders;
    for (const { name, medianInstructions, meanInstructions } of result.contenders) {
      median.set(name, medianInstructions);
      const times = meanInstructions / stock.meanInstructions;
      console.log(
        `${name.padEnd(18)} median ${medianInstructions.toFixed(0).padStart(5)}` +
          `  mean ${meanInstructions.toFixed(0).padStart(5)}  x stock ${times.toFixed(2)}`,
      );
    }
    const of = (name: string) => median.get(name)!;
    const input = (of("7-2-1") - of("1-2-1")) / 6;
    const pair = (of("7-10-1") - of("7-2-1")) / 4;
    const rows: [string, number][] = [
      ["stock (hooks off)", of("stock")],
      ["+ cold task that the model does not concern", of("premigrate") - of("stock")],
      ["+ cold task that is asked about: entry and answer", of("tree-0") - of("stock")],
      ["+ a question of a tree", (of("tree-12") - of("tree-4")) / 8],
      ["+ a network: call and return", of("1-2-1") - of("tree-0") - input - pair],
      ["+ an input, with its weights for a pair of units", input],
      ["+ a pair of hidden units, of seven inputs", pair],
      ["+ watched, statistics (shadow)", of("7-9-1-shadow") - of("7-9-1")],
    ];
    for (const [name, instructions] of rows)
      console.log(`${name.padEnd(52)} ${instructions.toFixed(0).padStart(5)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
