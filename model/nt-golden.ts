/**
 * Golden vectors: inputs and the exact logits a model file must give for them, written beside the model so that any
 * implementation can be checked without this one. kernel-bridge/inference/user/nt_golden.c reads them too.
 *
 * Text, one item a line, words in decimal as signed 64-bit integers:
 *     nicetries-golden 1
 *     model SHA-256-of-the-file
 *     features NAME NAME ...          distinct, in the order of the words below
 *     ids N N ...                     their feature ids
 *     records COUNT
 *     WORD WORD ... LOGIT DECISION    one line per record; DECISION is 0 or 1
 */
import { createHash } from "node:crypto";
import { featureByName } from "./features.ts";
import { fixedModel } from "./fixed-model.ts";
import type { FixedInput } from "./fixed-point-net.ts";
import { logitOfWords } from "./fixed-point-words.ts";
import { decodeNt } from "./nt-read.ts";

/** Words that any 64-bit arithmetic must get right. */
export const EXTREME_WORDS: readonly bigint[] = [
  0n,
  1n,
  2n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 63n + 1n,
  2n ** 64n - 2n,
  2n ** 64n - 1n,
];

/** `m.nt` → `m.golden.txt` */
export function goldenPath(modelPath: string): string {
  return `${modelPath.replace(/\.nt$/, "")}.golden.txt`;
}

/** The golden vectors of a model file as text. The records depend on the model's bytes alone. */
export function goldenVectors(file: Uint8Array, records = 256): string {
  const { fixed } = decodeNt(file);
  const model = fixedModel(fixed);
  const sha256 = createHash("sha256").update(file).digest();
  const features = [...new Set(fixed.inputs.map((i) => i.feature))].map((name) => featureByName(name)!);
  const random = words(sha256.readBigUInt64LE(0));
  const lines = [
    "nicetries-golden 1",
    `model ${sha256.toString("hex")}`,
    `features ${features.map((f) => f.name).join(" ")}`,
    `ids ${features.map((f) => f.id).join(" ")}`,
    `records ${records}`,
  ];
  for (let r = 0; r < records; r++) {
    const record = new Map(
      features.map((f) => {
        const readers = fixed.inputs.filter((i) => i.feature === f.name);
        return [f.name, wordFor(readers[r % readers.length], random)];
      }),
    );
    const logit = logitOfWords(
      model,
      BigUint64Array.from(fixed.inputs, (i) => record.get(i.feature)!),
    );
    const texts = [...record.values()].map((w) => BigInt.asIntN(64, w));
    lines.push(`${texts.join(" ")} ${logit} ${logit > model.threshold ? 1 : 0}`);
  }
  return `${lines.join("\n")}\n`;
}

/** A word that tells something about this input: within its range, at its ends, of any length, or extreme. */
function wordFor(input: FixedInput, random: () => bigint): bigint {
  const r = random();
  const kind = Number(r & 7n);
  const pick = random();
  const span = input.high - input.low;
  let word: bigint;
  if (kind < 4 && input.transform !== "log2") word = input.low + (pick % (span + 1n));
  else if (kind === 4) word = (pick & 1n ? input.low : input.high) + ((pick >> 1n) % 3n) - 1n;
  else if (kind === 5) word = EXTREME_WORDS[Number(pick % BigInt(EXTREME_WORDS.length))];
  else word = pick >> ((r >> 8n) % 64n);
  return BigInt.asUintN(64, word);
}

/** SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a stream of 64-bit words from a seed. */
function words(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
}
