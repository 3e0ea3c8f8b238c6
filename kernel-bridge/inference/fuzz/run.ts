/**
 * Fuzzes the C reader and inference with libFuzzer under the address and undefined-behaviour sanitizers.
 *
 *     npx tsx kernel-bridge/inference/fuzz/run.ts [SECONDS]     default 60; needs `apt-get install clang libclang-rt-14-dev`
 *     npx tsx kernel-bridge/inference/fuzz/run.ts corpus        writes the seeds of the corpus anew
 *
 * New finds go to a folder of its own, merged into corpus/ by hand when they reach new code; crashes stay where libFuzzer
 * puts them and end the run with exit code 1.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Activation, InputSpec, Net } from "../../../model/net.ts";
import { encodeNt } from "../../../model/nt-write.ts";
import type { TreeModel } from "../../../model/tree-model.ts";

const HERE = new URL(".", import.meta.url).pathname;
const SOURCE = join(HERE, "..");
export const CORPUS = join(HERE, "corpus");

export interface FuzzResult {
  ok: boolean;
  executions: number;
  log: string;
}

/** Why fuzzing is not possible here, or undefined. */
export function cannotFuzz(): string | undefined {
  if (spawnSync("clang", ["--version"]).status !== 0) return "clang is missing: apt-get install clang";
  const folder = mkdtempSync(join(tmpdir(), "nt-fuzz-probe-"));
  try {
    const probe = join(folder, "probe.c");
    writeFileSync(probe, "int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n < 0; }\n");
    const built = spawnSync("clang", [
      "-fsanitize=fuzzer,address,undefined",
      probe,
      "-o",
      join(folder, "probe"),
    ]);
    return built.status === 0 ? undefined : "libFuzzer is missing: apt-get install libclang-rt-14-dev";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds the harness and runs it. `flags` choose a path of the inference, such as -DNT_SCALAR. */
export function fuzz(seconds: number, flags: readonly string[] = []): FuzzResult {
  const folder = mkdtempSync(join(tmpdir(), "nt-fuzz-"));
  try {
    const program = join(folder, "fuzz");
    const units = ["fuzz/fuzz_model.c", "nt_validate.c", "nt_model.c", "nt_infer.c", "nt_float.c"].map((f) =>
      join(SOURCE, f),
    );
    const sanitize = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"];
    execFileSync("clang", ["-g", "-O1", "-std=gnu11", ...sanitize, ...flags, ...units, "-o", program]);
    const found = join(folder, "found");
    mkdirSync(found);
    const limits = [`-max_total_time=${seconds}`, "-max_len=4200", "-print_final_stats=1", "-seed=1"];
    const run = spawnSync(program, [found, CORPUS, ...limits, `-artifact_prefix=${tmpdir()}/nt-fuzz-`], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    const executions = Number(/number_of_executed_units:\s*(\d+)/.exec(run.stderr)?.[1] ?? 0);
    return { ok: run.status === 0, executions, log: run.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seeds: one small file per way through the reader and the inference. */
export function corpusSeeds(): Map<string, Uint8Array> {
  const input = (feature: InputSpec["feature"], transform: InputSpec["transform"]): InputSpec => ({
    feature,
    transform,
    clipLow: 0,
    clipHigh: transform === "clipped" ? 1000 : 0,
    offset: transform === "log2" ? 20000 : 0.5,
    scale: transform === "log2" ? 1 / 5000 : 0.25,
  });
  const kinds = [
    input("pid", "identity"),
    input("delta", "log2"),
    input("task_vruntime", "identity"),
    input("task_nr_migrations", "log2"),
    input("imbalance", "clipped"),
    input("cpu_idle", "flag"),
  ];
  const layer = (inputs: number, outputs: number, activation: Activation) => ({
    inputs,
    outputs,
    activation,
    weights: Float32Array.from({ length: inputs * outputs }, (_, i) => ((i * 37) % 11) / 4 - 1.25),
    bias: Float32Array.from({ length: outputs }, (_, i) => (i % 3) - 1),
  });
  const net = (inputs: number, hidden: number[], activation: Activation): Net => {
    const widths = [inputs, ...hidden];
    const specs = Array.from({ length: inputs }, (_, j) => kinds[j % kinds.length]);
    const layers = hidden.map((n, l) => layer(widths[l], n, activation));
    return {
      target: "migrate",
      threshold: 0,
      inputs: specs,
      layers: [...layers, layer(widths.at(-1)!, 1, "identity")],
    };
  };
  const leaf = (score: number) => ({ input: -1, cut: 0, low: -1, high: -1, score });
  const split = (input: number, cut: number, high: number) => ({ input, cut, low: 0, high, score: 0 });
  const tree: TreeModel = {
    target: "migrate",
    threshold: 0,
    inputs: kinds,
    nodes: [
      ...[split(1, 20_000, 4), split(5, 0, 3), leaf(-1), leaf(2)],
      ...[split(4, 500, 6), leaf(0.5), split(2, -3, 8), leaf(-2), leaf(-3)],
    ],
  };
  return new Map([
    ["tree.nt", encodeNt(tree, { name: "tree" })],
    ["small-sigmoid.nt", encodeNt(net(6, [9], "sigmoid"))],
    ["small-relu.nt", encodeNt(net(4, [3], "relu"))],
    ["sixteen.nt", encodeNt(net(16, [4], "sigmoid"))],
    ["deep.nt", encodeNt(net(3, [4, 3, 2], "sigmoid"))],
    ["linear.nt", encodeNt(net(6, [], "identity"))],
    ["no-floats.nt", encodeNt(net(6, [5], "identity"), { floatWeights: false, name: "no floats" })],
  ]);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (process.argv[2] === "corpus") {
    mkdirSync(CORPUS, { recursive: true });
    for (const [name, bytes] of corpusSeeds()) writeFileSync(join(CORPUS, name), bytes);
  } else {
    const missing = cannotFuzz();
    if (missing) throw new Error(missing);
    const seconds = Number(process.argv[2] ?? 60);
    for (const flags of [[], ["-DNT_SCALAR"]]) {
      const result = fuzz(seconds, flags);
      console.log(
        `${flags.join(" ") || "SSE2"}: ${result.executions} executions, ${result.ok ? "no fault" : "FAULT"}`,
      );
      if (!result.ok) {
        console.log(result.log.split("\n").slice(-40).join("\n"));
        process.exitCode = 1;
      }
    }
  }
}
