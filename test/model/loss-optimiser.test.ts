import { expect } from "chai";
import fc from "fast-check";
import { sigmoid } from "../../model/numerics/exp.ts";
import { DEFAULT_CONFIG } from "../../model/trainer/config.ts";
import { classWeights, lossFunction } from "../../model/trainer/loss.ts";
import { optimiser } from "../../model/trainer/optimiser.ts";

describe("losses", () => {
  const configs = fc.record({
    loss: fc.constantFrom("cross-entropy" as const, "focal" as const),
    focalGamma: fc.constantFrom(0, 0.5, 1, 2, 5),
  });
  const logit = fc.double({ min: -12, max: 12, noNaN: true });

  it("have the derivative that small changes of the logit show", () => {
    fc.assert(
      fc.property(configs, logit, fc.constantFrom(0, 1), (config, z, y) => {
        const loss = lossFunction(config, [0.7, 3]);
        const slope = (loss.value(z + 1e-5, y) - loss.value(z - 1e-5, y)) / 2e-5;
        expect(loss.derivative(z, y, sigmoid(z))).to.be.closeTo(slope, 1e-5);
      }),
    );
  });

  it("focal with gamma 0 is cross-entropy", () => {
    fc.assert(
      fc.property(logit, fc.constantFrom(0, 1), (z, y) => {
        const focal = lossFunction({ loss: "focal", focalGamma: 0 }, [1, 2]);
        const plain = lossFunction({ loss: "cross-entropy", focalGamma: 0 }, [1, 2]);
        expect(focal.value(z, y)).to.be.closeTo(plain.value(z, y), 1e-12);
        expect(focal.derivative(z, y, sigmoid(z))).to.be.closeTo(plain.derivative(z, y, sigmoid(z)), 1e-12);
      }),
    );
  });

  it("balanced class weights give both classes the same sum", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        (negatives, positives) => {
          const labels = new Uint8Array(negatives + positives).fill(1, negatives);
          const [w0, w1] = classWeights("balanced", labels);
          expect(w0 * negatives).to.be.closeTo(w1 * positives, 1e-9);
          expect(w0 * negatives + w1 * positives).to.be.closeTo(labels.length, 1e-9);
        },
      ),
    );
  });
});

describe("optimisers", () => {
  // First steps by torch.optim 1.13 on p = [1, -2], g = [0.5, -0.25] three times, lr 0.1, weight decay 0.01; momentum 0.9.
  const expected = {
    sgd: [0.8471529489999999, -1.9190809730000002],
    momentum: [0.714134749, -1.8486595730000002],
    adam: [0.7000189414283239, -1.70003612984417],
    adamw: [0.6973029049940026, -1.694305909988004],
  } as const;
  for (const [name, want] of Object.entries(expected)) {
    it(`${name} steps as in PyTorch`, () => {
      const config = { ...DEFAULT_CONFIG, optimiser: name as keyof typeof expected, weightDecay: 0.01 };
      const o = optimiser(config, 2);
      const p = Float64Array.of(1, -2);
      for (let n = 0; n < 3; n++) o.step(p, Float64Array.of(0.5, -0.25), 0.1);
      for (const [i, w] of want.entries()) expect(p[i]).to.be.closeTo(w, 1e-12);
    });

    it(`${name} continues from its state to the same bits (O1)`, () => {
      const config = { ...DEFAULT_CONFIG, optimiser: name as keyof typeof expected, weightDecay: 0.01 };
      const run = (steps: number, from: Float64Array, o = optimiser(config, 2)) => {
        const p = from.slice();
        for (let n = 0; n < steps; n++) o.step(p, Float64Array.of(0.3 * p[0], p[1] - 1), 0.05);
        return { p, o };
      };
      const whole = run(9, Float64Array.of(1, -2));
      const half = run(4, Float64Array.of(1, -2));
      const resumed = optimiser(config, 2);
      resumed.restore(half.o.state());
      expect([...run(5, half.p, resumed).p]).to.deep.equal([...whole.p]);
    });
  }
});
