import { RequestError, wrongValue } from "../../traces/input-error.ts";
import { DURATION_EXAMPLES, parseDuration } from "../../traces/quantity.ts";

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

/** Reads `FROM..TO`, either of which may be left out. @throws RequestError */
export function parseWindow(text: string): Window {
  const [, from, to] = /^(.*?)\.\.(.*)$/.exec(text.trim()) ?? [];
  const fromNs = from === "" ? 0 : parseDuration(from ?? "", "s");
  const toNs = to === "" ? Number.POSITIVE_INFINITY : parseDuration(to ?? "", "s");
  if (from === undefined || fromNs === undefined || toNs === undefined || fromNs >= toNs)
    throw wrongValue(
      "window",
      `FROM..TO, two times such as ${DURATION_EXAMPLES}, the first the smaller one`,
      text,
    );
  return { fromNs, toNs };
}

/** Reads how often a recording is played: a count, or `forever`. @throws RequestError */
export function parseLoop(text: string): number {
  if (text === "forever") return Number.POSITIVE_INFINITY;
  const times = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (times < 1 || times > 1e9)
    throw wrongValue("loop", "a whole number from 1 to 1000000000, or forever", text);
  return times;
}
