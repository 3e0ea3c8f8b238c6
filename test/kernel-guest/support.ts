import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildKernel, type KernelImage } from "../../kernel-bridge/build/build-kernel.ts";
import { BUILD_PACKAGES, missingPackages } from "../../kernel-bridge/build/source.ts";
import type { Variant } from "../../kernel-bridge/build/variants.ts";
import { RECORD_PACKAGES } from "../../kernel-bridge/collect/record.ts";
import { GUEST_PACKAGES } from "../../kernel-bridge/guest/boot.ts";
import { virtualTimeQemu } from "../../kernel-bridge/guest/qemu.ts";
import { sudo } from "../../kernel-bridge/sudo.ts";
import type { InputSpec, Layer, Net, Transform } from "../../model/net.ts";
import { encodeNt } from "../../model/nt-write.ts";
import type { TreeModel } from "../../model/tree-model.ts";
import { randomStream } from "../../sim/engine/random.ts";

/** The workload of these tests. */
const LOAD_PACKAGES: readonly (readonly [string, string])[] = [["rt-tests", "hackbench"]];

/** Skips a suite, saying what is missing and how to get it. */
export function needGuest(suite: Mocha.Context): void {
  const missing = missingPackages([
    ...BUILD_PACKAGES,
    ...GUEST_PACKAGES,
    ...RECORD_PACKAGES,
    ...LOAD_PACKAGES,
  ]);
  if (missing.length === 0) return;
  console.log(
    `      skipped: not installed: ${missing.join(" ")}\n` +
      `      ${sudo()}apt-get install --no-install-recommends ${missing.join(" ")}`,
  );
  suite.skip();
}

/** The same where no QEMU knows virtual time. */
export function needVirtualTime(suite: Mocha.Context): void {
  if (virtualTimeQemu()) return;
  console.log(
    "      skipped: no QEMU of this machine knows virtual time; nicetries kernel doctor says how to get one",
  );
  suite.skip();
}

/** The image, built when the cache lacks it; says so, because that takes minutes. */
export async function image(variant: Variant): Promise<KernelImage> {
  return buildKernel(variant, { say: (text) => console.log(`      ${text}`), install: false });
}

/** A 9-9-1 network over the inputs of experiment E1, a derived one and what the kernel keeps of forced moves, with seeded weights, as a file in `folder`. */
export function modelFile(folder: string, name: string, adjust: (net: Net) => void = () => {}): string {
  const random = randomStream(name, "test model");
  const uniform = (n: number, scale: number) =>
    Float32Array.from({ length: n }, () => scale * (2 * random() - 1));
  const layer = (inputs: number, outputs: number, activation: Layer["activation"]): Layer => ({
    inputs,
    outputs,
    activation,
    weights: uniform(inputs * outputs, 1.5),
    bias: uniform(outputs, 0.5),
  });
  const input = (
    feature: Net["inputs"][number]["feature"],
    transform: "identity" | "flag" | "log2",
    range: number,
  ) => ({
    feature,
    transform,
    clipLow: 0,
    clipHigh: 0,
    offset: range / 2,
    scale: 2 / range,
  });
  const net: Net = {
    target: "migrate",
    threshold: 0,
    inputs: [
      input("task_util_avg", "identity", 1024),
      input("delta", "log2", 40),
      input("task_nr_migrations", "log2", 12),
      input("pid", "identity", 800),
      input("sd_nr_balance_failed", "identity", 8),
      input("task_vruntime", "log2", 40),
      input("cpu_idle", "flag", 1),
      input("coldness", "identity", 16384),
      input("task_forced_before", "flag", 1),
    ],
    layers: [layer(9, 9, "sigmoid"), layer(9, 1, "identity")],
  };
  adjust(net);
  const path = join(folder, `${name}.nt`);
  writeFileSync(path, encodeNt(net, { name: name.slice(0, 16) }));
  return path;
}

/** A question for each way in which the kernel reads a word, with a cut that divides a guest's calls. */
const QUESTIONS: readonly (readonly [feature: InputSpec["feature"], transform: Transform, cut: number])[] = [
  ["task_running", "flag", 0],
  ["pid", "identity", 400],
  ["coldness", "identity", 1000],
  ["task_util_avg", "log2", 8000],
  ["src_rq_nr_running", "log2", 2000],
  ["delta", "log2", 20_000],
  ["cpu_newly_idle", "flag", 0],
  ["sd_nr_balance_failed", "identity", 0],
  ["imbalance", "identity", 1],
  ["sd_share_capacity", "flag", 0],
  ["task_buddy", "flag", 0],
  ["task_nice", "identity", 0],
  ["src_rq_load", "log2", 11_000],
  ["dst_cpu", "identity", 3],
  ["src_rq_load_avg", "log2", 10_000],
  ["task_vruntime", "log2", 30_000],
  ["task_forced_before", "flag", 0],
];

/** A full tree of 32 leaves, whose signs alternate, in whose five rows each question comes up. */
export function treeFile(folder: string, name: string): string {
  const nodes: TreeModel["nodes"] = [];
  let asked = 0;
  const grow = (depth: number): void => {
    if (depth === 5) {
      const leaf = nodes.filter(({ input }) => input < 0).length;
      nodes.push({ input: -1, cut: 0, low: -1, high: -1, score: (leaf % 2 === 0 ? 1 : -1) * (leaf + 1) });
      return;
    }
    // The first row asks what the kernel knows, the second for the pid: below it every call goes its own way.
    const input = depth < 2 ? depth : 2 + (asked++ % (QUESTIONS.length - 2));
    const node = { input, cut: QUESTIONS[input][2], low: nodes.length + 1, high: 0, score: 0 };
    nodes.push(node);
    grow(depth + 1);
    node.high = nodes.length;
    grow(depth + 1);
  };
  grow(0);
  const tree: TreeModel = {
    target: "migrate",
    threshold: 0,
    inputs: QUESTIONS.map(([feature, transform, cut]) => ({
      ...{ feature, transform, clipLow: 0, clipHigh: 0 },
      ...{ offset: cut, scale: 1 / Math.max(1000, Math.abs(cut)) },
    })),
    nodes,
  };
  const path = join(folder, `${name}.nt`);
  writeFileSync(path, encodeNt(tree, { name }));
  return path;
}

/** Makes the network answer the same to everything. */
export const always =
  (positive: boolean) =>
  (net: Net): void => {
    const last = net.layers.at(-1)!;
    last.weights.fill(0);
    last.bias.fill(positive ? 1 : -1);
  };

/** Makes the answer hang on the pid above all: a guest's processes have numbers on both sides of the middle, 400. */
export function halfAndHalf(net: Net): void {
  const [first, last] = net.layers;
  for (let j = 0; j < first!.inputs; j++) first!.weights[j] = net.inputs[j].feature === "pid" ? 5 : 0;
  first!.bias[0] = 0;
  last!.weights.forEach((w, i) => {
    last!.weights[i] = i === 0 ? 8 : w / 10;
  });
  last!.bias[0] = -4;
}
