import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { type BootOptions, bootGuest } from "../guest/boot.ts";
import { shellWords } from "../guest/shell-words.ts";
import { withScratch } from "../scratch.ts";
import { type Arithmetic, CONTROL, controlProgram, deploymentScript, type Mode } from "./control.ts";
import { addBuckets, type Estimate, pairedRatio, parseLatency, quantile, trimmedMean } from "./latency.ts";

/** What is compared, in one boot and in turn, so that a busy host is busy for all. */
const CONTENDERS: readonly { name: string; mode: Mode; arithmetic: Arithmetic }[] = [
  { name: "stock", mode: "off", arithmetic: "fixed" },
  { name: "shadow", mode: "shadow", arithmetic: "fixed" },
  { name: "decide-fixed", mode: "decide", arithmetic: "fixed" },
  { name: "decide-float", mode: "decide", arithmetic: "float" },
];

export interface BenchOptions {
  model: string;
  /** The load; its wall time is measured too. */
  command: readonly string[];
  rounds: number;
  boot: Omit<BootOptions, "command" | "script" | "exchange">;
  random: () => number;
}

export interface BenchRow {
  name: string;
  calls: number;
  /** Cycles of one call: median, and mean of the lower 95 %. */
  median: number;
  mean: number;
  /** Trimmed mean over that of stock, with its interval over the rounds. */
  ratio: Estimate;
  /** Wall time of the load, s, and its ratio to stock. */
  seconds: number;
  secondsRatio: Estimate;
}

export interface BenchResult {
  rows: BenchRow[];
  /** Bytes of the installed model by ksize(), file with float weights included. */
  modelBytes: number;
  fpuBusy: number;
  accelerator: string;
}

/** Measures can_migrate_task() by the kernel's own cycle counts, and the load's run time, for each contender. */
export function benchModel(options: BenchOptions): Promise<BenchResult> {
  return withScratch("bench", async (exchange) => {
    copyFileSync(options.model, join(exchange, "model.nt"));
    const result = await bootGuest({
      ...options.boot,
      script: guestScript(await controlProgram(), options),
      exchange,
    });
    if (result.outcome !== "finished" || result.exitCode !== 0)
      throw new InputError("the guest could not run the benchmark", {
        file: result.serialLog,
        found: `${result.outcome}, exit code ${result.exitCode}: ${result.output.trim().split("\n").at(-1)}`,
        hint: result.outcome === "time limit" ? "Give a larger --time-limit" : "Read the serial log",
      });
    const read = (name: string) => readFileSync(join(exchange, name), "utf8");
    const measured = CONTENDERS.map(({ name }) => {
      const rounds = Array.from({ length: options.rounds }, (_, i) => {
        const latencies = parseLatency(read(`${name}.${i}.latency`));
        const [begin, end] = read(`${name}.${i}.time`).trim().split(/\s+/).map(Number);
        return { buckets: addBuckets(latencies), latencies, seconds: end - begin };
      });
      return { name, rounds };
    });
    const stock = measured[0].rounds;
    const rows = measured.map(({ name, rounds }): BenchRow => {
      const all = addBuckets(rounds.flatMap((round) => round.latencies));
      const means = rounds.map((round) => trimmedMean(round.buckets));
      const seconds = rounds.map((round) => round.seconds);
      return {
        name,
        calls: all.reduce((sum, count) => sum + count, 0),
        median: quantile(all, 0.5),
        mean: trimmedMean(all),
        ratio: pairedRatio(
          means,
          stock.map((round) => trimmedMean(round.buckets)),
          options.random,
        ),
        seconds: seconds.reduce((sum, s) => sum + s, 0) / seconds.length,
        secondsRatio: pairedRatio(
          seconds,
          stock.map((round) => round.seconds),
          options.random,
        ),
      };
    });
    return {
      rows,
      modelBytes: Number(/memory (\d+) bytes/.exec(read("models"))?.[1] ?? Number.NaN),
      fpuBusy: Number(/fpu_busy (\d+)/.exec(read("counters"))?.[1] ?? Number.NaN),
      accelerator: result.accelerator,
    };
  });
}

function guestScript(control: string, options: BenchOptions): string {
  const load = shellWords(options.command);
  const lines = [
    deploymentScript(control, { model: "/nicetries/model.nt", slot: 0, mode: "off", arithmetic: "fixed" }),
    `echo off > ${CONTROL}/watchdog; cat ${CONTROL}/models > /nicetries/models; echo on > ${CONTROL}/measure`,
    `${load} > /dev/null || exit 1`, // warm up
    "now() { cut -d' ' -f1 /proc/uptime; }",
  ];
  for (let round = 0; round < options.rounds; round++)
    for (const { name, mode, arithmetic } of CONTENDERS)
      lines.push(
        `echo ${arithmetic} > ${CONTROL}/arithmetic; echo ${mode} > ${CONTROL}/mode; echo > ${CONTROL}/reset`,
        `begin=$(now); ${load} > /dev/null || exit 1; end=$(now)`,
        `cat ${CONTROL}/latency > /nicetries/${name}.${round}.latency; echo $begin $end > /nicetries/${name}.${round}.time`,
      );
  lines.push(`cat ${CONTROL}/counters > /nicetries/counters; echo off > ${CONTROL}/mode`);
  return lines.join("\n");
}
