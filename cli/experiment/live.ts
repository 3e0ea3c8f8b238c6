import type { Measure } from "../../lab/experiments/bench.ts";
import { EXPERIMENTS, type Experiment } from "../../lab/experiments/catalogue.ts";
import { note } from "../output.ts";
import { UsageError } from "../report-failure.ts";

/** How what the other experiments learn from and judge on is recorded anew. */
const RECORD = "npx tsx kernel-bridge/benchmarks/record-all.ts";

/** @throws UsageError where none of them rests on a measurement */
export function requireLive(chosen: readonly Experiment[]): void {
  if (chosen.some(({ measures }) => measures)) return;
  const live = EXPERIMENTS.filter(({ measures }) => measures).map(({ name }) => name);
  throw new UsageError(
    `${chosen.map(({ name }) => name).join(", ")} measures nothing on a running kernel: it simulates, or learns from recordings, ` +
      `which \`${RECORD}\` makes anew where they are not there. --live is for ${live.join(" and ")}`,
  );
}

/** Measures in guests of this machine. The kernel is built where it is missing. */
export function liveMeasure(
  quick: boolean,
  onProgress: (done: number, total: number, what: string) => void,
): Measure {
  return async (name, models, dir) => {
    const { imageOf } = await import("../kernel/images.ts");
    const { measure } = await import("../../kernel-bridge/measure/measure.ts");
    const { bzImage, release } = await imageOf("patched");
    return measure(name, { dir, bzImage, release, quick, say: note, onProgress }, models);
  };
}
