import { RequestError } from "../../traces/input-error.ts";

/** A part of a recording, ns from its first event. */
export interface Window {
  fromNs: number;
  /** Infinity: to the end. */
  toNs: number;
}

/** What is replayed of a recording, and how. */
export interface RecordingChoice {
  /** As taskChooser() reads it; undefined: all. */
  tasks?: string;
  window?: Window;
  /** Times that it is played; Infinity: for ever. Default 1. */
  loop?: number;
  /** Chip of the recording's machine, as openChip() takes it; "none": no threads share a core. Default: the chip simulated. */
  recordedOn?: string;
}

/** @throws RequestError where something was chosen of a recording, and there is none */
export function refuseChoice(choice: RecordingChoice): void {
  for (const option of ["tasks", "window", "loop", "recordedOn"] as const)
    if (choice[option] !== undefined) throw new RequestError(option, "is for recordings");
}
