/**
 * What other formats do not have words for: the inputs, the target and the threshold of a network, as a JSON text that
 * travels in the metadata of safetensors and ONNX files under the key `nicetries`.
 */
import { z } from "zod";
import { InputError } from "../../traces/input-error.ts";
import { checked, parseJson } from "../../traces/json.ts";
import { TARGETS } from "../../traces/schema.ts";
import { featureByName } from "../features.ts";
import type { Activation, InputSpec, Net } from "../net.ts";
import { quantise } from "../quantise.ts";

export const DESCRIPTION_KEY = "nicetries";

const inputSchema = z.object({
  feature: z.string().refine((name) => featureByName(name) !== undefined, "a feature of the trace schema"),
  transform: z.enum(["identity", "flag", "clipped", "log2"]),
  clipLow: z.number(),
  clipHigh: z.number(),
  offset: z.number(),
  scale: z.number(),
});

const schema = z.object({
  version: z.literal(1),
  target: z.enum(TARGETS),
  threshold: z.number(),
  inputs: z.array(inputSchema).min(1),
  activations: z.array(z.enum(["identity", "sigmoid", "relu"])).min(1),
});

export interface Description {
  target: Net["target"];
  threshold: number;
  inputs: InputSpec[];
  activations: Activation[];
}

export function describeNet(net: Net): string {
  const { target, threshold, inputs } = net;
  return JSON.stringify({
    version: 1,
    target,
    threshold,
    inputs,
    activations: net.layers.map((l) => l.activation),
  });
}

/** Throws InputError when `text` is missing or says what this version does not know. */
export function parseDescription(text: string | undefined, file: string): Description {
  if (text === undefined) {
    throw new InputError("the file does not say what its inputs are", {
      file,
      field: DESCRIPTION_KEY,
      found: "nothing",
      expected: "the metadata of an exported model",
      code: "no-description",
      hint: "Export a model to see the form.",
    });
  }
  const place = { file, field: DESCRIPTION_KEY };
  const json = parseJson(text, { ...place, problem: "the description of the network is no JSON" });
  const whole = checked(schema, json, { ...place, problem: "the description of the network is wrong" });
  const { version: _, ...description } = whole;
  return description as Description;
}

/** Checks an imported network as far as a model file would; returns it. */
export function checkImported(net: Net, file: string): Net {
  try {
    quantise(net);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { file });
  }
  return net;
}
