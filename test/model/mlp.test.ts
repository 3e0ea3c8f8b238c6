import { expect } from "chai";
import fc from "fast-check";
import { Matrix } from "ml-matrix";
import { sigmoid } from "../../model/numerics/exp.ts";
import type { MlpKernel } from "../../model/trainer/mlp-kernel.ts";
import { scalarMlp } from "../../model/trainer/scalar-mlp.ts";
import { layerPlaces, type Shape } from "../../model/trainer/shape.ts";
import { wasmMlp } from "../../model/trainer/wasm-mlp.ts";
import { stream } from "./random.ts";

const shapes = fc.record({
  units: fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 4 }).map((u) => [...u, 1]),
  activation: fc.constantFrom("sigmoid" as const, "relu" as const),
});

/** Random parameters, rows and errors in a kernel; lanes without a row stay 0 (K2). */
function fill(kernel: MlpKernel, rows: number, seed: number): void {
  const random = stream(seed);
  for (let i = 0; i < kernel.parameters.length; i++) kernel.parameters[i] = 4 * random() - 2;
  for (let i = 0; i < kernel.shape.units[0]; i++) {
    for (let b = 0; b < rows; b++) kernel.input[i * kernel.lanes + b] = 6 * random() - 3;
  }
  for (let b = 0; b < rows; b++) kernel.errors[b] = 2 * random() - 1;
}

/** Logits and gradients by matrix algebra (ml-matrix): Z = A W^T + b, dW = D^T A, D' = (D W) * f'(Z'). */
function reference(kernel: MlpKernel, rows: number): { logits: number[]; gradients: Float64Array } {
  const { shape, lanes, parameters } = kernel;
  const places = layerPlaces(shape);
  const relu = shape.activation === "relu";
  const weights = places.map(
    (p) =>
      new Matrix(
        Array.from({ length: p.outputs }, (_, h) => [
          ...parameters.subarray(p.weights + h * p.inputs, p.weights + (h + 1) * p.inputs),
        ]),
      ),
  );
  const activations = [
    new Matrix(
      Array.from({ length: rows }, (_, b) =>
        Array.from({ length: shape.units[0] }, (_, i) => kernel.input[i * lanes + b]),
      ),
    ),
  ];
  places.forEach((p, l) => {
    const z = activations[l].mmul(weights[l].transpose());
    z.addRowVector([...parameters.subarray(p.bias, p.bias + p.outputs)]);
    if (!p.isLast) z.apply((r, c) => z.set(r, c, relu ? Math.max(z.get(r, c), 0) : sigmoid(z.get(r, c))));
    activations.push(z);
  });
  const gradients = new Float64Array(parameters.length);
  let delta = Matrix.columnVector([...kernel.errors.subarray(0, rows)]);
  for (let l = places.length - 1; l >= 0; l--) {
    const p = places[l];
    gradients.set(delta.transpose().mmul(activations[l]).to1DArray(), p.weights);
    gradients.set(delta.sum("column"), p.bias);
    if (l === 0) break;
    const below = activations[l];
    delta = delta.mmul(weights[l]);
    delta.apply((r, c) => {
      const y = below.get(r, c);
      delta.set(r, c, delta.get(r, c) * (relu ? (y > 0 ? 1 : 0) : y * (1 - y)));
    });
  }
  return { logits: activations.at(-1)!.to1DArray(), gradients };
}

const bytes = (a: Float64Array) => Buffer.from(a.buffer, a.byteOffset, a.byteLength);

describe("forward and backward pass", () => {
  it("SIMD and plain TypeScript give the same bits for every shape and batch", () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 40 }), fc.nat(), (shape, batch, seed) => {
        const [plain, simd] = [scalarMlp(shape, batch), wasmMlp(shape, batch)];
        for (const kernel of [plain, simd]) {
          fill(kernel, batch, seed);
          kernel.forward();
          kernel.backward();
        }
        expect(bytes(simd.logits).equals(bytes(plain.logits)), "logits").to.equal(true);
        expect(bytes(simd.probabilities).equals(bytes(plain.probabilities)), "probabilities").to.equal(true);
        expect(bytes(simd.gradients).equals(bytes(plain.gradients)), "gradients").to.equal(true);
      }),
    );
  });

  it("agrees with matrix algebra by ml-matrix", () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 40 }), fc.nat(), (shape, batch, seed) => {
        const kernel = wasmMlp(shape, batch);
        fill(kernel, batch, seed);
        kernel.forward();
        kernel.backward();
        const { logits, gradients } = reference(kernel, batch);
        for (const [b, z] of logits.entries()) {
          expect(kernel.logits[b]).to.be.closeTo(z, 1e-9 * (1 + Math.abs(z)));
        }
        for (const [i, g] of gradients.entries()) {
          expect(kernel.gradients[i]).to.be.closeTo(g, 1e-9 * (1 + Math.abs(g)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has the gradient that small changes of each parameter show", () => {
    for (const [units, activation] of [
      [[3, 5, 1], "sigmoid"],
      [[4, 6, 3, 1], "sigmoid"],
      [[4, 7, 1], "relu"],
      [[5, 1], "sigmoid"],
    ] as const) {
      const shape: Shape = { units, activation };
      const kernel = wasmMlp(shape, 6);
      fill(kernel, 6, 11);
      const errors = kernel.errors.slice(0, 6);
      kernel.forward();
      kernel.backward();
      const gradients = kernel.gradients.slice();
      // The kernel's loss here is SUM errors[b] * logit[b], whose derivative by the logit is errors[b].
      const loss = () => {
        kernel.forward();
        return errors.reduce((sum, e, b) => sum + e * kernel.logits[b], 0);
      };
      for (let i = 0; i < gradients.length; i++) {
        const kept = kernel.parameters[i];
        kernel.parameters[i] = kept + 1e-6;
        const above = loss();
        kernel.parameters[i] = kept - 1e-6;
        const below = loss();
        kernel.parameters[i] = kept;
        expect((above - below) / 2e-6, `parameter ${i} of ${units}`).to.be.closeTo(gradients[i], 1e-6);
      }
    }
  });

  it("a lane without a row adds nothing (K2)", () => {
    const shape: Shape = { units: [4, 3, 1], activation: "sigmoid" };
    const five = wasmMlp(shape, 5);
    const sixteen = wasmMlp(shape, 16);
    for (const kernel of [five, sixteen]) {
      fill(kernel, 5, 3);
      kernel.forward();
      kernel.backward();
    }
    expect(sixteen.lanes).to.equal(16);
    expect([...sixteen.gradients]).to.deep.equal([...five.gradients]);
  });

  it("gathers the rows that the order names", () => {
    const values = Float32Array.from({ length: 300 }, (_, i) => i / 7);
    for (const make of [scalarMlp, wasmMlp]) {
      const kernel = make({ units: [3, 2, 1], activation: "relu" }, 8, { rows: 100, values });
      kernel.order.set(Uint32Array.from({ length: 100 }, (_, i) => 99 - i));
      kernel.gather(10, 7);
      for (let b = 0; b < 7; b++) {
        const row = 89 - b;
        for (let i = 0; i < 3; i++) expect(kernel.input[i * kernel.lanes + b]).to.equal(values[3 * row + i]);
      }
    }
  });

  it("a weight that is no number shows in the logits of both", () => {
    for (const make of [scalarMlp, wasmMlp]) {
      for (const activation of ["relu", "sigmoid"] as const) {
        const kernel = make({ units: [2, 2, 1], activation }, 2);
        fill(kernel, 2, 5);
        kernel.parameters[0] = Number.NaN;
        kernel.forward();
        expect(kernel.logits[0]).to.be.NaN;
      }
    }
  });
});
