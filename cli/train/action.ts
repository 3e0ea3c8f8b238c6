import { statSync } from "node:fs";
import { dirname } from "node:path";
import { breakable } from "../../lab/policy/breakable.ts";
import {
  checkpointPath,
  type TrainedFile,
  type TrainFileOptions,
  trainFile,
  trainingOutputs,
} from "../../lab/train-file.ts";
import type { ThresholdRule } from "../../model/evaluation/threshold.ts";
import type { TrainerConfig } from "../../model/trainer/config.ts";
import type { ModelKind } from "../../model/trainer/kinds.ts";
import type { PresetName } from "../../model/trainer/presets.ts";
import { realExit } from "../../traces/at-end.ts";
import { removeOwnLeftovers } from "../../traces/atomic-file.ts";
import type { Target } from "../../traces/schema.ts";
import { whenInterrupted } from "../interrupted.ts";
import { refuseToReplaceStandardOutput } from "../named-files.ts";
import { printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { noteCost } from "../recorded-cost-option.ts";
import { printTrained } from "./print.ts";

/** The options of `nicetries train`. */
export interface TrainOptions {
  target: Target;
  preset: PresetName;
  kind?: ModelKind;
  depth?: number;
  out: string;
  seed: string;
  split: string;
  features?: string;
  epochs?: number;
  hidden?: number[];
  lr?: number;
  batch?: number;
  optimiser?: TrainerConfig["optimiser"];
  activation?: TrainerConfig["activation"];
  weightDecay?: number;
  loss?: TrainerConfig["loss"];
  focalGamma?: number;
  momentum?: number;
  schedule?: TrainerConfig["schedule"];
  classWeights?: TrainerConfig["classWeights"];
  threshold?: ThresholdRule;
  patience?: number;
  preprocessing?: "thesis" | "honest";
  permutations?: number;
  resume?: boolean;
  /** ns */
  migrationCost?: number;
  json?: boolean;
}

/** Does what `nicetries train` was asked for. */
export async function train(traces: string[], options: TrainOptions): Promise<void> {
  const bar = progressBar(`train ${options.target}`);
  const started = Date.now();
  const forget = whenInterrupted(() => howToGoOn(options, started));
  let trained: TrainedFile;
  try {
    for (const file of trainingOutputs(options.out)) refuseToReplaceStandardOutput(file);
    trained = await trainFile(traces, {
      ...fileOptions(options),
      onProgress: (done, total, text) => bar.update(done, total, text),
      say: noteCost,
      computing(work) {
        if (breakable(work) === undefined) return;
        bar.stop();
        removeOwnLeftovers(dirname(options.out));
        realExit(130);
      },
    });
  } finally {
    bar.stop();
    forget();
  }
  if (options.json) printJson(trained);
  else printTrained(trained);
}

/** What to say of a training that was interrupted; nothing before its first checkpoint. */
function howToGoOn({ out, resume }: TrainOptions, started: number): string | undefined {
  const checkpoint = checkpointPath(out);
  const written = statSync(checkpoint, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (written < started && !resume) return undefined;
  return `interrupted: the same command${resume ? "" : " with --resume"} goes on from the last epoch (${checkpoint})`;
}

/** What the options mean to the library. */
function fileOptions({ lr, batch, migrationCost, json: _, ...o }: TrainOptions): TrainFileOptions {
  const { target, preset, kind, depth, out, seed, split, features, ...rest } = o;
  const { preprocessing, permutations, resume, ...config } = rest;
  const given = Object.entries({ ...config, learningRate: lr, batchSize: batch });
  return {
    ...{ target, preset, kind, depth, out, seed, split, features, preprocessing, permutations, resume },
    config: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    migrationCostNs: migrationCost,
  };
}
