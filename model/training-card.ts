/**
 * What is kept beside a model file, `NAME.training.json` beside `NAME.nt`: how the model came about, its learning curve,
 * and the baselines fitted to the same rows, which later evaluations show.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { checked, parseJson } from "../traces/json.ts";
import type { Made } from "../traces/made.ts";
import { isStandardOutput } from "../traces/standard-output.ts";
import type { FittedBaselines } from "./baselines/fitted.ts";
import { cardPath } from "./card-path.ts";
import type { OperatingPoints } from "./evaluation/threshold.ts";
import { featureName } from "./feature-sets.ts";
import type { InputSpec } from "./net.ts";
import type { TrainerConfig } from "./trainer/config.ts";
import type { EpochRecord } from "./trainer/trainer.ts";

export interface TrainingCard {
  /** SHA-256 of the model file: a card of another model is not used. */
  modelSha256: string;
  tool: string;
  /** All options and the hashes of the traces; not in cards of early versions. */
  made?: Made;
  target: string;
  preset: string;
  seed: string;
  split: string;
  traces: string[];
  /** Names of the inputs, to match the baselines with the model's. */
  inputs: string[];
  rows: number;
  trainRows: number;
  validationRows: number;
  testRows: number;
  epochs: number;
  bestEpoch: number;
  config: TrainerConfig;
  notes: string[];
  curve: EpochRecord[];
  /** Thresholds of the network by other rules than the one it was trained with. */
  operatingPoints: OperatingPoints;
  baselines: FittedBaselines;
}

export function inputNames(inputs: readonly InputSpec[]): string[] {
  return inputs.map(featureName);
}

/** The text of a card, which stands at cardPath(). */
export function cardText(modelBytes: Uint8Array, card: Omit<TrainingCard, "modelSha256">): string {
  const whole: TrainingCard = { modelSha256: sha256(modelBytes), ...card };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

/** The card beside a model file, or null when there is none or it belongs to another model. */
export function readCard(modelPath: string): TrainingCard | null {
  const path = cardPath(modelPath);
  if (!existsSync(path) || isStandardOutput(path)) return null; // what is being printed is no card
  const place = {
    file: path,
    problem: "the training card is damaged",
    hint: "Remove it: the baselines are then fitted to the rows judged.",
  };
  const expected = "the JSON document that was written when the model was trained";
  const card = checked(CARD, parseJson(readFileSync(path, "utf8"), { ...place, expected }), place);
  return card.modelSha256 === sha256(readFileSync(modelPath)) ? (card as unknown as TrainingCard) : null;
}

/** What others read of a card; the rest is for people. */
const text = z.string("text");
const fitted = z.looseObject(
  { threshold: z.number("a number"), points: z.record(z.string(), z.number("a number"), "an object") },
  "an object",
);
const CARD = z.looseObject(
  {
    modelSha256: text,
    target: text,
    inputs: z.array(text, "a list of texts"),
    operatingPoints: z.record(z.string(), z.number("a number"), "an object"),
    baselines: z.looseObject({ logistic: fitted, tree: fitted }, "an object"),
  },
  "an object",
);

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
