/** Random networks for tests: float ones a trainer could produce, and fixed-point ones that only an adversary would. */
import { crc32 } from "node:zlib";
import seedrandom from "seedrandom";
import { FEATURES } from "../../model/features.ts";
import { checkSums, type FixedInput, type FixedLayer, type FixedNet } from "../../model/fixed-point-net.ts";
import type { Activation, InputSpec, Layer, Net, Transform } from "../../model/net.ts";
import { HEADER, LEAF } from "../../model/nt-layout.ts";
import { LOG2_MAX } from "../../model/transform.ts";
import type { FixedNode, FixedTree } from "../../model/tree-model.ts";
import { TARGETS } from "../../traces/schema.ts";

export type Random = () => number;
export const randomOf = (seed: string): Random => seedrandom(seed);
export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)];
const integer = (random: Random, low: number, high: number) => low + Math.floor(random() * (high - low + 1));
const TRANSFORMS: readonly Transform[] = ["identity", "flag", "clipped", "log2"];

/** A random 64-bit word of random length. */
export function randomWord(random: Random): bigint {
  const word = (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  return word >> BigInt(integer(random, 0, 63));
}

export function randomInput(random: Random, transform: Transform = pick(random, TRANSFORMS)): InputSpec {
  const feature = pick(random, FEATURES);
  const sizes = {
    flag: 2,
    log2: LOG2_MAX,
    identity: 2 ** integer(random, 3, 40),
    clipped: 2 ** integer(random, 1, 40),
  };
  const size = sizes[transform];
  const clipLow = feature.type === "s64" ? 0 - Math.floor(random() * size) : Math.floor(random() * 100);
  return {
    feature: feature.name,
    transform,
    clipLow: transform === "clipped" ? clipLow : 0,
    clipHigh: transform === "clipped" ? clipLow + 1 + Math.floor(random() * size) : 0,
    offset: random() * size,
    scale: (random() < 0.2 ? -4 : 4) / size,
  };
}

export function randomLayer(
  random: Random,
  inputs: number,
  outputs: number,
  activation: Activation,
  size = 2,
): Layer {
  const weight = () => (random() - 0.5) * 2 * size;
  return {
    inputs,
    outputs,
    activation,
    weights: Float32Array.from({ length: inputs * outputs }, weight),
    bias: Float32Array.from({ length: outputs }, weight),
  };
}

/** A float network of the given widths: [inputs, hidden..., 1]. */
export function randomNet(random: Random, widths: readonly number[], activation: Activation): Net {
  const last = widths.length - 2;
  return {
    target: pick(random, TARGETS),
    threshold: Math.fround(random() - 0.5),
    inputs: Array.from({ length: widths[0] }, () => randomInput(random)),
    layers: widths
      .slice(0, -1)
      .map((n, l) => randomLayer(random, n, widths[l + 1], l === last ? "identity" : activation)),
  };
}

/**
 * A tree that only an adversary would write: cuts anywhere in the range, scores and threshold of any size, any shape.
 * @param leaves At most.
 */
export function hostileTree(random: Random, inputs: number, leaves: number): FixedTree {
  const specs = Array.from({ length: inputs }, () => hostileInput(random));
  const nodes: FixedNode[] = [];
  const grow = (left: number, depth: number): void => {
    const at = nodes.length;
    if (left === 1 || depth === 16) {
      nodes.push({ input: LEAF, value: BigInt.asIntN(54, randomWord(random)) / 2n, high: 0 });
      return;
    }
    const input = integer(random, 0, inputs - 1);
    const { low, high } = specs[input];
    const value = random() < 0.2 ? pick(random, [low, high - 1n]) : low + (randomWord(random) % (high - low));
    nodes.push({ input, value, high: 0 });
    const below = integer(random, 1, left - 1);
    grow(below, depth + 1);
    nodes[at].high = nodes.length;
    grow(left - below, depth + 1);
  };
  grow(leaves, 0);
  const scores = nodes.filter((n) => n.input === LEAF).map((n) => n.value);
  return {
    target: pick(random, TARGETS),
    threshold: pick(random, scores) - BigInt(integer(random, 0, 1)),
    logitFrac: integer(random, 0, 46),
    inputs: specs,
    nodes,
  };
}

/** The 7-9-1 network of the thesis's first experiment, raw columns, with weights of the size a training gives. */
export function e1Net(random: Random, activation: Activation = "sigmoid"): Net {
  const input = (feature: InputSpec["feature"], offset: number, scale: number): InputSpec => ({
    feature,
    transform: feature === "cpu_idle" ? "flag" : "identity",
    clipLow: 0,
    clipHigh: 0,
    offset,
    scale,
  });
  return {
    target: "migrate",
    threshold: Math.fround(0.1),
    inputs: [
      input("task_util_avg", 300, 1 / 200),
      input("delta", 1e9, 1e-9),
      input("task_nr_migrations", 200, 1 / 400),
      input("pid", 1000, 1 / 500),
      input("sd_nr_balance_failed", 1, 1),
      input("task_vruntime", 3e10, 1e-10),
      input("cpu_idle", 0.5, 2),
    ],
    layers: [randomLayer(random, 7, 9, activation, 1.5), randomLayer(random, 9, 1, "identity", 3)],
  };
}

/** Integers chosen to hurt: extreme weights, multipliers and biases, any shift. `wide`: sums beyond 32 bits. */
export function hostileNet(random: Random, widths: readonly number[], wide: boolean): FixedNet {
  const inputs = Array.from({ length: widths[0] }, () => hostileInput(random));
  const last = widths.length - 2;
  for (;;) {
    const layers = widths
      .slice(0, -1)
      .map((n, l) => hostileLayer(random, n, widths[l + 1], l === last, wide));
    const logitFrac = layers[last].frac;
    try {
      checkSums(layers);
      return { target: pick(random, TARGETS), threshold: 0n, logitFrac, inputs, layers };
    } catch {
      // draw again: a bias too near to 2^53
    }
  }
}

function hostileInput(random: Random): FixedInput {
  const feature = pick(random, FEATURES);
  const transform = pick(random, TRANSFORMS);
  const made = { feature: feature.name, transform, offset: random(), scale: 1 };
  if (transform === "log2") return { ...made, low: 0n, high: BigInt(LOG2_MAX), multiplier: 2n ** 48n };
  let low = 0n;
  let high = 1n;
  if (transform !== "flag") {
    const signed = feature.type === "s64";
    const word = () =>
      signed ? BigInt.asIntN(64, randomWord(random) - randomWord(random)) : randomWord(random);
    do {
      low = word();
      high = random() < 0.2 ? (signed ? 2n ** 63n - 1n : 2n ** 64n - 1n) : word();
      if (random() < 0.2) low = signed ? -(2n ** 63n) : 0n;
    } while (!(low < high));
  }
  const most = (2n ** 64n - 1n) / (high - low);
  const multiplier = random() < 0.5 ? most : 1n + (randomWord(random) % most);
  return { ...made, low, high, multiplier };
}

function hostileLayer(
  random: Random,
  inputs: number,
  outputs: number,
  last: boolean,
  wide: boolean,
): FixedLayer {
  // 2^31 / 2^15 / inputs keeps any sum within 32 bits
  const most = wide ? 32768 : Math.max(1, Math.min(32768, Math.floor(65535 / inputs / 2)));
  const weight = () => pick(random, [-most, most - 1, 0, integer(random, -most, most - 1)]);
  const reach = wide ? pick(random, [2n ** 20n, 2n ** 40n, 2n ** 53n - 2n ** 40n]) : 2n ** 28n;
  const bias = () => BigInt.asIntN(64, (randomWord(random) % reach) - (randomWord(random) % reach));
  const shift = last ? 0 : integer(random, 0, wide ? 46 : 36);
  return {
    inputs,
    outputs,
    activation: last ? "identity" : pick(random, ["identity", "sigmoid", "relu"] as const),
    shift,
    frac: Math.max(shift, integer(random, 0, 46)),
    weights: Int16Array.from({ length: inputs * outputs }, weight),
    bias: BigInt64Array.from({ length: outputs }, bias),
  };
}

/** Puts the right checksum into changed bytes, so that the field behind it is reached. */
export function resealed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  view.setUint32(HEADER.at.crc, 0, true);
  view.setUint32(HEADER.at.crc, crc32(copy), true);
  return copy;
}
