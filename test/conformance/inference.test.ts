/**
 * TypeScript against C, bit for bit: over a million random and adversarial records in all, in every way the C code is
 * compiled.
 */
import { expect } from "chai";
import { featureByName } from "../../model/features.ts";
import { type FixedModel, fixedModel } from "../../model/fixed-model.ts";
import type { FixedNet } from "../../model/fixed-point-net.ts";
import { logitOfWords } from "../../model/fixed-point-words.ts";
import { EXTREME_WORDS } from "../../model/nt-golden.ts";
import { encodeFixedNt, encodeFixedTree, encodeNt } from "../../model/nt-write.ts";
import { quantise } from "../../model/quantise.ts";
import { dequantise } from "../../model/quantise-fake.ts";
import type { FixedTree } from "../../model/tree-model.ts";
import {
  type Batch,
  BUILDS,
  compile,
  compileFolder,
  compiler,
  runBatches,
} from "../kernel-bridge/inference-compile.ts";
import {
  e1Net,
  hostileNet,
  hostileTree,
  pick,
  type Random,
  randomNet,
  randomOf,
  randomWord,
} from "../model/nt-nets.ts";

/** A word for an input: extreme, near an end of its range, within its range, or any. */
function adversarialWord(random: Random, input: FixedNet["inputs"][number]): bigint {
  const kind = random();
  let word: bigint;
  if (kind < 0.25) word = pick(random, EXTREME_WORDS);
  else if (kind < 0.5) word = pick(random, [input.low, input.high]) + BigInt(Math.floor(random() * 5) - 2);
  else if (kind < 0.75) word = input.low + (randomWord(random) % (input.high - input.low + 1n));
  else word = randomWord(random) * pick(random, [1n, -1n]);
  return BigInt.asUintN(64, word);
}

interface Case extends Batch {
  net: FixedNet | FixedTree;
  model: FixedModel;
}

function caseOf(
  fixed: FixedNet | FixedTree,
  file: Uint8Array,
  count: number,
  word: (i: FixedNet["inputs"][number]) => bigint,
): Case {
  const n = fixed.inputs.length;
  const records = new BigUint64Array(count * n);
  for (let r = 0; r < count; r++) {
    fixed.inputs.forEach((input, j) => {
      const same = fixed.inputs.findIndex((i) => i.feature === input.feature);
      records[r * n + j] = same < j ? records[r * n + same] : word(input);
    });
  }
  return { file, net: fixed, model: fixedModel(fixed), records, count };
}

const SHAPES = [
  [7, 9, 1],
  [10, 9, 1],
  [8, 8, 1],
  [1, 1, 1],
  [1, 2, 1],
  [3, 17, 1],
  [16, 24, 1],
  [16, 33, 1],
  [17, 5, 1],
  [32, 25, 1],
  [7, 43, 1],
  [10, 61, 1],
  [2, 128, 1],
  [9, 16, 8, 1],
  [5, 6, 7, 8, 9, 1],
  [12, 1],
] as const;

function adversarialCases(count: number): Case[] {
  const random = randomOf("inference: adversarial");
  const cases: Case[] = [];
  for (const widths of SHAPES) {
    for (const activation of ["sigmoid", "relu", "identity"] as const) {
      const net = randomNet(random, widths, activation);
      cases.push(caseOf(quantise(net), encodeNt(net), count, (i) => adversarialWord(random, i)));
    }
    for (const wide of [false, true]) {
      const fixed = hostileNet(random, widths, wide);
      const file = encodeFixedNt(dequantise(fixed, 0), fixed);
      cases.push(caseOf(fixed, file, count, (i) => adversarialWord(random, i)));
    }
  }
  return cases;
}

/** Inputs and leaves. */
const TREES = [
  [1, 1],
  [1, 2],
  [2, 5],
  [7, 16],
  [32, 64],
] as const;

function treeCases(count: number, eachShape: number): Case[] {
  const random = randomOf("inference: trees");
  return TREES.flatMap(([inputs, leaves]) =>
    Array.from({ length: eachShape }, () => {
      const tree = hostileTree(random, inputs, leaves);
      const { nodes } = tree;
      // At the cuts above all: there the answers turn.
      const word = (input: FixedNet["inputs"][number]) => {
        const asked = nodes.filter((node) => tree.inputs[node.input] === input);
        if (asked.length === 0 || random() < 0.5) return adversarialWord(random, input);
        const { value } = pick(random, asked);
        const near = value + BigInt(Math.floor(random() * 3) - 1);
        return BigInt.asUintN(64, input.transform === "log2" ? wordNear(random, near) : near);
      };
      return caseOf(tree, encodeFixedTree(tree, 0), count, word);
    }),
  );
}

/** A word whose logarithm is about `t`. */
function wordNear(random: Random, t: bigint): bigint {
  const least = ((1024n + (t & 1023n)) << (t >> 10n)) >> 10n;
  return least + BigInt(Math.floor(random() * 5) - 3);
}

const builds = new Map<string, string>();

/** Every build of the C code gives the expected logits. */
function compareAll(cases: readonly Case[], expected: readonly Float64Array[]): void {
  for (const [name, program] of builds) {
    cases.forEach((made, c) => {
      const { refused, logits } = runBatches(program, [made])[0];
      expect(refused, `${name}, net ${c}`).to.equal(false);
      const r = logits.findIndex((logit, i) => Number(logit) !== expected[c][i]);
      if (r >= 0) expect.fail(`${name}, net ${c}, record ${r}: C ${logits[r]}, TypeScript ${expected[c][r]}`);
    });
  }
}

describe("C and TypeScript compute the same logits", () => {
  let folder: ReturnType<typeof compileFolder>;

  before(function () {
    if (compiler() === undefined) {
      console.log("      skipped: no C compiler; install gcc");
      this.skip();
    }
    folder = compileFolder();
    Object.entries(BUILDS).forEach(([name, flags], i) => {
      builds.set(name, compile(folder.path, "nt_batch", flags, String(i)));
    });
  });

  after(() => folder?.remove());

  it("for 200,000 adversarial records over 80 nets, by the BigInt definition and in three builds", () => {
    const cases = adversarialCases(2500);
    expect([cases.length, cases.reduce((sum, c) => sum + c.count, 0)]).to.deep.equal([80, 200_000]);
    const expected = cases.map(({ model, records, net, count }) => {
      const n = net.inputs.length;
      return Float64Array.from({ length: count }, (_, r) =>
        logitOfWords(model, records.subarray(r * n, (r + 1) * n)),
      );
    });
    compareAll(cases, expected);
  });

  it("for 200,000 records at the cuts of 50 trees, and the signs of what was left out of them", () => {
    const cases = treeCases(4000, 10);
    const expected = cases.map(({ model, records, net, count }) => {
      const n = net.inputs.length;
      return Float64Array.from({ length: count }, (_, r) =>
        logitOfWords(model, records.subarray(r * n, (r + 1) * n)),
      );
    });
    compareAll(cases, expected);
    // The way through numbers says the same wherever a number can hold the word.
    for (const [c, { model, records, net, count }] of cases.entries()) {
      const signed = net.inputs.map((i) => featureByName(i.feature)!.type === "s64");
      const n = net.inputs.length;
      for (let r = 0; r < count; r += 7) {
        const words = signed.map((s, j) => {
          const word = records[r * n + j];
          return s ? BigInt.asIntN(64, word) : word;
        });
        if (words.some((w) => w > 2n ** 53n || w < -(2n ** 53n))) continue;
        expect(model.logit(Float64Array.from(words, Number)), `tree ${c}, record ${r}`).to.equal(
          expected[c][r],
        );
      }
    }
  });

  it("for a million records of exact numbers through the fast TypeScript path", () => {
    const random = randomOf("inference: million");
    const nets = (["sigmoid", "relu"] as const).flatMap((a) => [
      e1Net(random, a),
      randomNet(random, [10, 9, 1], a),
      randomNet(random, [16, 24, 1], a),
      randomNet(random, [7, 43, 1], a),
    ]);
    const limit = 2n ** 53n;
    const exact = (input: FixedNet["inputs"][number]) => {
      const word = adversarialWord(random, input);
      const signed = featureByName(input.feature)!.type === "s64";
      const value = signed ? BigInt.asIntN(64, word) : word;
      return BigInt.asUintN(64, value > limit ? limit : value < -limit ? -limit : value);
    };
    const cases = nets.map((net) => caseOf(quantise(net), encodeNt(net), 125_000, exact));
    const expected = cases.map(({ model, records, net, count }) => {
      const n = net.inputs.length;
      const signed = net.inputs.map((i) => featureByName(i.feature)!.type === "s64");
      const values = new Float64Array(n);
      return Float64Array.from({ length: count }, (_, r) => {
        for (let j = 0; j < n; j++) {
          const word = records[r * n + j];
          values[j] = Number(signed[j] ? BigInt.asIntN(64, word) : word);
        }
        return model.logit(values);
      });
    });
    expect(cases.reduce((sum, c) => sum + c.count, 0)).to.equal(1_000_000);
    compareAll(cases, expected);
  });
});
