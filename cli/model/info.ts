import { featureName } from "../../model/feature-sets.ts";
import { sumIntervals } from "../../model/fixed-point-net.ts";
import { holdsTree, type NtModel, type NtNetwork, readNt } from "../../model/nt-read.ts";
import { layerReports } from "../../model/quantise-report.ts";
import { type TreeModel, treeSize } from "../../model/tree-model.ts";
import { print, printJson, textTable } from "../output.ts";

/** Prints what is in a model file. */
export function info(file: string, json: boolean): void {
  const model = readNt(file);
  if (json) {
    printJson(infoOf(model, file));
    return;
  }
  const { net, fixed } = model;
  const name = model.name || "(no name)";
  printLine(`${file}: ${name}, ${shapeOf(model)}, target ${net.target}, ${model.bytes} bytes`);
  printLine(`positive iff logit > ${net.threshold} (${fixed.threshold} in units of 2^-${fixed.logitFrac})`);
  const inIntegers = holdsTree(model) ? "a tree has none" : "no float weights";
  printLine(model.hasFloat ? "" : `${inIntegers}: the kernel's float variant cannot run it\n`);
  const inputs = fixed.inputs.map((i) => [
    i.feature,
    i.transform,
    `${i.low}..${i.high}`,
    String(i.multiplier),
    i.offset.toPrecision(6),
    i.scale.toPrecision(6),
  ]);
  printLine(textTable(["input", "transform", "range", "multiplier", "offset", "scale"], inputs));
  printLine(holdsTree(model) ? `\n${treeText(model.net)}` : layersText(model));
}

/** 7-9-1, or what there is of a tree. */
function shapeOf(model: NtModel): string {
  if (!holdsTree(model))
    return [model.net.inputs.length, ...model.net.layers.map((l) => l.outputs)].join("-");
  const { depth, leaves } = treeSize(model.net.nodes);
  return `tree of ${leaves} leaves, ${depth} deep`;
}

function layersText({ net, fixed }: NtNetwork): string {
  const layers = layerReports(fixed).map((l, i) => [
    `${net.layers[i].inputs} -> ${net.layers[i].outputs}`,
    net.layers[i].activation,
    `2^-${l.frac}`,
    String(l.shift),
    String(l.largestWeight),
    String(l.sumBits),
  ]);
  return `\n${textTable(["layer", "activation", "sum unit", "shift", "largest weight", "sum bits"], layers)}`;
}

/** The questions from the root down, each branch under its own; a leaf with its logit and what follows from it. */
function treeText(tree: TreeModel, at = 0, indent = ""): string {
  const { inputs, threshold, nodes } = tree;
  const { input, cut, low, high, score } = nodes[at];
  if (input < 0) return `${indent}${score > threshold ? "positive" : "negative"}, logit ${score.toFixed(4)}`;
  const branch = (node: number) => treeText(tree, node, `${indent}  `);
  const name = featureName(inputs[input]);
  return `${indent}${name} <= ${cut}\n${branch(low)}\n${indent}${name} > ${cut}\n${branch(high)}`;
}

const printLine = (text: string): void => print(`${text}\n`);

function infoOf(model: NtModel, file: string) {
  const { net, fixed } = model;
  return {
    file,
    kind: holdsTree(model) ? "tree" : "network",
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
    ...(holdsTree(model)
      ? { ...treeSize(model.net.nodes), nodes: model.net.nodes }
      : { layers: layersOf(model) }),
  };
}

function layersOf({ net, fixed }: NtNetwork) {
  const intervals = sumIntervals(fixed.layers);
  return layerReports(fixed).map((report, l) => ({
    inputs: net.layers[l].inputs,
    outputs: net.layers[l].outputs,
    activation: net.layers[l].activation,
    ...report,
    sums: intervals[l].map(({ low, high }) => [String(low), String(high)]),
  }));
}
