/** What quantisation costs on given records: decisions that change, logits that move. */
import { FixedPointModel } from "./fixed-point.ts";
import { type FixedNet, sumIntervals } from "./fixed-point-net.ts";
import type { Net } from "./net.ts";
import { floatLogit } from "./net-forward.ts";
import { quantise } from "./quantise.ts";

export interface LayerReport {
  /** Fraction bits of the sums. */
  frac: number;
  shift: number;
  /** Largest quantised weight, of 32767. */
  largestWeight: number;
  /** Bits of the largest possible sum. */
  sumBits: number;
}

export interface QuantisationReport {
  records: number;
  /** Records left out because an input was unknown. */
  unknown: number;
  /** Share of records on which float and fixed point decide alike. */
  agreement: number;
  /** Of the logit, in float units. */
  meanError: number;
  largestError: number;
  /** Largest float logit minus smallest: what the errors compare with. */
  logitSpread: number;
  layers: LayerReport[];
}

/**
 * Compares a network with its fixed-point form. `columns`: for each input the raw values of the records (NaN = unknown),
 * such as the columns of a trace table.
 */
export function quantisationReport(
  net: Net,
  columns: readonly Float64Array[],
  fixed?: FixedNet,
): QuantisationReport {
  const integers = fixed ?? quantise(net);
  const model = new FixedPointModel(integers);
  const float = floatLogit(net);
  const rows = columns[0]?.length ?? 0;
  const values = new Float64Array(columns.length);
  let records = 0;
  let alike = 0;
  let sum = 0;
  let largestError = 0;
  let least = Infinity;
  let most = -Infinity;
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < columns.length; j++) values[j] = columns[j][r];
    if (values.some(Number.isNaN)) continue;
    const expected = float(values);
    const found = model.logit(values);
    const error = Math.abs(found * model.logitUnit - expected);
    records++;
    if (found > model.threshold === expected > net.threshold) alike++;
    sum += error;
    largestError = Math.max(largestError, error);
    least = Math.min(least, expected);
    most = Math.max(most, expected);
  }
  return {
    records,
    unknown: rows - records,
    agreement: records === 0 ? 1 : alike / records,
    meanError: records === 0 ? 0 : sum / records,
    largestError,
    logitSpread: records === 0 ? 0 : most - least,
    layers: layerReports(integers),
  };
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
