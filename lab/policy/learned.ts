import { rowReader } from "../../model/feature-values.ts";
import { fixedModel } from "../../model/fixed-model.ts";
import { type NtModel, readNt } from "../../model/nt-read.ts";
import { type Inference, model, premigrate } from "../../sim/policy/learned.ts";
import type { PolicyFactory } from "../../sim/policy/policy.ts";
import { shownPath } from "../files/shown-path.ts";

/**
 * `model` lets a model of target `migrate` decide alone. One that predicts forced migrations cannot decide
 * alone: under either name it only adds early migrations to the stock rule.
 */
export function learnedPolicy(kind: string, path: string, migrationCostNs: number): PolicyFactory {
  const nt = readNt(path);
  const infer = inference(nt, migrationCostNs);
  const name = `${kind}:${nt.name || shownPath(path)}`;
  return kind === "model" && nt.net.target === "migrate" ? model(infer, name) : premigrate(infer, name);
}

/** The fixed-point model on rows of the simulator. */
function inference(nt: NtModel, migrationCostNs: number): Inference {
  const fixed = fixedModel(nt.fixed);
  const features = nt.fixed.inputs.map((input) => input.feature);
  const values = new Float64Array(features.length);
  const read = rowReader(features, migrationCostNs);
  return (row) => {
    read(row, values);
    return fixed.positive(values);
  };
}
