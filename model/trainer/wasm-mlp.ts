/**
 * Forward and backward in WebAssembly SIMD, generated for one shape: the same operations in the same order as
 * trainer/scalar-mlp.ts (K3), two lanes at a time, hence the same bits.
 *
 * Loops hold a tile of rows (forward, propagation) or of weights (gradients) in registers, so that each weight is
 * loaded once per tile and the additions of a tile do not wait for each other.
 */
import { EXP_COEFFICIENTS, LN2_HIGH, LN2_LOW, LOG2_E, ROUNDER, SIGMOID_LIMIT } from "../numerics/exp.ts";
import { LANE_STEP, lanesFor, type TrainingKernel, type TrainingRows } from "./mlp-kernel.ts";
import { NO_ROWS, scalarMlp } from "./scalar-mlp.ts";
import { type LayerPlace, layerPlaces, parameterCount, type Shape } from "./shape.ts";
import { assemble, FunctionBuilder, type Local } from "./wasm-assembler.ts";

const WORD = 4;
const DOUBLE = 8;
const VECTOR = 16;
/** Weights whose gradients are summed side by side: as many as registers allow. */
const GRADIENT_TILE = 8;

/** Byte offsets in the memory. */
interface Plan {
  lanes: number;
  /** Bytes of one unit's lanes. */
  stride: number;
  /** Vectors held at a time over the lanes. */
  tile: number;
  parameters: number;
  gradients: number;
  activations: number[];
  deltas: number[];
  probabilities: number;
  /** Order of the rows (u32) and the rows themselves (f32). */
  order: number;
  rows: number;
  end: number;
}

function planMemory(shape: Shape, batchSize: number, data: TrainingRows): Plan {
  const lanes = lanesFor(batchSize);
  const parameterBytes = Math.ceil(parameterCount(shape) / 2) * VECTOR;
  let end = 2 * parameterBytes;
  const place = (units: number) => {
    const at = end;
    end += units * lanes * DOUBLE;
    return at;
  };
  const activations = shape.units.map(place);
  const deltas = shape.units.map(place);
  const probabilities = place(1);
  const order = end;
  const rows = order + data.rows * WORD;
  end = rows + data.values.length * WORD;
  const tile = Math.min(lanes, LANE_STEP) / 2;
  return {
    lanes,
    stride: lanes * DOUBLE,
    tile,
    parameters: 0,
    gradients: parameterBytes,
    activations,
    deltas,
    probabilities,
    order,
    rows,
    end,
  };
}

/** Whether this engine has WebAssembly SIMD. */
const simdWorks = (() => {
  const probe = new FunctionBuilder();
  const v = probe.local("v128");
  probe.constant(1).set(v);
  return WebAssembly.validate(assemble(1, { probe }));
})();

/** WebAssembly memories end at 4 GiB. */
const MOST_BYTES = 2 ** 32 - 65536;

/** The fastest kernel this machine can run; all give the same bits. */
export function mlpKernel(shape: Shape, batchSize: number, data: TrainingRows = NO_ROWS): TrainingKernel {
  const fits = planMemory(shape, batchSize, data).end <= MOST_BYTES;
  return simdWorks && fits ? wasmMlp(shape, batchSize, data) : scalarMlp(shape, batchSize, data);
}

export function wasmMlp(shape: Shape, batchSize: number, data: TrainingRows = NO_ROWS): TrainingKernel {
  const plan = planMemory(shape, batchSize, data);
  const bytes = assemble(Math.ceil(plan.end / 65536), {
    f: forwardCode(shape, plan),
    b: backwardCode(shape, plan),
    g: gatherCode(shape, plan),
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const memory = (exports.m as WebAssembly.Memory).buffer;
  const view = (at: number, length: number) => new Float64Array(memory, at, length);
  const last = shape.units.length - 1;
  new Float32Array(memory, plan.rows, data.values.length).set(data.values);
  return {
    shape,
    lanes: plan.lanes,
    parameters: view(plan.parameters, parameterCount(shape)),
    gradients: view(plan.gradients, parameterCount(shape)),
    input: view(plan.activations[0], shape.units[0] * plan.lanes),
    logits: view(plan.activations[last], plan.lanes),
    errors: view(plan.deltas[last], plan.lanes),
    probabilities: view(plan.probabilities, plan.lanes),
    order: new Uint32Array(memory, plan.order, data.rows),
    gather: exports.g as (first: number, count: number) => void,
    forward: exports.f as () => void,
    backward: exports.b as () => void,
  };
}

/** gather(first, count): float32 rows in order[first ..] become doubles in the lanes of the input. */
function gatherCode(shape: Shape, plan: Plan): FunctionBuilder {
  const f = new FunctionBuilder(2);
  const [at, end] = f.parameters as [Local, Local];
  const row = f.local("i32");
  const lane = f.local("i32");
  const inputs = shape.units[0];
  // Indices become byte offsets into `order`.
  f.get(at).get(end).addIntegers().set(end);
  f.scale(end, WORD).scale(at, WORD).assign(lane, 0);
  f.loopUntil(at, end, () => {
    f.loadWord(row, at, plan.order).scale(row, inputs * WORD);
    for (let i = 0; i < inputs; i++) {
      f.widen(row, plan.rows + i * WORD, lane, plan.activations[0] + i * plan.stride);
    }
    f.advance(at, WORD).advance(lane, DOUBLE);
  });
  return f;
}

function forwardCode(shape: Shape, plan: Plan): FunctionBuilder {
  const f = new FunctionBuilder();
  const pointers = { weight: f.local("i32"), below: f.local("i32"), lane: f.local("i32") };
  const row = f.local("i32");
  const bias = f.local("i32");
  const out = f.local("i32");
  const acc = vectors(f, plan.tile);
  const w = f.local("v128");
  const scratch = acc.map(() => sigmoidScratch(f));
  for (const [index, place] of layerPlaces(shape).entries()) {
    f.assign(row, plan.parameters + place.weights * DOUBLE);
    f.assign(bias, plan.parameters + place.bias * DOUBLE);
    f.assign(out, plan.activations[index + 1]);
    f.loopUntil(bias, plan.parameters + (place.bias + place.outputs) * DOUBLE, () => {
      f.assign(pointers.lane, 0);
      f.loopUntil(pointers.lane, plan.stride, () => {
        for (const a of acc) f.splat(bias, 0).set(a);
        f.get(row).set(pointers.weight);
        f.get(pointers.lane).set(pointers.below);
        const base = plan.activations[index];
        // The loop over inputs counts by the offset of the input's lanes: lane offset + i * stride.
        loopByStride(f, pointers.below, plan.stride, place.inputs, () => {
          f.splat(pointers.weight, 0).set(w);
          acc.forEach((a, k) => {
            f.get(a)
              .get(w)
              .load(pointers.below, base + k * VECTOR)
              .op("mul")
              .op("add")
              .set(a);
          });
          f.advance(pointers.weight, DOUBLE);
        });
        if (!place.isLast && shape.activation === "sigmoid") emitSigmoids(f, acc, scratch);
        acc.forEach((a, k) => {
          f.store(out, k * VECTOR, () => {
            f.get(a);
            if (!place.isLast && shape.activation === "relu") f.constant(0).op("max");
          });
        });
        f.advance(out, acc.length * VECTOR);
        f.advance(pointers.lane, acc.length * VECTOR);
      });
      f.advance(row, place.inputs * DOUBLE);
      f.advance(bias, DOUBLE);
    });
  }
  emitProbabilities(f, plan, pointers.lane, acc, scratch);
  return f;
}

function emitProbabilities(
  f: FunctionBuilder,
  plan: Plan,
  lane: Local,
  acc: Local[],
  s: SigmoidScratch[],
): void {
  f.assign(lane, 0);
  f.loopUntil(lane, plan.stride, () => {
    acc.forEach((a, k) => {
      f.load(lane, plan.activations.at(-1)! + k * VECTOR).set(a);
    });
    emitSigmoids(f, acc, s);
    acc.forEach((a, k) => {
      f.store(lane, plan.probabilities + k * VECTOR, () => f.get(a));
    });
    f.advance(lane, acc.length * VECTOR);
  });
}

function backwardCode(shape: Shape, plan: Plan): FunctionBuilder {
  const f = new FunctionBuilder();
  const places = layerPlaces(shape);
  const locals = {
    delta: f.local("i32"),
    gradient: f.local("i32"),
    lane: f.local("i32"),
    unit: f.local("i32"),
    weight: f.local("i32"),
    row: f.local("i32"),
    out: f.local("i32"),
    d: f.local("v128"),
  };
  const gradientSums = vectors(f, GRADIENT_TILE);
  const acc = vectors(f, plan.tile);
  for (let l = places.length; l >= 1; l--) {
    const place = places[l - 1];
    emitGradients(f, plan, place, l, locals, gradientSums);
    if (l > 1) emitPropagation(f, shape, plan, place, l, locals, acc);
  }
  return f;
}

type BackwardLocals = Record<"delta" | "gradient" | "lane" | "unit" | "weight" | "row" | "out" | "d", Local>;

/** dLoss/dW and dLoss/db of layer l: for each output unit, tiles of weights; the bias goes with the first tile. */
function emitGradients(
  f: FunctionBuilder,
  plan: Plan,
  place: LayerPlace,
  l: number,
  v: BackwardLocals,
  sums: Local[],
): void {
  const deltas = plan.deltas[l];
  const below = plan.activations[l - 1];
  f.assign(v.delta, deltas);
  f.assign(v.gradient, plan.gradients + place.weights * DOUBLE);
  f.assign(v.out, plan.gradients + place.bias * DOUBLE);
  f.loopUntil(v.out, plan.gradients + (place.bias + place.outputs) * DOUBLE, () => {
    for (let first = -1; first < place.inputs; first += sums.length) {
      const tile = sums.slice(0, Math.min(sums.length, place.inputs - first));
      for (const s of tile) f.constant(0).set(s);
      f.assign(v.lane, 0);
      f.get(v.delta).set(v.unit);
      f.loopUntil(v.lane, plan.stride, () => {
        f.load(v.unit, 0).set(v.d);
        tile.forEach((s, t) => {
          const input = first + t;
          f.get(s).get(v.d);
          if (input >= 0) f.load(v.lane, below + input * plan.stride).op("mul");
          f.op("add").set(s);
        });
        f.advance(v.unit, VECTOR);
        f.advance(v.lane, VECTOR);
      });
      tile.forEach((s, t) => {
        const input = first + t;
        if (input >= 0) f.storeLaneSum(v.gradient, input * DOUBLE, s);
        else f.storeLaneSum(v.out, 0, s);
      });
    }
    f.advance(v.delta, plan.stride);
    f.advance(v.gradient, place.inputs * DOUBLE);
    f.advance(v.out, DOUBLE);
  });
}

/** d' = (W^T d) f'(z') for the layer below. */
function emitPropagation(
  f: FunctionBuilder,
  shape: Shape,
  plan: Plan,
  place: LayerPlace,
  l: number,
  v: BackwardLocals,
  acc: Local[],
): void {
  const y = v.d;
  f.assign(v.row, plan.parameters + place.weights * DOUBLE);
  f.assign(v.out, 0);
  f.loopUntil(v.out, place.inputs * plan.stride, () => {
    f.assign(v.lane, 0);
    f.loopUntil(v.lane, plan.stride, () => {
      for (const a of acc) f.constant(0).set(a);
      f.get(v.row).set(v.weight);
      f.get(v.lane).set(v.unit);
      loopByStride(f, v.unit, plan.stride, place.outputs, () => {
        f.splat(v.weight, 0).set(y);
        acc.forEach((a, k) => {
          f.get(a)
            .get(y)
            .load(v.unit, plan.deltas[l] + k * VECTOR)
            .op("mul")
            .op("add")
            .set(a);
        });
        f.advance(v.weight, place.inputs * DOUBLE);
      });
      acc.forEach((a, k) => {
        f.load(v.out, plan.activations[l - 1] + k * VECTOR).set(y);
        f.store(v.out, plan.deltas[l - 1] + k * VECTOR, () => {
          if (shape.activation === "relu") f.get(a).get(y).constant(0).op("gt").op("and");
          else f.get(a).get(y).constant(1).get(y).op("sub").op("mul").op("mul");
        });
      });
      f.advance(v.out, acc.length * VECTOR);
      f.advance(v.lane, acc.length * VECTOR);
    });
    f.advance(v.row, DOUBLE);
  });
}

/**
 * Repeats the body `count` times, the pointer going up by `stride`. It starts below `stride`, so that "below
 * count * stride" holds for exactly its first `count` values.
 */
function loopByStride(
  f: FunctionBuilder,
  pointer: Local,
  stride: number,
  count: number,
  body: () => void,
): void {
  f.loopUntil(pointer, count * stride, () => {
    body();
    f.advance(pointer, stride);
  });
}

function vectors(f: FunctionBuilder, count: number): Local[] {
  return Array.from({ length: count }, () => f.local("v128"));
}

interface SigmoidScratch {
  x: Local;
  t: Local;
  r: Local;
}

function sigmoidScratch(f: FunctionBuilder): SigmoidScratch {
  return { x: f.local("v128"), t: f.local("v128"), r: f.local("v128") };
}

/**
 * z = 1 / (1 + e^-z) for each vector; numerics/exp.ts operation by operation (E1). The vectors take each step in turn:
 * one alone would wait for every result of its long chain.
 */
function emitSigmoids(f: FunctionBuilder, z: readonly Local[], scratch: readonly SigmoidScratch[]): void {
  const each = (step: (v: Local, s: SigmoidScratch) => void) => {
    z.forEach((v, k) => {
      step(v, scratch[k]);
    });
  };
  each((v, { x }) =>
    f.get(v).constant(SIGMOID_LIMIT).op("pmin").constant(-SIGMOID_LIMIT).op("pmax").op("neg").set(x),
  );
  each((_, { x, t }) => f.get(x).constant(LOG2_E).op("mul").constant(ROUNDER).op("add").set(t));
  // r = (x - k LN2_HIGH) - k LN2_LOW with k = t - ROUNDER
  each((_, { t, r }) => f.get(t).constant(ROUNDER).op("sub").set(r));
  each((_, { x, r }) => f.get(x).get(r).constant(LN2_HIGH).op("mul").op("sub").set(x));
  each((_, { x, r }) => f.get(x).get(r).constant(LN2_LOW).op("mul").op("sub").set(r));
  const [first, ...rest] = EXP_COEFFICIENTS;
  each((_, { x }) => f.constant(first!).set(x));
  for (const c of [...rest, 1, 1]) {
    each((_, { x, r }) => f.get(x).get(r).op("mul").constant(c).op("add").set(x));
  }
  // The low bits of t are k in two's complement: shifted into the exponent field and added they multiply by 2^k.
  each((_, { x, t }) => f.get(x).get(t).i32(52).op("shl64").op("add64").set(x));
  each((v, { x }) => f.constant(1).constant(1).get(x).op("add").op("div").set(v));
}
