import { type Verdict, verdictCounts } from "../../fidelity/compare.ts";
import { type Control, type FidelityResult, isFaithful } from "../../fidelity/result.ts";
import { textTable } from "../output.ts";

const number = (x: number): string =>
  Number.isInteger(x) && Math.abs(x) < 1e7 ? String(x) : x.toPrecision(3);
export const range = ([low, high]: readonly [number, number]): string =>
  number(low) === number(high) ? number(low) : `${number(low)} to ${number(high)}`;

/** Half the width of the real range, in percent of its middle. */
export function spread([low, high]: readonly [number, number]): string {
  const middle = Math.abs(low + high) / 2;
  return middle === 0 ? "0 %" : `${((50 * (high - low)) / middle).toFixed(0)} %`;
}

/** How many verdicts of each kind there are. `zero`: metrics that are 0 on both sides. */
export const sums = (counts: Record<Verdict, number>, zero: number): string =>
  `${counts.agrees} agree, ${counts.differs} differ, ${counts["cannot tell"]} cannot tell` +
  (zero > 0 ? ` (${zero} are 0 on both sides)` : "");

export const controlLines = (controls: readonly Control[]): string[] =>
  controls.map(
    ({ name, differs }) =>
      `control, ${name}: ${differs} differ${differs === 0 ? ": this comparison tells nothing" : ""}`,
  );

/** A comparison for people: a line for each metric that has events on either side, then the sums. */
export function fidelityText(result: FidelityResult): string {
  const { workload, chip, boots, seeds, seconds, migrationCostNs, metrics, controls } = result;
  const shown = metrics.filter(({ simulated, real }) => [...simulated, ...real].some((x) => x !== 0));
  const counts = verdictCounts(metrics);
  return [
    `${workload} on ${chip}, migration cost ${migrationCostNs / 1e6} ms, ${seconds} s: ${seeds} seeds against ${boots} boots`,
    textTable(
      ["metric", "simulated", "real", "spread", "verdict"],
      shown.map(({ name, simulated, real, verdict }) => [
        ...[name, range(simulated), range(real), `± ${spread(real)}`],
        verdict,
      ]),
    ),
    sums(counts, metrics.length - shown.length),
    ...controlLines(controls),
    isFaithful(result)
      ? "the simulation is faithful within the tolerances"
      : "the simulation is not faithful everywhere",
  ].join("\n");
}
