import { basename, extname } from "node:path";
import { expectWritable } from "../../lab/files/output-files.ts";
import { fromOnnx, toOnnx } from "../../model/interchange/onnx.ts";
import { fromSafetensors, toSafetensors } from "../../model/interchange/safetensors.ts";
import type { Net } from "../../model/net.ts";
import { goldenPath, goldenVectors } from "../../model/nt-golden.ts";
import { decodeNt, networkOf, readNt } from "../../model/nt-read.ts";
import { checkName, encodeNt } from "../../model/nt-write.ts";
import { readModelFile } from "../../model/read-model-file.ts";
import { writeFileAtomic, writeFilesAtomic } from "../../traces/atomic-file.ts";
import { usage } from "../option-values.ts";
import { note, printJson } from "../output.ts";
import { expectExtension, refuseMixedOutput, refuseReplacingInputs } from "../output-files.ts";
import { UsageError } from "../report-failure.ts";
import { FORMATS, type Format, type WriteOptions } from "./options.ts";

/** Does what `nicetries model export` was asked for. */
export function exportModel(file: string, options: WriteOptions): void {
  const format = formatOf(options.to!);
  const out = options.out ?? `${file.replace(/\.nt$/, "")}.${format}`;
  expectExtension(out, `.${format}`);
  refuseReplacingInputs([out], [file]);
  refuseMixedOutput(options.json, out);
  const { net, hasFloat } = networkOf(readNt(file), file, `export as ${format}`);
  if (!hasFloat) note(`${file} has no float weights: exporting what its integers stand for`);
  const bytes = format === "onnx" ? toOnnx(net) : toSafetensors(net);
  writeFileAtomic(out, bytes);
  report(options, { model: file, format, out, bytes: bytes.length }, `wrote ${out}, ${bytes.length} bytes`);
}

/** Does what `nicetries model import` was asked for. */
export function importModel(file: string, options: WriteOptions): void {
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
