import type { TrainingChoice } from "../../made.ts";
import { trainFile } from "../../train-file.ts";

/** A network whose file is kept. */
export interface TrainJob extends TrainingChoice {
  traces: readonly string[];
  out: string;
}

/** What is known of the model file. */
export interface TrainedModel {
  bytes: number;
  threshold: number;
  positives: number;
}

export async function train({ traces, out, ...choice }: TrainJob): Promise<TrainedModel> {
  const { bytes, threshold, heldOut } = await trainFile(traces, { ...choice, out });
  return { bytes, threshold, positives: heldOut?.positives ?? 0 };
}
