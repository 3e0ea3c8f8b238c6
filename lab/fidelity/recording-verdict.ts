import { type ComparedMetric, type Range, verdictCounts } from "../../fidelity/compare.ts";
import type { Control } from "../../fidelity/control.ts";

/** One metric of recordings and of their replays. */
export interface RecordedMetric extends Omit<ComparedMetric, "real"> {
  recorded: Range;
  /** How far the ranges may lie apart, in the metric's own unit. */
  tolerance: number;
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
  /** Where the recorded ranges come from: several recordings, or blocks of one. */
  noise: "recordings" | "blocks";
  metrics: RecordedMetric[];
  /** `failed`: a wrong replay was found out, as it must be; of each control, whether it was. */
  control: { failed: boolean; controls: (Control & { failed: boolean })[] };
  notes: string[];
}

/** No metric differs, and a wrong replay was found out. */
export const isCredible = ({ metrics, control }: RecordingVerdict): boolean =>
  verdictCounts(metrics).differs === 0 && control.failed;
