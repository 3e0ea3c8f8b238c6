/**
 * Turns a fixed-point network into one straight JavaScript function with all constants in place. V8 then multiplies by
 * immediates and keeps every x in a register: some five times faster than the loops of model/fixed-point.ts, which stay
 * the reference (and serve what is not compiled).
 *
 * Invariants:
 *  C1. Only numbers computed from a checked FixedNet enter the source text; no text of a file does.
 *  C2. Compiled are nets in which every hidden layer's sums fit 32 bits for every input, and every input's product is
 *      exact in a double; others yield undefined.
 *  C3. A value the feature's type cannot hold (NaN included) is passed to `refuse`, which throws.
 */
import { featureByName } from "./features.ts";
import {
  exactInDouble,
  type FixedInput,
  type FixedNet,
  fitsInt32,
  sumIntervals,
  X_MAX,
  X_MIN,
} from "./fixed-point-net.ts";
import { SIGMOID_CELL_SHIFT, SIGMOID_CELLS, SIGMOID_TABLE } from "./fixed-point-sigmoid.ts";

export type CompiledLogit = (values: Float64Array) => number;

/** Compiled code grows with the weights; beyond this many, loops are as good. */
const MAX_WEIGHTS = 1500;

/** `refuse(value, index)` must throw; `log2(value)` is the transform T4 for large numbers. */
export function compileLogit(
  net: FixedNet,
  refuse: (value: number, index: number) => never,
  log2: (value: number) => number,
): CompiledLogit | undefined {
  const intervals = sumIntervals(net.layers);
  const hidden = net.layers.slice(0, -1);
  if (!hidden.every((_, l) => fitsInt32(intervals[l]!))) return undefined;
  if (!net.inputs.every((i) => i.transform === "log2" || exactInDouble(i))) return undefined;
  if (net.layers.reduce((n, l) => n + l.weights.length, 0) > MAX_WEIGHTS) return undefined;

  const lines: string[] = [];
  net.inputs.forEach((input, j) => {
    lines.push(...inputSource(input, j));
  });
  let x = net.inputs.map((_, j) => `x${j}`);
  hidden.forEach((layer, l) => {
    const y: string[] = [];
    for (let i = 0; i < layer.outputs; i++) {
      const name = `y${l}_${i}`;
      const terms = x.map((v, j) => [layer.weights[i * layer.inputs + j]!, v] as const);
      const sum = [
        String(layer.bias[i]),
        ...terms.filter(([w]) => w !== 0).map(([w, v]) => `Math.imul(${v}, ${w})`),
      ];
      lines.push(`let ${name} = (${sum.join(" + ")}) >> ${Math.min(layer.shift, 31)};`);
      lines.push(
        `if (${name} > ${X_MAX}) ${name} = ${X_MAX}; else if (${name} < ${X_MIN}) ${name} = ${X_MIN};`,
      );
      if (layer.activation === "relu") lines.push(`if (${name} < 0) ${name} = 0;`);
      if (layer.activation === "sigmoid")
        lines.push(`${name} = table[(${name} >> ${SIGMOID_CELL_SHIFT}) & ${SIGMOID_CELLS - 1}];`);
      y.push(name);
    }
    x = y;
  });
  const out = net.layers.at(-1)!;
  const products = x.map((v, j) => `${v} * ${out.weights[j]}`);
  lines.push(`return ${[String(out.bias[0]), ...products].join(" + ")};`);
  const make = new Function(
    "table",
    "refuse",
    "log2",
    `return function logit(values) {\n${lines.join("\n")}\n};`,
  );
  return make(SIGMOID_TABLE, refuse, log2) as CompiledLogit;
}

function inputSource(input: FixedInput, j: number): string[] {
  const least = featureByName(input.feature)!.type === "u64" ? 0 : -(2 ** 53);
  const v = `v${j}`;
  const x = `x${j}`;
  const head = [
    `let ${v} = values[${j}];`,
    `if (!(${v} >= ${least} && ${v} <= ${2 ** 53})) refuse(${v}, ${j});`,
  ];
  const factor = Number(input.multiplier) / 2 ** 48;
  switch (input.transform) {
    case "flag":
      return [...head, `const ${x} = ${v} === 0 ? ${X_MIN} : ${Math.floor(factor) + X_MIN};`];
    case "log2":
      return [
        ...head,
        `let ${x} = ${X_MIN};`,
        `if (${v} > 0) {`,
        `  if (${v} < 2147483647) {`,
        `    const u = (${v} | 0) + 1, n = 31 - Math.clz32(u);`,
        `    ${x} = (n << 10) + (((u << (31 - n)) >>> 21) & 1023) + ${X_MIN};`,
        `  } else ${x} = log2(${v}) + ${X_MIN};`,
        "}",
      ];
    default: {
      const { low, high } = input;
      return [
        ...head,
        `if (${v} < ${low}) ${v} = ${low}; else if (${v} > ${high}) ${v} = ${high};`,
        `const ${x} = ((${v} - ${low}) * ${factor} | 0) + ${X_MIN};`,
      ];
    }
  }
}
