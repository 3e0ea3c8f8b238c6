import { expect } from "chai";
import fc from "fast-check";
import { fitTree, treeScores } from "../../model/baselines/tree.ts";
import { compileTree } from "../../model/compile-tree.ts";
import { FixedPointModel } from "../../model/fixed-point.ts";
import { FixedTreeModel } from "../../model/fixed-tree.ts";
import type { Matrix } from "../../model/matrix.ts";
import type { InputSpec, Net } from "../../model/net.ts";
import { HEADER, INPUT, NODE } from "../../model/nt-layout.ts";
import { decodeNt } from "../../model/nt-read.ts";
import { encodeFixedTree, encodeNt } from "../../model/nt-write.ts";
import { quantise } from "../../model/quantise.ts";
import { inputTransformer } from "../../model/transform.ts";
import { quantiseTree, type TreeModel, treeModel, treeSize } from "../../model/tree-model.ts";
import { InputError } from "../../traces/input-error.ts";
import { hostileTree, randomLayer, randomOf, resealed } from "./nt-nets.ts";

const input = (
  feature: InputSpec["feature"],
  transform: InputSpec["transform"],
  clipHigh: number,
  offset: number,
  scale: number,
): InputSpec => ({ feature, transform, clipLow: 0, clipHigh, offset, scale });

const INPUTS = [
  input("delta", "log2", 0, 20_000, 1 / 5000),
  input("task_util_avg", "identity", 0, 400, 1 / 200),
  input("sd_nr_balance_failed", "clipped", 7, 0.3, 1.7),
  input("cpu_idle", "flag", 0, 0.4, 2.04),
];

describe("a tree fitted to normalised rows", () => {
  const random = randomOf("tree model");
  const rows = Array.from({ length: 3000 }, () => [
    Math.floor(2 ** (random() * 34)),
    Math.floor(random() * 3000),
    Math.floor(random() * 9),
    random() < 0.4 ? 1 : 0,
  ]);
  const data: Matrix = {
    rows: rows.length,
    inputs: 4,
    values: Float32Array.from(rows.flatMap((row) => row.map((v, j) => inputTransformer(INPUTS[j])(v)))),
    labels: Uint8Array.from(rows, ([delta, util, failed, idle]) =>
      delta > 500_000 + 300 * util || failed > 1 + idle ? 1 : 0,
    ),
  };
  const fitted = fitTree(data, { depth: 6, leastRows: 5, weights: [1, 1] });
  const tree = treeModel("migrate", 0.25, INPUTS, fitted);

  it("gives every row the same score once it cuts integers, in a file and in fixed point", () => {
    const scores = treeScores(fitted, data);
    const { fixed, net } = decodeNt(encodeNt(tree, { name: "fitted" }));
    const model = new FixedTreeModel(fixed as ReturnType<typeof quantiseTree>);
    rows.forEach((row, r) => {
      const values = Float64Array.from(row);
      expect(model.logit(values), `row ${r}`).to.equal(Math.round(scores[r] * 2 ** 16));
      expect(model.positive(values)).to.equal(scores[r] > 0.25);
    });
    expect(net.inputs).to.have.length(4);
    expect(treeSize((net as TreeModel).nodes).depth).to.be.within(3, 6);
  });

  it("reads only the inputs on its way", () => {
    const model = new FixedTreeModel(quantiseTree(tree));
    const asked = fitted.nodes[0].input;
    const values = Float64Array.from({ length: 4 }, (_, j) => (j === asked ? 0 : Number.NaN));
    expect(() => model.logit(values)).to.throw(InputError, "a feature is unknown"); // of the next question
    const one = { ...quantiseTree(tree), nodes: [{ input: 255, value: 7n, high: 0 }] };
    expect(new FixedTreeModel(one).logit(values)).to.equal(7);
  });
});

describe("a network compiled into a tree", () => {
  /** Two small inputs and a flag: few enough to try every combination of them. */
  const small = (seed: string, activation: "sigmoid" | "relu"): Net => {
    const random = randomOf(seed);
    return {
      target: "migrate",
      threshold: 0.1,
      inputs: [
        input("coldness", "clipped", 40, 20, 1 / 12),
        input("sd_nr_balance_failed", "clipped", 7, 2, 1 / 2),
        input("sd_share_capacity", "flag", 0, 0.5, 2),
      ],
      layers: [randomLayer(random, 3, 4, activation, 1.5), randomLayer(random, 4, 1, "identity", 2)],
    };
  };

  it("decides the same for every input there is", () => {
    let splits = 0;
    for (const activation of ["sigmoid", "relu"] as const)
      for (let n = 0; n < 12; n++) {
        const net = quantise(small(`compile ${n}`, activation));
        const tree = compileTree(net);
        const [network, compiled] = [new FixedPointModel(net), new FixedTreeModel(tree)];
        for (let cold = -3; cold <= 43; cold++)
          for (let failed = 0; failed <= 9; failed++)
            for (const share of [0, 1]) {
              const values = Float64Array.of(cold, failed, share);
              expect(compiled.positive(values), `${activation} ${n}: ${values}`).to.equal(
                network.positive(values),
              );
            }
        splits += tree.nodes.length - 1;
      }
    expect(splits).to.be.greaterThan(100);
  });

  it("of one input cuts exactly where the network turns, however wide the range", () => {
    const random = randomOf("compile one");
    const net = quantise({
      target: "migrate",
      threshold: 0,
      inputs: [input("delta", "identity", 0, 1e9, 1e-9)],
      layers: [randomLayer(random, 1, 3, "sigmoid", 3), randomLayer(random, 3, 1, "identity", 2)],
    });
    const tree = compileTree(net);
    const [network, compiled] = [new FixedPointModel(net), new FixedTreeModel(tree)];
    const cuts = tree.nodes.filter((node) => node.input === 0).map((node) => Number(node.value));
    for (const cut of cuts)
      for (const delta of [cut - 1, cut, cut + 1])
        expect(compiled.positive(Float64Array.of(delta))).to.equal(network.positive(Float64Array.of(delta)));
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (delta) => {
        const values = Float64Array.of(delta);
        expect(compiled.positive(values)).to.equal(network.positive(values));
      }),
    );
  });

  it("is given up where it would not be small, with a way out", () => {
    const random = randomOf("compile large");
    const net = quantise({
      target: "migrate",
      threshold: 0,
      inputs: INPUTS,
      layers: [randomLayer(random, 4, 9, "sigmoid", 3), randomLayer(random, 9, 1, "identity", 3)],
    });
    expect(() => compileTree(net, "m.nt")).to.throw(InputError, /no small tree.*at most 64 leaves, 16 deep/);
  });
});

describe("the file of a tree", () => {
  const random = randomOf("tree file");
  const tree = hostileTree(random, 3, 5);
  const file = encodeFixedTree(tree, 0, { name: "tree" });
  const first = HEADER.size + 3 * INPUT.size;
  const damaged = (change: (view: DataView) => void) => {
    const bytes = Uint8Array.from(file);
    change(new DataView(bytes.buffer));
    return () => decodeNt(resealed(bytes), "t.nt");
  };

  it("comes back as it was written", () => {
    for (let n = 0; n < 40; n++) {
      const made = hostileTree(random, 1 + (n % 32), 1 + n);
      const read = decodeNt(encodeFixedTree(made, 0.5, { name: "x" }));
      expect(read.fixed).to.deep.equal(made);
      expect(read.net.threshold).to.equal(0.5);
      expect(read.hasFloat).to.equal(false);
    }
  });

  it("is refused with any fault in it", () => {
    const faults: [string, (v: DataView) => void, RegExp][] = [
      ["layers", (v) => v.setUint8(HEADER.at.layers, 1), /layers.*found 1; expected 0\.\.0/],
      ["float weights too", (v) => v.setUint32(HEADER.at.flags, 3, true), /flags.*found 3/],
      ["an unknown input", (v) => v.setUint8(first, 3), /nodes\[0\]\.input.*found 3; expected 0\.\.2 or 255/],
      ["a reserved byte", (v) => v.setUint8(first + 1, 1), /reserved byte of nodes\[0\]/],
      ["reserved bytes", (v) => v.setUint8(first + NODE.at.more, 1), /reserved bytes of nodes\[0\]/],
      ["a branch to itself", (v) => v.setUint16(first + NODE.at.high, 0, true), /nodes\[\d\]/],
      ["a branch too far", (v) => v.setUint16(first + NODE.at.high, 99, true), /nodes\[\d\]/],
      [
        "a cut outside the range",
        (v) => v.setBigInt64(first + NODE.at.value, tree.inputs[tree.nodes[0].input].high, true),
        /nodes\[0\]\.cut/,
      ],
      ["a leaf as the last question", (v) => v.setUint8(file.length - NODE.size, 0), /nodes\[8\]/],
    ];
    for (const [name, change, message] of faults) expect(damaged(change), name).to.throw(InputError, message);
    const cut = (length: number) => () => {
      const bytes = file.slice(0, length);
      new DataView(bytes.buffer).setUint32(HEADER.at.totalLength, length, true);
      return decodeNt(resealed(bytes), "t.nt");
    };
    expect(cut(file.length - 8)).to.throw(InputError, /nodes.*136 bytes.*1\.\.127 nodes/);
    expect(cut(file.length - NODE.size)).to.throw(InputError, /nodes\[7\]/);
    expect(cut(first)).to.throw(InputError, /nodes.*0 bytes/);
  });

  it("holds no tree deeper or larger than C walks through", () => {
    const chain = (questions: number) => ({
      ...tree,
      nodes: [
        ...Array.from({ length: questions }, (_, i) => ({
          input: 0,
          value: tree.inputs[0].low,
          high: 2 * questions - i,
        })),
        ...Array.from({ length: questions + 1 }, () => ({ input: 255, value: 1n, high: 0 })),
      ],
    });
    expect(encodeFixedTree(chain(16), 0).length).to.equal(first + 33 * NODE.size);
    expect(() => encodeFixedTree(chain(17), 0)).to.throw(InputError, /deeper.*at most 16/);
    expect(() => encodeFixedTree({ ...tree, nodes: [] }, 0)).to.throw(InputError, /nodes.*1\.\.127/);
  });
});
