/** Compiles the C inference in the ways it is used, and runs batches through it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FEATURES, featureByName } from "../../model/features.ts";
import type { FixedNet } from "../../model/fixed-point-net.ts";
import type { FixedTree } from "../../model/tree-model.ts";

export const SOURCE = new URL("../../kernel-bridge/inference/", import.meta.url).pathname;

/** Flags of each build: with vectors as in user space, and without as in the kernel. */
export const BUILDS: Record<string, readonly string[]> = {
  "user space, SSE2": ["-O2"],
  "user space, AVX2, -O3": ["-O3", "-mavx2"],
  "as the kernel compiles it": [
    "-O2",
    "-DNT_SCALAR",
    "-mgeneral-regs-only",
    "-fno-strict-aliasing",
    "-fno-jump-tables",
  ],
};

/** A folder for compiled programs; call `remove` at the end. */
export function compileFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "nt-inference-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The name of a C compiler that runs, or undefined. */
export function compiler(): string | undefined {
  return ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
}

/** Compiles `user/NAME.c` with the inference; returns the program. Warnings are errors. */
export function compile(folder: string, name: string, flags: readonly string[], tag = "0"): string {
  const cc = compiler()!;
  const strict = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g"];
  const objects = ["nt_validate", "nt_model", "nt_infer"].map((unit) => {
    const object = join(folder, `${unit}-${tag}.o`);
    execFileSync(cc, [...strict, ...flags, "-c", join(SOURCE, `${unit}.c`), "-o", object]);
    return object;
  });
  const program = join(folder, `${name}-${tag}`);
  const rest = [join(SOURCE, "nt_float.c"), join(SOURCE, "user", `${name}.c`)];
  execFileSync(cc, [...strict, "-O2", ...rest, ...objects, "-o", program]);
  return program;
}

/** One model file and its records: words by input, `inputs.length` per record; readers of one feature share it. */
export interface Batch {
  file: Uint8Array;
  net?: FixedNet | FixedTree;
  records: BigUint64Array;
  count: number;
}

export interface BatchResult {
  refused: boolean;
  logits: BigInt64Array;
  floats: Float32Array;
}

/** Runs `user/nt_batch` over batches and returns what it computed. */
export function runBatches(program: string, batches: readonly Batch[]): BatchResult[] {
  const input = batches.flatMap((b) => [header(b), b.file, payload(b)]);
  const run = spawnSync(program, { input: Buffer.concat(input), maxBuffer: 2 ** 30 });
  if (run.status !== 0) throw new Error(`nt_batch exited with ${run.status ?? run.signal}: ${run.stderr}`);
  const out = new DataView(run.stdout.buffer, run.stdout.byteOffset, run.stdout.byteLength);
  let at = 0;
  return batches.map((b) => {
    const refused = out.getBigInt64(at, true) !== 0n;
    at += 8;
    const logits = new BigInt64Array(refused ? 0 : b.count);
    const floats = new Float32Array(logits.length);
    for (let r = 0; r < logits.length; r++, at += 12) {
      logits[r] = out.getBigInt64(at, true);
      floats[r] = out.getFloat32(at + 8, true);
    }
    return { refused, logits, floats };
  });
}

function featureSet(b: Batch): number[] {
  const ids = new Set(b.net?.inputs.map((i) => featureByName(i.feature)!.id));
  return FEATURES.map((f) => f.id).filter((id) => ids.has(id));
}

function header(b: Batch): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(b.file.length, 0);
  head.writeUInt32LE(b.count, 4);
  head.writeBigUInt64LE(
    featureSet(b).reduce((set, id) => set | (1n << BigInt(id)), 0n),
    8,
  );
  return head;
}

function payload(b: Batch): Buffer {
  const ids = featureSet(b);
  const inputs = b.net?.inputs ?? [];
  const places = ids.map((id) => inputs.findIndex((i) => featureByName(i.feature)!.id === id));
  const words = new BigUint64Array(b.count * ids.length);
  for (let r = 0, at = 0; r < b.count; r++) {
    for (const place of places) words[at++] = b.records[r * inputs.length + place];
  }
  return Buffer.from(words.buffer);
}
