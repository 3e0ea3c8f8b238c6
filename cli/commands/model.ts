import { basename, extname } from "node:path";
import { type Command, Option } from "commander";
import { expectWritable } from "../../lab/files/output-files.ts";
import { sumIntervals } from "../../model/fixed-point-net.ts";
import { fromOnnx, toOnnx } from "../../model/interchange/onnx.ts";
import { fromSafetensors, toSafetensors } from "../../model/interchange/safetensors.ts";
import type { Net } from "../../model/net.ts";
import { goldenPath, goldenVectors } from "../../model/nt-golden.ts";
import { decodeNt, type NtModel, readNt } from "../../model/nt-read.ts";
import { checkName, encodeNt } from "../../model/nt-write.ts";
import { layerReports } from "../../model/quantise-report.ts";
import { readModelFile } from "../../model/read-model-file.ts";
import { writeFileAtomic, writeFilesAtomic } from "../../traces/atomic-file.ts";
import { usage } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { expectExtension, refuseMixedOutput, refuseReplacingInputs } from "../output-files.ts";
import { UsageError } from "../report-failure.ts";

const FORMATS = ["onnx", "safetensors"] as const;
type Format = (typeof FORMATS)[number];

interface WriteOptions {
  to?: string;
  out?: string;
  name?: string;
  golden?: boolean;
  json?: boolean;
}

/** `nicetries model`: look into model files, and carry networks to other tools and back. */
export function register(root: Command): void {
  const model = root.command("model").description("look into model files (*.nt), export and import networks");
  model
    .command("info")
    .description("inputs, layers, fixed-point scales and size of a model file")
    .argument("<file>", "model file (*.nt)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  nicetries model info m.nt\n")
    .action((file: string, options: { json?: boolean }) => info(file, options.json === true));
  model
    .command("export")
    .description("write the float network as ONNX or safetensors")
    .argument("<file>", "model file (*.nt)")
    .addOption(new Option("--to <format>", "of the file written").choices([...FORMATS]).makeOptionMandatory())
    .option("--out <file>", "where to write, under a name that ends in .FORMAT; default: beside the model")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  nicetries model export m.nt --to onnx\n  nicetries model export m.nt --to safetensors --out w.safetensors\n",
    )
    .action(exportModel);
  model
    .command("import")
    .description("read ONNX or safetensors, quantise, and write a model file with its golden vectors")
    .argument("<file>", "*.onnx or *.safetensors, with the metadata that `model export` writes")
    .option("--out <file>", "model file to write (.nt); default: NAME.nt beside the file")
    .option("--name <name>", "name kept in the model file, at most 16 characters")
    .option("--no-golden", "do not write golden vectors")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  nicetries model import tuned.onnx --out tuned.nt --name tuned\n")
    .action(importModel);
}

function info(file: string, json: boolean): void {
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

function exportModel(file: string, options: WriteOptions): void {
  const format = formatOf(options.to!);
  const out = options.out ?? `${file.replace(/\.nt$/, "")}.${format}`;
  expectExtension(out, `.${format}`);
  refuseReplacingInputs([out], [file]);
  refuseMixedOutput(options.json, out);
  const { net, hasFloat } = readNt(file);
  if (!hasFloat) note(`${file} has no float weights: exporting what its integers stand for`);
  const bytes = format === "onnx" ? toOnnx(net) : toSafetensors(net);
  writeFileAtomic(out, bytes);
  report(options, { model: file, format, out, bytes: bytes.length }, `wrote ${out}, ${bytes.length} bytes`);
}

function importModel(file: string, options: WriteOptions): void {
  const format = formatOf(extname(file).slice(1));
  const out = options.out ?? `${file.slice(0, -format.length - 1)}.nt`;
  const golden = options.golden === false ? null : goldenPath(out);
  expectExtension(out, ".nt");
  const outputs = golden === null ? [out] : [out, golden];
  refuseReplacingInputs(outputs, [file]);
  refuseMixedOutput(options.json, out);
  expectWritable(outputs);
  const { name: given } = options;
  if (given !== undefined) usage(() => checkName(given), "--name");
  const net = readForeign(file, format);
  const name = given ?? basename(out).replace(/\.nt$/, "").slice(0, 16);
  const bytes = encodeNt(net, { name });
  decodeNt(bytes, out);
  writeFilesAtomic([[out, bytes], ...(golden ? [[golden, goldenVectors(bytes)] as const] : [])]);
  const also = golden ? ` and ${golden}` : "";
  report(
    options,
    { source: file, format, out, bytes: bytes.length, golden },
    `wrote ${out}, ${bytes.length} bytes${also}`,
  );
}

function formatOf(text: string): Format {
  const format = FORMATS.find((f) => f === text);
  if (format === undefined) {
    throw new UsageError(`unknown format ${JSON.stringify(text)}; expected ${FORMATS.join(" or ")}`);
  }
  return format;
}

function readForeign(file: string, format: Format): Net {
  const bytes = readModelFile(file);
  return format === "onnx" ? fromOnnx(bytes, file) : fromSafetensors(bytes, file);
}

function report(options: WriteOptions, json: object, text: string): void {
  if (options.json) printJson(json);
  else note(text);
}
