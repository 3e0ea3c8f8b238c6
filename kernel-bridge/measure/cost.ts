/** Tables 5.9 and 5.10: what a call of can_migrate_task() takes, and how long fixed work takes, by who decides. */
import type { CostMeasured, MeasuredLatency, MeasuredRuns } from "../../traces/measured.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { FIXED_WORK } from "../benchmarks/fixed-work.ts";
import { type Contender, measureContenders, type Round } from "../deploy/contenders.ts";
import { addBuckets, bucketRange, instructionsPerTick, quantile } from "../deploy/latency.ts";
import { clockNotes, guestClock } from "../guest/clock.ts";
import { inParts, type MeasureOptions } from "./parts.ts";

/** Alternating repeats of each contender. */
const ROUNDS = 10;
/** A guest that takes longer is killed (seconds of this machine's time). */
const TIME_LIMIT = 1800;

/** @param contenders The first is what the others are compared with. */
export async function measureCost(
  options: MeasureOptions,
  contenders: readonly Contender[],
): Promise<CostMeasured> {
  const clock = guestClock({ clock: "virtual" });
  const who = contenders.map((each) => ({ ...each, model: fileSha256(each.model) }));
  const benchmarks = await inParts(
    "cost",
    options,
    Object.entries(FIXED_WORK).map(([benchmark, prepare]) => ({
      name: benchmark,
      of: [benchmark, who, ROUNDS],
      async make() {
        const { command, setup, about, rounds = ROUNDS } = await prepare();
        const measured = await measureContenders(contenders, {
          command,
          setup,
          rounds: options.quick ? 2 : rounds,
          boot: { bzImage: options.bzImage, clock, timeLimit: TIME_LIMIT, say: options.say },
        });
        const found = measured.rounds.map(({ name, rounds }) => ({
          ...runsOf(name, rounds),
          latency: latencyOf(rounds, instructionsPerTick(clock)),
        }));
        return { benchmark, load: about, contenders: found };
      },
    })),
  );
  return { kernel: options.release, clock: clockNotes(clock), benchmarks };
}

export const rounded = (x: number, digits: number): number => Number(x.toFixed(digits));

/** The rounds of a contender as columns. */
export function runsOf(name: string, rounds: readonly Round[]): MeasuredRuns {
  const gainedOf = (round: Round, what: "gained" | "hotGained") =>
    (round.counted?.domains ?? []).reduce(
      (sum, { passes }) => sum + passes.idle[what] + passes.busy[what] + passes.newlyIdle[what],
      0,
    );
  return {
    name,
    seconds: rounds.map(({ seconds }) => rounded(seconds, 6)),
    waited: rounds.map(({ counted }) => rounded((counted?.waitNs ?? Number.NaN) / 1e9, 6)),
    gained: rounds.map((round) => gainedOf(round, "gained")),
    hotGained: rounds.map((round) => gainedOf(round, "hotGained")),
  };
}

const QUANTILES = [5, 25, 50, 75, 95, 99] as const;

function latencyOf(rounds: readonly Round[], unit: number): MeasuredLatency {
  const latencies = rounds.flatMap((round) => round.latencies);
  const buckets = addBuckets(latencies);
  const calls = latencies.reduce((sum, each) => sum + each.calls, 0);
  const cycles = latencies.reduce((sum, each) => sum + each.cycles, 0);
  const counted = (x: number) => rounded(unit * x, 2);
  return {
    calls,
    mean: counted(cycles / calls),
    quantiles: Object.fromEntries(
      QUANTILES.map((p) => [p, counted(quantile(buckets, p / 100))]),
    ) as MeasuredLatency["quantiles"],
    density: buckets.flatMap((count, i) => {
      const { low, high } = bucketRange(i);
      return count > 0 ? [[unit * low, unit * (high - low), count] as const] : [];
    }),
  };
}
