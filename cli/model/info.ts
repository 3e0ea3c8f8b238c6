import { sumIntervals } from "../../model/fixed-point-net.ts";
import { type NtModel, readNt } from "../../model/nt-read.ts";
import { layerReports } from "../../model/quantise-report.ts";
import { print, printJson, textTable } from "../output.ts";

/** Prints what is in a model file. */
export function info(file: string, json: boolean): void {
  const model = readNt(file);
  if (json) {
    printJson(infoOf(model, file));
    return;
  }
  const { net, fixed } = model;
  const shape = [net.inputs.length, ...net.layers.map((l) => l.outputs)].join("-");
  printLine(`${file}: ${model.name || "(no name)"}, ${shape}, target ${net.target}, ${model.bytes} bytes`);
  printLine(`positive iff logit > ${net.threshold} (${fixed.threshold} in units of 2^-${fixed.logitFrac})`);
  printLine(model.hasFloat ? "" : "no float weights: the kernel's float variant cannot run it\n");
  const inputs = fixed.inputs.map((i) => [
    i.feature,
    i.transform,
    `${i.low}..${i.high}`,
    String(i.multiplier),
    i.offset.toPrecision(6),
    i.scale.toPrecision(6),
  ]);
  printLine(textTable(["input", "transform", "range", "multiplier", "offset", "scale"], inputs));
  const layers = layerReports(fixed).map((l, i) => [
    `${net.layers[i].inputs} -> ${net.layers[i].outputs}`,
    net.layers[i].activation,
    `2^-${l.frac}`,
    String(l.shift),
    String(l.largestWeight),
    String(l.sumBits),
  ]);
  printLine(
    `\n${textTable(["layer", "activation", "sum unit", "shift", "largest weight", "sum bits"], layers)}`,
  );
}

const printLine = (text: string): void => print(`${text}\n`);

function infoOf(model: NtModel, file: string) {
  const { net, fixed } = model;
  const intervals = sumIntervals(fixed.layers);
  return {
    file,
    name: model.name,
    bytes: model.bytes,
    target: net.target,
    threshold: net.threshold,
    thresholdFixed: String(fixed.threshold),
    logitFrac: fixed.logitFrac,
    floatWeights: model.hasFloat,
    inputs: fixed.inputs.map((i) => ({
      ...i,
      low: String(i.low),
      high: String(i.high),
      multiplier: String(i.multiplier),
    })),
    layers: layerReports(fixed).map((report, l) => ({
      inputs: net.layers[l].inputs,
      outputs: net.layers[l].outputs,
      activation: net.layers[l].activation,
      ...report,
      sums: intervals[l].map(({ low, high }) => [String(low), String(high)]),
    })),
  };
}
