/**
 * Cost of one decision of a 7-9-1 network: TypeScript fixed point against a naive float version, and C fixed point
 * against a straightforward float implementation, in instructions (callgrind) and nanoseconds; and in C that of the
 * network of preset `best` on real records, beside one with the same number of units in two hidden layers.
 *
 *     npx tsx bench/inference.ts
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import seedrandom from "seedrandom";
import { featureColumn } from "../model/feature-values.ts";
import { FEATURES, featureByName } from "../model/features.ts";
import { FixedPointModel } from "../model/fixed-point.ts";
import type { Activation, InputSpec, Net } from "../model/net.ts";
import { floatLogit } from "../model/net-forward.ts";
import { encodeNt } from "../model/nt-write.ts";
import { trainModel } from "../model/pipeline.ts";
import { quantise } from "../model/quantise.ts";
import { readTrace } from "../traces/read-trace.ts";
import { repeats, share } from "./share.ts";

const SOURCE = new URL("../kernel-bridge/inference/", import.meta.url).pathname;
const RECORDS = share(2000);

type Spec = [InputSpec["feature"], InputSpec["transform"], clipHigh: number, offset: number, scale: number];

/** The inputs of the thesis's first experiment, raw as there; and with the transforms that suit each. */
const RAW: Spec[] = [
  ["task_util_avg", "identity", 0, 300, 1 / 200],
  ["delta", "identity", 0, 1e9, 1e-9],
  ["task_nr_migrations", "identity", 0, 200, 1 / 400],
  ["pid", "identity", 0, 1000, 1 / 500],
  ["sd_nr_balance_failed", "identity", 0, 1, 1],
  ["task_vruntime", "identity", 0, 3e10, 1e-10],
  ["cpu_idle", "flag", 0, 0.5, 2],
];
const SQUEEZED: Spec[] = RAW.map(([feature, transform, , offset, scale]) => {
  if (feature === "task_util_avg") return [feature, "clipped", 1024, offset, scale];
  if (feature === "sd_nr_balance_failed") return [feature, "clipped", 16, offset, scale];
  if (feature === "delta") return [feature, "log2", 0, 20000, 1 / 5000];
  if (feature === "task_nr_migrations") return [feature, "log2", 0, 7000, 1 / 3000];
  return [feature, transform, 0, offset, scale];
});

/** Weights of the size a training gives; instructions do not depend on them, logits do. */
function network(specs: readonly Spec[], activation: Activation): Net {
  const random = seedrandom("bench/inference");
  const layer = (inputs: number, outputs: number, a: Activation, size: number) => ({
    inputs,
    outputs,
    activation: a,
    weights: Float32Array.from({ length: inputs * outputs }, () => (random() - 0.5) * 2 * size),
    bias: Float32Array.from({ length: outputs }, () => (random() - 0.5) * 2 * size),
  });
  return {
    target: "migrate",
    threshold: 0,
    inputs: specs.map(([feature, transform, clipHigh, offset, scale]) => ({
      feature,
      transform,
      clipLow: 0,
      clipHigh,
      offset,
      scale,
    })),
    layers: [layer(7, 9, activation, 1.5), layer(9, 1, "identity", 3)],
  };
}

/** Plausible records: [utilisation, delta, migrations, pid, failed, vruntime, idle]. */
function records(): Float64Array[] {
  const random = seedrandom("bench/inference/records");
  return Array.from({ length: RECORDS }, () =>
    Float64Array.of(
      Math.floor(random() * 1024),
      Math.floor(2 ** (random() * 34)),
      Math.floor(2 ** (random() * 10)),
      Math.floor(random() * 3000),
      Math.floor(random() * 5),
      Math.floor(random() * 6e10),
      random() < 0.5 ? 0 : 1,
    ),
  );
}

/** Best rate of five rounds, in calls per second of this process's own CPU time: the machine may be shared. */
function rate(call: (values: Float64Array) => number, rows: readonly Float64Array[], rounds: number): number {
  let best = 0;
  let sum = 0;
  for (let k = 0; k < repeats(5); k++) {
    const start = process.cpuUsage();
    for (let i = 0; i < repeats(rounds); i++) for (const row of rows) sum += call(row);
    const { user, system } = process.cpuUsage(start);
    best = Math.max(best, (rounds * rows.length * 1e6) / (user + system));
  }
  if (Number.isNaN(sum)) throw new Error("a logit is no number");
  return best;
}

const BUILDS: [string, string[]][] = [
  ["user space, -O2", ["-O2"]],
  ["user space, -O3 -march=x86-64-v3", ["-O3", "-march=x86-64-v3"]],
  [
    "as the kernel compiles it",
    ["-O2", "-DNT_SCALAR", "-mgeneral-regs-only", "-fno-strict-aliasing", "-fno-jump-tables"],
  ],
];

function buildCounter(folder: string, flags: readonly string[]): string {
  const cc = (args: string[]) => execFileSync("cc", ["-std=gnu11", "-g", ...args]);
  const objects = ["nt_validate", "nt_model", "nt_infer"].map((unit) => {
    cc([...flags, "-c", join(SOURCE, `${unit}.c`), "-o", join(folder, `${unit}.o`)]);
    return join(folder, `${unit}.o`);
  });
  const rest = ["nt_float.c", "user/plain_float.c", "user/nt_count.c"].map((f) => join(SOURCE, f));
  cc([
    ...flags.filter((f) => /^-(O|march)/.test(f)),
    ...rest,
    ...objects,
    "-lm",
    "-o",
    join(folder, "nt_count"),
  ]);
  return join(folder, "nt_count");
}

/** Instructions per call of `name`, everything it calls included. */
function instructions(program: string, name: string, model: string, words: string): number {
  const out = `--callgrind-out-file=${model}.callgrind`;
  const run = spawnSync(
    "valgrind",
    ["--tool=callgrind", out, `--toggle-collect=${name}`, program, model, words, "1"],
    {
      encoding: "utf8",
    },
  );
  const collected = /Collected : (\d+)/.exec(run.stderr)?.[1];
  if (collected === undefined) throw new Error(`callgrind said nothing about ${name}: ${run.stderr}`);
  return Number(collected) / RECORDS;
}

function benchTypeScript(net: Net, rows: readonly Float64Array[]): void {
  const model = new FixedPointModel(quantise(net));
  const fixed = rate((v) => model.logit(v), rows, 200);
  const naive = rate(floatLogit(net), rows, 20);
  const millions = (x: number) => `${(x / 1e6).toFixed(2)} M/s`;
  console.log("7-9-1, sigmoid, TypeScript (CPU time, best of five rounds)");
  console.log(`  fixed point   ${millions(fixed)}   ${(fixed / naive).toFixed(1)} x naive; target 5 M/s`);
  console.log(`  naive float   ${millions(naive)}`);
}

/** A network to count, and records in the order of its inputs. */
type Counted = [name: string, net: Net, rows: readonly Float64Array[]];

/** Preset `best` with these hidden layers, trained for an epoch, and real records. */
async function bestOf(hidden: readonly number[]): Promise<Counted> {
  const path = new URL("../traces/real/stress-mix.parquet", import.meta.url).pathname;
  const table = await readTrace(path);
  const { net } = trainModel({
    tables: [table],
    target: "migrate",
    preset: "best",
    config: { hidden, epochs: 1 },
    random: { weights: seedrandom("bench/inference/best"), split: seedrandom("bench/inference/split") },
  });
  const columns = net.inputs.map((input) => featureColumn(table, input.feature));
  const rows = Array.from({ length: RECORDS }, (_, r) => Float64Array.from(columns, (c) => c[r]));
  return [`best, ${[net.inputs.length, ...hidden, 1].join("-")}`, net, rows];
}

function benchC(folder: string, nets: readonly Counted[]): void {
  const valgrind = spawnSync("valgrind", ["--version"]).status === 0;
  if (!valgrind) console.log("no instruction counts: valgrind is missing (apt-get install valgrind)");
  for (const [build, flags] of BUILDS) {
    const program = buildCounter(folder, flags);
    console.log(`C, ${build}, transforms included`);
    for (const [name, net, rows] of nets) {
      const model = join(folder, "m.nt");
      writeFileSync(model, encodeNt(net));
      const words = new BigUint64Array(RECORDS * FEATURES.length);
      rows.forEach((row, r) => {
        net.inputs.forEach((input, j) => {
          words[r * FEATURES.length + featureByName(input.feature)!.id] = BigInt.asUintN(64, BigInt(row[j]));
        });
      });
      writeFileSync(join(folder, "words.bin"), Buffer.from(words.buffer));
      const args = [model, join(folder, "words.bin")] as const;
      const timed = JSON.parse(execFileSync(program, [...args, "300"], { encoding: "utf8" }));
      const ns = `${timed.fixedNs} ns, plain float ${timed.plainNs} ns; model ${timed.modelBytes} bytes`;
      if (!valgrind) {
        console.log(`  ${name}: ${ns}`);
        continue;
      }
      const fixed = instructions(program, "nt_logit", ...args);
      const plain = instructions(program, "plain_logit", ...args);
      const ratio = (plain / fixed).toFixed(1);
      console.log(
        `  ${name}: ${fixed.toFixed(0)} instructions, plain float ${plain.toFixed(0)} (${ratio} x); ${ns}`,
      );
    }
  }
}

export async function run(): Promise<void> {
  const rows = records();
  benchTypeScript(network(RAW, "sigmoid"), rows);
  if (spawnSync("cc", ["--version"]).status !== 0) {
    console.log("no figures for C: no C compiler (apt-get install gcc)");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "bench-inference-"));
  try {
    benchC(folder, [
      ["7-9-1, raw inputs, sigmoid (target 150)", network(RAW, "sigmoid"), rows],
      ["7-9-1, raw inputs, relu", network(RAW, "relu"), rows],
      ["7-9-1, two clipped, two log2, sigmoid", network(SQUEEZED, "sigmoid"), rows],
      await bestOf([24]),
      await bestOf([16, 8]),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await run();
