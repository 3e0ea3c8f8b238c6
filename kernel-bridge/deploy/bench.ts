import { readNt } from "../../model/nt-read.ts";
import type { ClockName } from "../guest/clock.ts";
import { type Contender, type MeasureOptions, measureContenders } from "./contenders.ts";
import {
  addBuckets,
  type Estimate,
  instructionsPerTick,
  pairedRatio,
  quantile,
  trimmedMean,
} from "./latency.ts";

const WAYS: readonly Omit<Contender, "model">[] = [
  { name: "stock", mode: "off", arithmetic: "fixed" },
  { name: "shadow", mode: "shadow", arithmetic: "fixed" },
  { name: "decide-fixed", mode: "decide", arithmetic: "fixed" },
  { name: "decide-float", mode: "decide", arithmetic: "float" },
  { name: "premigrate", mode: "premigrate", arithmetic: "fixed" },
];

interface ContendersOptions extends MeasureOptions {
  /** For the intervals. */
  random: () => number;
}

export interface BenchOptions extends ContendersOptions {
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
export async function benchContenders(
  contenders: readonly Contender[],
  options: ContendersOptions,
): Promise<BenchResult> {
  const { rounds: measured, models, counters, guest } = await measureContenders(contenders, options);
  const stock = measured[0].rounds.map(({ latencies, seconds }) => ({
    buckets: addBuckets(latencies),
    seconds,
  }));
  const clock = options.boot.clock?.name ?? "host";
  const kept = KEPT[clock];
  const unit = instructionsPerTick(options.boot.clock);
  const rows = measured.map(({ name, rounds }): BenchRow => {
    const all = addBuckets(rounds.flatMap((round) => round.latencies));
    const means = rounds.map((round) => trimmedMean(addBuckets(round.latencies), kept));
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
    modelBytes: Number(/memory (\d+) bytes/.exec(models)?.[1] ?? Number.NaN),
    fpuBusy: Number(/fpu_busy (\d+)/.exec(counters)?.[1] ?? Number.NaN),
    accelerator: guest.accelerator,
  };
}
