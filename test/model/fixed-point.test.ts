import { expect } from "chai";
import fc from "fast-check";
import { featureByName } from "../../model/features.ts";
import { FixedPointModel } from "../../model/fixed-point.ts";
import { sumIntervals } from "../../model/fixed-point-net.ts";
import { fixedSigmoid, SIGMOID_ERROR, SIGMOID_TABLE } from "../../model/fixed-point-sigmoid.ts";
import { logitOfWords, wordOf } from "../../model/fixed-point-words.ts";
import type { Net } from "../../model/net.ts";
import { floatLogit } from "../../model/net-forward.ts";
import { quantise } from "../../model/quantise.ts";
import { fakeQuantise } from "../../model/quantise-fake.ts";
import { layerReports } from "../../model/quantise-report.ts";
import { InputError } from "../../traces/input-error.ts";
import { e1Net, hostileNet, type Random, randomNet, randomOf } from "./nt-nets.ts";

/** Plausible values: around the offset of each input. */
function values(net: Net, random: Random): Float64Array {
  return Float64Array.from(net.inputs, (i) => {
    if (i.transform === "flag") return random() < 0.5 ? 0 : 1;
    const unsigned = featureByName(i.feature)!.type === "u64";
    const v = i.transform === "log2" ? 2 ** (random() * 40) : i.offset + ((random() - 0.5) * 6) / i.scale;
    return Math.floor(unsigned ? Math.max(0, v) : v);
  });
}

const shape = fc.constantFrom<number[]>([7, 9, 1], [10, 9, 1], [16, 24, 1], [4, 5, 6, 1], [3, 1]);
const activation = fc.constantFrom("sigmoid" as const, "relu" as const, "identity" as const);

describe("the fixed-point sigmoid", () => {
  it("is within its stated bound of the sigmoid for all 65,536 z, and 1/1024 + 2^-16 is below 0.001", () => {
    let worst = 0;
    for (let z = -32768; z <= 32767; z++) {
      worst = Math.max(worst, Math.abs(fixedSigmoid(z) / 2 ** 15 - 1 / (1 + Math.exp(-z / 4096))));
    }
    expect(worst)
      .to.be.below(SIGMOID_ERROR)
      .and.above(SIGMOID_ERROR * 0.9);
    expect(SIGMOID_ERROR).to.be.below(0.001);
  });

  it("stays within its bound beyond the range of z", () => {
    expect(1 - fixedSigmoid(32767) / 2 ** 15).to.be.below(SIGMOID_ERROR);
    expect(fixedSigmoid(-32768) / 2 ** 15).to.be.below(SIGMOID_ERROR);
  });

  it("is monotone, and symmetric to one unit", () => {
    for (let z = -32768; z < 32767; z++) expect(fixedSigmoid(z + 1)).to.be.at.least(fixedSigmoid(z));
    for (let cell = 0; cell < 1024; cell++) {
      const sum = SIGMOID_TABLE[cell] + SIGMOID_TABLE[2047 - cell];
      expect(Math.abs(sum - 32768), `cell ${cell}`).to.be.at.most(1);
    }
  });
});

describe("fixed-point inference", () => {
  it("gives the same integers as the BigInt definition", () => {
    fc.assert(
      fc.property(fc.string(), shape, activation, (seed, widths, act) => {
        const random = randomOf(seed);
        const net = randomNet(random, widths, act);
        const model = new FixedPointModel(quantise(net));
        for (let k = 0; k < 20; k++) {
          const v = values(net, random);
          const expected = logitOfWords(model, BigUint64Array.from(v, wordOf));
          expect(model.logit(v)).to.equal(expected);
        }
      }),
    );
  });

  it("is as near to the float network as 16 bits allow: half a percent of the logits' spread", () => {
    for (const act of ["sigmoid", "relu"] as const) {
      const random = randomOf(`near ${act}`);
      const net = e1Net(random, act);
      const model = new FixedPointModel(quantise(net));
      const float = floatLogit(net);
      const pairs = Array.from({ length: 2000 }, () => {
        const v = values(net, random);
        return [float(v), model.logit(v) * model.logitUnit] as const;
      });
      const floats = pairs.map(([a]) => a);
      const spread = Math.max(...floats) - Math.min(...floats);
      const worst = Math.max(...pairs.map(([a, b]) => Math.abs(a - b)));
      expect(worst / spread, act).to.be.below(0.005);
    }
  });

  it("knows where a clipped input ends although its offset lies beyond", () => {
    const random = randomOf("beyond");
    const net = e1Net(random);
    net.inputs[0] = { ...net.inputs[0], transform: "clipped", clipLow: 500, clipHigh: 900 };
    const model = new FixedPointModel(quantise(net));
    const float = floatLogit(net);
    for (let k = 0; k < 500; k++) {
      const v = values(net, random);
      expect(model.logit(v) * model.logitUnit).to.be.closeTo(float(v), 0.02);
    }
  });

  it("decides like its integer logit and threshold", () => {
    const random = randomOf("threshold");
    const net = { ...e1Net(random), threshold: 0.3 };
    const model = new FixedPointModel(quantise(net));
    for (let k = 0; k < 500; k++) {
      const v = values(net, random);
      // Q5: comparing integers is comparing their exact real values
      expect(model.positive(v)).to.equal(model.logit(v) * model.logitUnit > net.threshold);
    }
  });

  it("refuses unknown values, infinities and negative numbers in unsigned features", () => {
    const net = e1Net(randomOf("unknown"));
    const model = new FixedPointModel(quantise(net));
    const good = Float64Array.of(100, 5000, 3, 1234, 1, 1e9, 0);
    expect(model.logit(good)).to.be.a("number");
    for (let j = 0; j < good.length; j++) {
      for (const bad of [Number.NaN, Infinity, 2 ** 54]) {
        expect(() => model.logit(good.with(j, bad)), `input ${j}`).to.throw(
          InputError,
          net.inputs[j].feature,
        );
      }
    }
    expect(() => model.logit(good.with(0, -1))).to.throw(InputError, /task_util_avg.*found -1/);
    expect(model.logit(good.with(1, -1)), "delta is signed").to.be.a("number");
  });
});

describe("interval analysis", () => {
  it("bounds every sum, and some inputs attain its ends", () => {
    const random = randomOf("intervals");
    for (let k = 0; k < 50; k++) {
      const { layers } = hostileNet(random, [6, 4, 1], k % 2 === 0);
      const layer = layers[0];
      const rows = sumIntervals(layers)[0];
      rows.forEach(({ low, high }, i) => {
        const row = Array.from(layer.weights.subarray(i * 6, i * 6 + 6), BigInt);
        const sum = (x: (w: bigint) => bigint) => row.reduce((s, w) => s + w * x(w), layer.bias[i]);
        expect(sum((w) => (w > 0n ? 32767n : -32768n))).to.equal(high);
        expect(sum((w) => (w > 0n ? -32768n : 32767n))).to.equal(low);
        const any = sum(() => BigInt(Math.floor(random() * 65536) - 32768));
        expect(any >= low && any <= high).to.equal(true);
      });
    }
  });
});

describe("quantisation", () => {
  it("keeps what it has quantised: the float network of the integers quantises to the same weights", () => {
    fc.assert(
      fc.property(fc.string(), shape, activation, (seed, widths, act) => {
        const once = fakeQuantise(randomNet(randomOf(seed), widths, act));
        const twice = fakeQuantise(once);
        twice.layers.forEach((layer, l) => {
          layer.weights.forEach((w, k) => {
            const before = once.layers[l].weights[k];
            expect(Math.abs(w - before)).to.be.at.most(Math.abs(before) * 2 ** -22);
          });
        });
      }),
    );
  });

  it("puts sums in 32 bits and weights in 16, at the finest unit that does", () => {
    const net = e1Net(randomOf("units"));
    const fixed = quantise(net);
    for (const [l, rows] of sumIntervals(fixed.layers).entries()) {
      for (const { low, high } of rows) {
        expect(low >= -(2n ** 31n) && high < 2n ** 31n).to.equal(true);
      }
      const most = Math.max(...fixed.layers[l].weights.map(Math.abs));
      const reach = Math.max(...rows.flatMap(({ low, high }) => [Number(-low), Number(high)]));
      const halfUsed = most * 2 > 32767 || reach * 2 >= 2 ** 31 - 2 ** 25;
      expect(halfUsed, `layer ${l} could be finer`).to.equal(true);
    }
  });

  it("says which weights no fixed point can hold", () => {
    const net = e1Net(randomOf("large"));
    net.layers[0].weights.fill(1e9);
    expect(() => quantise(net)).to.throw(InputError, /weights are too large for 16 bits.*layers\[0\]/);
  });

  it("refuses malformed networks", () => {
    const net = () => e1Net(randomOf("malformed"));
    const cases: [RegExp, (n: Net) => void][] = [
      [
        /a weight is not finite.*layers\[0\]\.weights.*NaN/,
        (n) => n.layers[0].weights.fill(Number.NaN, 3, 4),
      ],
      [/a bias is not finite/, (n) => n.layers[1].bias.fill(Infinity)],
      [/does not fit the one before.*found 9; expected 7/, (n) => n.layers.shift()],
      [/no logit.*expected identity/, (n) => (n.layers[1].activation = "relu")],
      [/no inputs.*found 0/, (n) => (n.inputs = [])],
      [/normalisation.*scale 0/, (n) => (n.inputs[1].scale = 0)],
      [/cannot read this column.*found "migration"/, (n) => (n.inputs[0].feature = "migration")],
      [/threshold is out of range.*found NaN/, (n) => (n.threshold = Number.NaN)],
    ];
    for (const [message, spoil] of cases) {
      const bad = net();
      spoil(bad);
      expect(() => quantise(bad), String(message)).to.throw(InputError, message);
    }
  });
});

describe("a fixed-point network", () => {
  /** Share of records on which the two decide alike, and the largest difference of their logits beside the logits' spread. */
  const compared = (net: Net, columns: number[][], fixed = quantise(net)) => {
    const model = new FixedPointModel(fixed);
    const pairs = columns.map((row) => {
      const record = Float64Array.from(row);
      return { float: floatLogit(net)(record), found: model.logit(record) };
    });
    const alike = pairs.filter(({ float, found }) => found > model.threshold === float > net.threshold);
    const errors = pairs.map(({ float, found }) => Math.abs(found * model.logitUnit - float));
    const floats = pairs.map(({ float }) => float);
    return {
      agreement: alike.length / pairs.length,
      largestError: Math.max(...errors),
      spread: Math.max(...floats) - Math.min(...floats),
    };
  };

  it("decides as the float network does, within the bits of its layers", () => {
    const random = randomOf("report");
    const net = e1Net(random);
    const { agreement, largestError, spread } = compared(
      net,
      Array.from({ length: 400 }, () => [...values(net, random)]),
    );
    expect(agreement).to.be.above(0.98);
    expect(largestError).to.be.below(spread * 0.005);
    for (const layer of layerReports(quantise(net))) {
      expect(layer.sumBits).to.be.at.most(32);
      expect(layer.largestWeight).to.be.within(1000, 32767);
    }
  });

  it("of another network does not", () => {
    const random = randomOf("other");
    const [net, other] = [e1Net(random), e1Net(random)];
    const rows = Array.from({ length: 200 }, () => [...values(net, random)]);
    expect(compared(net, rows, quantise(other)).agreement).to.be.below(0.98);
  });
});
