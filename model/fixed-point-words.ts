/**
 * Fixed-point inference on 64-bit words as the kernel has them, extremes included. It follows the definition with
 * BigInts and is slow: the reference for tests, golden vectors and the verification of kernel records.
 */
import { InputError } from "../traces/input-error.ts";
import { featureByName } from "./features.ts";
import type { FixedModel } from "./fixed-model.ts";
import { exactInput, exactTransform } from "./fixed-point.ts";
import { FixedTreeModel } from "./fixed-tree.ts";

/**
 * The logit for one word per input, in the order of `model.net.inputs`. Words of `s64` features are in two's complement.
 */
export function logitOfWords(model: FixedModel, words: BigUint64Array): number {
  const { inputs } = model.net;
  if (words.length !== inputs.length) {
    throw new InputError("the number of words does not fit the model", {
      found: words.length,
      expected: String(inputs.length),
    });
  }
  const typed = inputs.map(({ feature }, j) =>
    featureByName(feature)!.type === "s64" ? BigInt.asIntN(64, words[j]) : words[j],
  );
  if (model instanceof FixedTreeModel)
    return model.logitOfTransformed(inputs.map((input, j) => exactTransform(input, typed[j])));
  return model.logitOfInputs(Int32Array.from(inputs, (input, j) => exactInput(input, typed[j])));
}

/** The word that holds an exact number of a trace. */
export function wordOf(value: number): bigint {
  return BigInt.asUintN(64, BigInt(value));
}
