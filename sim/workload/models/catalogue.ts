import { InputError } from "../../../traces/input-error.ts";
import { compression } from "./compression.ts";
import { configure } from "./configure.ts";
import { convolution } from "./convolution.ts";
import { database } from "./database.ts";
import { hackbench } from "./hackbench.ts";
import type { Model } from "./model.ts";
import { numeric } from "./numeric.ts";
import { weights } from "./weights.ts";

/** The models: those of the thesis's benchmarks in the order of its tables, then others. */
export const MODELS: readonly Model[] = [
  hackbench,
  database,
  numeric,
  convolution,
  compression,
  configure,
  weights,
];

/** @throws InputError for an unknown name. */
export function modelNamed(name: string): Model {
  const model = MODELS.find((m) => m.name === name);
  if (model) return model;
  throw new InputError("no such workload", {
    found: name,
    expected: `one of ${MODELS.map((m) => m.name).join(", ")}, or a path to an rt-app file`,
    hint: "Paths to rt-app files end in .json",
  });
}
