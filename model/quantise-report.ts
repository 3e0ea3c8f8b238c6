/** What quantisation does to the layers of a network. */
import { type FixedNet, sumIntervals } from "./fixed-point-net.ts";

export interface LayerReport {
  /** Fraction bits of the sums. */
  frac: number;
  shift: number;
  /** Largest quantised weight, of 32767. */
  largestWeight: number;
  /** Bits of the largest possible sum. */
  sumBits: number;
}

/** How each layer uses its bits. */
export function layerReports(fixed: FixedNet): LayerReport[] {
  const intervals = sumIntervals(fixed.layers);
  return fixed.layers.map((layer, l) => ({
    frac: layer.frac,
    shift: layer.shift,
    largestWeight: layer.weights.reduce((m, w) => Math.max(m, Math.abs(w)), 0),
    sumBits: Math.max(...intervals[l].flatMap(({ low, high }) => [bits(low), bits(high)])),
  }));
}

/** Bits of a two's complement number, sign included. */
function bits(value: bigint): number {
  return (value < 0n ? -value - 1n : value).toString(2).length + 1;
}
