import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FixedModel, fixedModel } from "../../model/fixed-model.ts";
import type { Net } from "../../model/net.ts";
import { decodeNt, readNt } from "../../model/nt-read.ts";
import { encodeNt } from "../../model/nt-write.ts";
import { isTree, type TreeModel } from "../../model/tree-model.ts";
import { InputError } from "../../traces/input-error.ts";
import type { TraceMetadata } from "../../traces/schema.ts";
import type { Workload } from "../benchmarks/benchmarks.ts";
import { collectorCommand, type RecordOptions, readRecording } from "../collect/record.ts";
import { type BootOptions, bootGuest } from "../guest/boot.ts";
import { withScratch } from "../scratch.ts";
import { type Comparison, compareDecisions, emptyComparison } from "./compare-decisions.ts";
import { CONTROL, controlProgram, deploymentScript, type Mode } from "./control.ts";
import { ROUNDS } from "./rounds.ts";

export interface VerifyOptions {
  model: string;
  workloads: readonly Workload[];
  /** A workload runs again, ROUNDS times at most, until it has given so many decisions. */
  decisions: number;
  /** Installations under load in the last phase; 0 leaves that phase out. */
  swaps: number;
  /** Damaged and hostile files given to the system call; 0 for none. */
  fuzz: number;
  fuzzSeed: number;
  boot: Omit<BootOptions, "command" | "script" | "exchange">;
  tool: string;
}

export interface VerifyPhase {
  name: string;
  mode: Mode;
  /** How often the workload was run. */
  rounds: number;
  rows: number;
  lost: TraceMetadata["lostRecords"];
  /** Installations of a model that decisions were made with: more than one only in the phase that swaps. */
  installations: number;
  comparison: Comparison;
}

export interface VerifyResult {
  phases: VerifyPhase[];
  total: Comparison;
  /** Answers of the system call to the fuzzer, by name; empty when it was not asked for. */
  fuzz: Record<string, number>;
  /** The same while one allocation in five fails; empty unless the kernel has fault injection (the debug kernel). */
  fuzzFailing: Record<string, number>;
  /** Lines of the kernel's log that name a fault (BUG, WARNING, KASAN, lockdep, kmemleak). */
  faults: string[];
  accelerator: string;
  seconds: number;
}

/** Phases that gave fewer decisions than asked: they prove nothing, whatever the others gave. */
export const shortPhases = (phases: readonly VerifyPhase[], asked: number): VerifyPhase[] =>
  phases.filter(({ comparison }) => comparison.decisions < asked);

/** Modes of the workloads in turn. */
const PHASE_MODES: readonly Mode[] = ["shadow", "decide", "premigrate"];

/** The same model with the signs of its last layer, or of its leaves, turned: every logit differs from the original's. */
export function mirrored(model: Net | TreeModel): Net | TreeModel {
  const turned = (logit: number) => -logit - 0.125;
  if (isTree(model))
    return { ...model, nodes: model.nodes.map((node) => ({ ...node, score: turned(node.score) })) };
  const last = model.layers.length - 1;
  const layers = model.layers.map((layer, l) =>
    l < last ? layer : { ...layer, weights: layer.weights.map((w) => -w), bias: layer.bias.map(turned) },
  );
  return { ...model, layers };
}

/**
 * Boots the patched kernel, installs the model, records what the kernel computed under each workload, and recomputes
 * every prediction here. The last phase swaps the model and its mirror image while the first workload runs: each
 * record names the installation it was made with, odd numbers the model, even ones the mirror.
 */
export async function verifyModel(options: VerifyOptions): Promise<VerifyResult> {
  const model = readNt(options.model);
  return withScratch("verify", async (exchange) => {
    copyFileSync(options.model, join(exchange, "model.nt"));
    writeFileSync(join(exchange, "mirror.nt"), encodeNt(mirrored(model.net), { name: "mirror" }));
    const control = await controlProgram();
    const phases = options.workloads.map((workload, i) => ({
      name: workload.name,
      mode: PHASE_MODES[i % PHASE_MODES.length],
      workload,
      swaps: 0,
    }));
    if (options.swaps > 0)
      phases.push({
        name: `${options.swaps} swaps under ${phases[0].name}`,
        mode: "shadow",
        workload: phases[0].workload,
        swaps: options.swaps,
      });
    const result = await bootGuest({
      ...options.boot,
      script: guestScript(control, phases, options),
      exchange,
    });
    if (result.outcome !== "finished" || result.exitCode !== 0)
      throw new InputError("the guest could not run the verification", {
        file: result.serialLog,
        found: `${result.outcome}, exit code ${result.exitCode}: ${result.output.trim().split("\n").slice(-3).join(" / ")}`,
        hint: result.outcome === "time limit" ? "Give a larger --time-limit" : "Read the serial log",
      });
    const original = fixedModel(model.fixed);
    const mirror = fixedModel(decodeNt(readFileSync(join(exchange, "mirror.nt"))).fixed);
    const total = emptyComparison();
    const done: VerifyPhase[] = [];
    for (const [i, phase] of phases.entries()) {
      // Installation 1 is the model; the swaps begin with number 2, the mirror first.
      const modelOf = (serial: number) => (serial % 2 === 1 ? original : mirror);
      done.push(comparePhase(phase, join(exchange, `phase${i}`), modelOf, total, options.tool));
    }
    return {
      phases: done,
      total,
      fuzz: fuzzAnswers(join(exchange, "fuzz.txt")),
      fuzzFailing: fuzzAnswers(join(exchange, "fuzz-failing.txt")),
      faults: kernelFaults(readFileSync(join(exchange, "dmesg.txt"), "latin1")),
      accelerator: result.accelerator,
      seconds: result.seconds,
    };
  });
}

/** Recomputes all rounds of a phase; `total` gets the same comparisons. */
function comparePhase(
  { name, mode, workload }: Phase,
  folder: string,
  modelOf: (serial: number) => FixedModel,
  total: Comparison,
  tool: string,
): VerifyPhase {
  const comparison = emptyComparison();
  const installations = new Set<number>();
  const rounds = readdirSync(folder);
  const lost: number[] = [];
  let rows = 0;
  for (const round of rounds) {
    const recording = readRecording(join(folder, round), recordOptions(workload, tool));
    const events = { table: recording.table, decisions: recording.decisions ?? [] };
    compareDecisions(events, modelOf, comparison);
    compareDecisions(events, modelOf, total);
    rows += events.table.rows;
    lost.push(events.table.meta.lostRecords ?? Number.NaN);
    for (const { positive, serial } of events.decisions) if (positive >= 0) installations.add(serial);
  }
  const losses = lost.reduce((a, b) => a + b, 0);
  return {
    ...{ name, mode, rounds: rounds.length, rows, installations: installations.size, comparison },
    lost: Number.isNaN(losses) ? null : losses,
  };
}

const recordOptions = (workload: Workload, tool: string): RecordOptions => ({
  collector: "tracepoint",
  command: workload.command,
  workload: workload.name,
  tool,
});

interface Phase {
  name: string;
  mode: Mode;
  workload: Workload;
  swaps: number;
}

function guestScript(control: string, phases: readonly Phase[], options: VerifyOptions): string {
  const lines = [
    deploymentScript(control, { model: "/nicetries/model.nt", slot: 0, mode: "off", arithmetic: "fixed" }),
    `echo off > ${CONTROL}/watchdog`, // what is verified here is arithmetic, not the model's wisdom
  ];
  for (const [i, { mode, workload, swaps }] of phases.entries()) {
    if (workload.setup && swaps === 0) lines.push(workload.setup);
    lines.push(`echo ${mode} > ${CONTROL}/mode || exit 1`);
    if (swaps > 0) lines.push(swapLoop(control, swaps));
    lines.push(recordRounds(workload, `/nicetries/phase${i}`, swaps > 0 ? 1 : ROUNDS, options.decisions));
    if (swaps > 0) lines.push("wait $swapper || exit 1");
    lines.push(`echo off > ${CONTROL}/mode`);
  }
  if (options.fuzz > 0) {
    const fuzz = `${control} fuzz 1 ${options.fuzz} ${options.fuzzSeed} /nicetries/model.nt`;
    lines.push(`${fuzz} > /nicetries/fuzz.txt || exit 1`, failingAllocations(fuzz));
  }
  lines.push(
    "if [ -e /sys/kernel/debug/kmemleak ]; then",
    "sleep 6; echo scan > /sys/kernel/debug/kmemleak; sleep 6; echo scan > /sys/kernel/debug/kmemleak",
    "sed 's/^unreferenced/kmemleak: unreferenced/' /sys/kernel/debug/kmemleak >> /nicetries/dmesg.txt; fi",
    "dmesg >> /nicetries/dmesg.txt",
  );
  return lines.join("\n");
}

/**
 * Records a workload over and over, each time into a folder of its own. The kernel's counters see a few decisions before and behind
 * a recording: hence a little more than asked. While the tracepoint is on, the kernel predicts in calls in which it would not ask, too.
 */
function recordRounds(workload: Workload, folder: string, rounds: number, decisions: number): string {
  const predicted = `$(awk '/^(predicted|not_asked_)/ { n += $2 } END { print n }' ${CONTROL}/counters)`;
  return [
    `before=${predicted}`,
    `for round in $(seq 1 ${rounds}); do mkdir -p ${folder}/now`,
    `${collectorCommand(recordOptions(workload, ""), `${folder}/now`)} || exit 1`,
    `mv ${folder}/now ${folder}/$round`,
    `[ $((${predicted} - before)) -lt ${Math.ceil(decisions * 1.05)} ] || break; done`,
  ].join("\n");
}

/** Runs the fuzzer while one slab allocation in five of its calls fails, where the kernel can do that. */
function failingAllocations(fuzz: string): string {
  return [
    "if [ -d /sys/kernel/debug/failslab ]; then (cd /sys/kernel/debug/failslab",
    "echo Y > task-filter; echo N > ignore-gfp-wait; echo 0 > verbose; echo -1 > times; echo 20 > probability)",
    `${fuzz} failing > /nicetries/fuzz-failing.txt || exit 1; fi`,
  ].join("\n");
}

/** Mirror first, then the model, in turn; a pause now and then spreads them over the workload's whole run. */
function swapLoop(control: string, swaps: number): string {
  const rounds = 50;
  const each = Math.ceil(swaps / rounds / 2) * 2;
  return [
    `(i=0; while [ $i -lt ${rounds} ]; do i=$((i + 1))`,
    `${control} swap 0 ${each} /nicetries/mirror.nt /nicetries/model.nt || exit 1; sleep 0.1; done) & swapper=$!`,
  ].join("\n");
}

function fuzzAnswers(path: string): Record<string, number> {
  if (!existsSync(path)) return {};
  const answers: Record<string, number> = {};
  for (const [, name, count] of readFileSync(path, "utf8").matchAll(/^(.+) (\d+)$/gm))
    answers[name] = Number(count);
  return answers;
}

/** Lines by which a kernel reports a fault of its own. */
export function kernelFaults(log: string): string[] {
  const sign =
    /\bBUG: |KASAN|Oops: |Kernel panic|WARNING: |INFO: (possible|inconsistent|suspicious)|kmemleak: unreferenced|general protection fault/;
  return log.split("\n").filter((line) => sign.test(line));
}
