import { differing, type Range, type Side, type SideMetric, verdictOf } from "./compare.ts";

/** A simulation that must not agree: a comparison that cannot tell it from the real kernel tells nothing. */
export interface Control {
  name: string;
  /** Metrics that differ, each for itself. */
  differs: number;
  /** Those in which the same simulation (same seed) without the fault differs. Missing in files of older versions: 0. */
  baseline?: number;
  /** It is not found out, and could not have been: so little of what it takes away was recorded. A whole clause. */
  untold?: string;
}

/** It does worse than the same simulation without the fault. */
export const isFoundOut = ({ differs, baseline = 0 }: Control): boolean => differs > baseline;

/** Something that is wrong on purpose was found out: without that, no verdict says anything. */
export const stands = (controls: readonly Control[]): boolean => controls.some(isFoundOut);

/** What is wrong with the spoilt simulation, and in how many metrics it and the unspoilt one differ from the real side. */
export const controlOf = (
  name: string,
  spoilt: Side,
  unspoilt: Side,
  real: readonly SideMetric[],
): Control => ({ name, differs: differing(spoilt, real).length, baseline: differing(unspoilt, real).length });

/** The control with a word on why it could not be found out, where it was not. */
export const excused = (control: Control, untold: string | undefined): Control =>
  isFoundOut(control) || untold === undefined ? control : { ...control, untold };

/** Fewer moves than that are not missed. */
const FEWEST_MOVES = 10;

/** Why a simulation without balancing cannot be found out, if so: of what balancing moved in the recordings. */
export function hardlyBalanced(moves: Recorded): string | undefined {
  const { range, events } = moves;
  if (events === 0) return "balancing moved nothing in the recording";
  if (events < FEWEST_MOVES) return `balancing made only ${events} moves in the recording`;
  return verdictOf({ family: "rate" }, [0, 0], range) === "differs"
    ? undefined
    : `no moves at all are within the tolerance of what was recorded (${between(range)} a second)`;
}

/** Why a simulation on half of the CPUs cannot be found out, if so: of how busy they were, in percent of the time. */
export function hardlyBusy({ range: [low, high] }: Recorded): string | undefined {
  const twice = [2 * low, 2 * high] as const;
  return verdictOf({ family: "load" }, twice, [low, high]) === "differs"
    ? undefined
    : `CPUs twice as busy are within the tolerance of those recorded (${between([low, high])} %)`;
}

/** Why a simulation on two CPUs in place of one cannot be found out, if so: of how long tasks waited for it, in seconds a second. */
export const hardlyWaited = ({ range }: Recorded): string | undefined =>
  verdictOf({ family: "time" }, [0, 0], range) === "differs"
    ? undefined
    : `no waiting at all is within the tolerance of what was recorded (${between(range)} s/s)`;

const between = (range: Range): string => range.map((x) => x.toPrecision(2)).join(" to ");

type Recorded = Pick<SideMetric, "range" | "events">;
