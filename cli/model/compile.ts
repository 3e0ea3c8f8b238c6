import { expectWritable } from "../../lab/files/output-files.ts";
import { compileTree } from "../../model/compile-tree.ts";
import { goldenPath, goldenVectors } from "../../model/nt-golden.ts";
import { networkOf, readNt } from "../../model/nt-read.ts";
import { checkName, encodeFixedTree } from "../../model/nt-write.ts";
import { treeSize } from "../../model/tree-model.ts";
import { writeFilesAtomic } from "../../traces/atomic-file.ts";
import { usage } from "../option-values.ts";
import { note, printJson } from "../output.ts";
import { expectExtension, refuseMixedOutput, refuseReplacingInputs } from "../output-files.ts";
import type { WriteOptions } from "./options.ts";

/** Does what `nicetries model compile` was asked for. */
export function compileModel(file: string, options: WriteOptions): void {
  const out = options.out ?? `${file.replace(/\.nt$/, "")}.tree.nt`;
  const golden = options.golden === false ? null : goldenPath(out);
  expectExtension(out, ".nt");
  const outputs = golden === null ? [out] : [out, golden];
  refuseReplacingInputs(outputs, [file]);
  refuseMixedOutput(options.json, out);
  expectWritable(outputs);
  const { name: given } = options;
  if (given !== undefined) usage(() => checkName(given), "--name");
  const { name, fixed } = networkOf(readNt(file), file, "compile");
  const tree = compileTree(fixed, file);
  const bytes = encodeFixedTree(tree, 0, { name: given ?? name });
  writeFilesAtomic([[out, bytes], ...(golden ? [[golden, goldenVectors(bytes)] as const] : [])]);
  const { depth, leaves } = treeSize(tree.nodes);
  const also = golden ? ` and ${golden}` : "";
  if (options.json) printJson({ source: file, out, bytes: bytes.length, depth, leaves, golden });
  else note(`wrote ${out}, ${leaves} leaves, ${depth} deep, ${bytes.length} bytes${also}`);
}
