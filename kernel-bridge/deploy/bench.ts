import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readNt } from "../../model/nt-read.ts";
import { InputError } from "../../traces/input-error.ts";
import { type BootOptions, bootGuest } from "../guest/boot.ts";
import type { ClockName } from "../guest/clock.ts";
import { shellWords } from "../guest/shell-words.ts";
import { withScratch } from "../scratch.ts";
import { type Arithmetic, CONTROL, controlProgram, deploymentScript, type Mode } from "./control.ts";
import { addBuckets, type Estimate, pairedRatio, parseLatency, quantile, trimmedMean } from "./latency.ts";

/** One way to decide that is measured beside others. */
export interface Contender {
  name: string;
  /** Model file; installed anew before each measurement. */
  model: string;
  mode: Mode;
  arithmetic: Arithmetic;
}

const WAYS: readonly Omit<Contender, "model">[] = [
  { name: "stock", mode: "off", arithmetic: "fixed" },
  { name: "shadow", mode: "shadow", arithmetic: "fixed" },
  { name: "decide-fixed", mode: "decide", arithmetic: "fixed" },
  { name: "decide-float", mode: "decide", arithmetic: "float" },
  { name: "premigrate", mode: "premigrate", arithmetic: "fixed" },
];

interface MeasureOptions {
  /** The load; its wall time is measured too. */
  command: readonly string[];
  rounds: number;
  boot: Omit<BootOptions, "command" | "script" | "exchange">;
  random: () => number;
}

export interface BenchOptions extends MeasureOptions {
  model: string;
}

export interface BenchRow {
  name: string;
  calls: number;
  /**
   * One call in units of the result: median, and mean over `kept` of the calls, from the cheapest up. In virtual time a call whose
   * CPU has to hand over to the next in its middle shows the others' instructions too.
   */
  median: number;
  mean: number;
  /** Trimmed mean over that of stock, with its interval over the rounds. */
  ratio: Estimate;
  /** Wall time of the load, s, and its ratio to stock. */
  seconds: number;
  secondsRatio: Estimate;
}

export interface BenchResult {
  /** What moved the guest's time. */
  clock: ClockName;
  /** Cycles as the processor (or its translator) counts them, or in virtual time instructions. */
  unit: "cycles" | "instructions";
  /** Share of the calls, from the cheapest up, that the means are over. */
  kept: number;
  /** Only in virtual time: the rows in instructions. */
  contenders: { name: string; medianInstructions: number; meanInstructions: number; timesStock: number }[];
  rows: BenchRow[];
  /** Bytes of the installed model by ksize(), file with float weights included. */
  modelBytes: number;
  fpuBusy: number;
  accelerator: string;
}

/** Means leave out the rest: under the host's clock a call of a CPU that the host takes away would be the whole mean. */
const KEPT = { host: 0.95, virtual: 0.995 } as const;

/** Measures what a model makes of can_migrate_task() in each way in which the kernel can use it. */
export function benchModel({ model, ...options }: BenchOptions): Promise<BenchResult> {
  const { hasFloat } = readNt(model);
  const ways = WAYS.filter(({ arithmetic }) => hasFloat || arithmetic === "fixed");
  return benchContenders(
    ways.map((way) => ({ ...way, model })),
    options,
  );
}

/**
 * Measures can_migrate_task() by the kernel's own cycle counts, and the load's run time, for each contender, all in one boot and in turn,
 * so that a busy host is busy for all. The first is what the others are compared with.
 */
export function benchContenders(
  contenders: readonly Contender[],
  options: MeasureOptions,
): Promise<BenchResult> {
  return withScratch("bench", async (exchange) => {
    const models = [...new Set(contenders.map(({ model }) => model))];
    for (const [i, model] of models.entries()) copyFileSync(model, join(exchange, `${i}.nt`));
    const installed = contenders.map((each) => ({
      ...each,
      model: `/nicetries/${models.indexOf(each.model)}.nt`,
    }));
    const result = await bootGuest({
      ...options.boot,
      script: guestScript(await controlProgram(), installed, options),
      exchange,
    });
    if (result.outcome !== "finished" || result.exitCode !== 0)
      throw new InputError("the guest could not run the benchmark", {
        file: result.serialLog,
        found: `${result.outcome}, exit code ${result.exitCode}: ${result.output.trim().split("\n").at(-1)}`,
        hint: result.outcome === "time limit" ? "Give a larger --time-limit" : "Read the serial log",
      });
    const read = (name: string) => readFileSync(join(exchange, name), "utf8");
    const measured = contenders.map(({ name }) => {
      const rounds = Array.from({ length: options.rounds }, (_, i) => {
        const latencies = parseLatency(read(`${name}.${i}.latency`));
        const [begin, end] = read(`${name}.${i}.time`).trim().split(/\s+/).map(Number);
        return { buckets: addBuckets(latencies), latencies, seconds: end - begin };
      });
      return { name, rounds };
    });
    const stock = measured[0].rounds;
    const clock = options.boot.clock?.name ?? "host";
    const kept = KEPT[clock];
    // The processor's counter runs with the guest's time: 2^shift for an instruction.
    const unit = 1 / 2 ** (options.boot.clock?.name === "virtual" ? options.boot.clock.shift : 0);
    const rows = measured.map(({ name, rounds }): BenchRow => {
      const all = addBuckets(rounds.flatMap((round) => round.latencies));
      const means = rounds.map((round) => trimmedMean(round.buckets, kept));
      const seconds = rounds.map((round) => round.seconds);
      return {
        name,
        calls: all.reduce((sum, count) => sum + count, 0),
        median: unit * quantile(all, 0.5),
        mean: unit * trimmedMean(all, kept),
        ratio: pairedRatio(
          means,
          stock.map((round) => trimmedMean(round.buckets, kept)),
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
    const counted = rows.map(({ name, median, mean, ratio }) => ({
      name,
      medianInstructions: median,
      meanInstructions: mean,
      timesStock: ratio.value,
    }));
    return {
      clock,
      unit: clock === "virtual" ? "instructions" : "cycles",
      kept,
      contenders: clock === "virtual" ? counted : [],
      rows,
      modelBytes: Number(/memory (\d+) bytes/.exec(read("models"))?.[1] ?? Number.NaN),
      fpuBusy: Number(/fpu_busy (\d+)/.exec(read("counters"))?.[1] ?? Number.NaN),
      accelerator: result.accelerator,
    };
  });
}

function guestScript(
  control: string,
  contenders: readonly Contender[],
  options: Pick<MeasureOptions, "command" | "rounds">,
): string {
  const load = shellWords(options.command);
  const lines = [
    deploymentScript(control, { ...contenders[0], slot: 0, mode: "off", arithmetic: "fixed" }),
    `echo off > ${CONTROL}/watchdog; cat ${CONTROL}/models > /nicetries/models; echo on > ${CONTROL}/measure`,
    `${load} > /dev/null || exit 1`, // warm up
    "now() { cut -d' ' -f1 /proc/uptime; }",
  ];
  for (let round = 0; round < options.rounds; round++)
    for (const each of contenders)
      lines.push(
        `${deploymentScript(control, { ...each, slot: 0 })}; echo > ${CONTROL}/reset`,
        `begin=$(now); ${load} > /dev/null || exit 1; end=$(now)`,
        `cat ${CONTROL}/latency > /nicetries/${each.name}.${round}.latency; echo $begin $end > /nicetries/${each.name}.${round}.time`,
      );
  lines.push(`cat ${CONTROL}/counters > /nicetries/counters; echo off > ${CONTROL}/mode`);
  return lines.join("\n");
}
