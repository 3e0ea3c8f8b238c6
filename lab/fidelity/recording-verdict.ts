import { type ComparedMetric, type Range, verdictCounts } from "../../fidelity/compare.ts";
import type { Control } from "../../fidelity/result.ts";

/** One metric of recordings and of their replays. */
export interface RecordedMetric extends Omit<ComparedMetric, "real"> {
  recorded: Range;
}

/** What comes of comparing recordings with their replays, as `nicetries fidelity --json` prints it. */
export interface RecordingVerdict {
  recordings: string[];
  sha256: string[];
  chip: string;
  seeds: number;
  /** Of each recording. */
  seconds: number[];
  /** The recordings say that they are of a machine in virtual time. */
  virtualTime: boolean;
  /** The calls were recorded, too, and are compared. */
  decisions: boolean;
  metrics: RecordedMetric[];
  /** `failed`: each wrong replay differs in some metric, as it must. */
  control: { failed: boolean; controls: Control[] };
  notes: string[];
}

/** No metric differs, and the wrong replays were found out. */
export const isCredible = ({ metrics, control }: RecordingVerdict): boolean =>
  verdictCounts(metrics).differs === 0 && control.failed;
