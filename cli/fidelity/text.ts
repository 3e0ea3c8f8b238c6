import { BLOCKS } from "../../fidelity/blocks.ts";
import { type ComparedMetric, type Verdict, verdictCounts } from "../../fidelity/compare.ts";
import { type Control, isFoundOut, stands } from "../../fidelity/control.ts";
import { type FidelityResult, isFaithful } from "../../fidelity/result.ts";
import {
  isCredible,
  type RecordedMetric,
  type RecordingVerdict,
} from "../../lab/fidelity/recording-verdict.ts";
import { textTable } from "../output.ts";

/** Three digits, and all of those before the point. */
const number = (x: number): string =>
  Math.abs(x) >= 100 && Math.abs(x) < 1e7
    ? x.toFixed(0)
    : Number.isInteger(x) && Math.abs(x) < 1e7
      ? String(x)
      : x.toPrecision(3);
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
  (zero > 0 ? ` (${zero} ${zero === 1 ? "is" : "are"} 0 on both sides)` : "");

/** What came of each control, in a line. */
export const controlLines = (controls: readonly Control[]): string[] =>
  controls.map((control) => {
    const { name, differs, baseline = 0, untold } = control;
    const found = isFoundOut(control)
      ? "found out"
      : untold === undefined
        ? "not found out, though it could be"
        : `can tell nothing here, for ${untold}`;
    return `control, ${name}: ${found} (one run with this fault differs in ${differs} ${differs === 1 ? "metric" : "metrics"}, the same run without it in ${baseline})`;
  });

/** A comparison for people: a line for each metric that has events on either side, then the sums. */
export function fidelityText(result: FidelityResult): string {
  const { workload, chip, boots, seeds, seconds, migrationCostNs, metrics, controls } = result;
  const shown = metrics.filter(({ simulated, real }) => [...simulated, ...real].some((x) => x !== 0));
  const counts = verdictCounts(metrics);
  return [
    `${workload} on ${chip}, migration cost ${migrationCostNs / 1e6} ms, ${seconds} s: ${seeds} seeds against ${boots} boots`,
    textTable(
      ["metric", "simulated", "real", "spread", "verdict"],
      shown.map(({ name, simulated, real, ...rest }) => [
        ...[name, range(simulated), range(real), `± ${spread(real)}`],
        verdictText(rest),
      ]),
    ),
    sums(counts, metrics.length - shown.length),
    ...controlLines(controls),
    isFaithful(result)
      ? `the simulation is faithful within the tolerances${asFarAs(counts)}`
      : stands(controls)
        ? "the simulation is not faithful everywhere"
        : NOTHING_TOLD,
  ].join("\n");
}

/** What is to be said where no control was found out. */
const NOTHING_TOLD =
  "what is wrong on purpose was not found out: this comparison says nothing of the simulation";

/** How much of the judgement is one, where that is not all. */
const asFarAs = ({ agrees, "cannot tell": untold }: Record<Verdict, number>): string =>
  untold === 0 ? "" : `, as far as can be told: in ${agrees} of ${agrees + untold} metrics`;

/** The table of a recording's metrics. */
export const METRIC_HEADER = ["metric", "recorded", "spread", "simulated", "tolerance", "verdict"];

export const metricRow = ({ name, simulated, recorded, tolerance, ...rest }: RecordedMetric): string[] => [
  ...[name, range(recorded), `± ${spread(recorded)}`, range(simulated), `± ${number(tolerance)}`],
  verdictText(rest),
];

/** The verdict, with the reason where there is none. */
const verdictText = ({ verdict, why }: Pick<ComparedMetric, "verdict" | "why">): string =>
  why === undefined ? verdict : `${verdict}: ${why}`;

/** Where the recorded ranges come from. */
export const spreadText = ({ noise }: Pick<RecordingVerdict, "noise">): string =>
  noise === "blocks"
    ? `spread: of one recording, the standard error between ${BLOCKS} blocks of its time; of quantiles, the interval of the samples`
    : "spread: from the lowest to the highest of the recordings; of quantiles, with the interval of the samples";

/** What comes of it, in a sentence. */
export function conclusion(verdict: RecordingVerdict): string {
  const { metrics, control } = verdict;
  if (!control.failed)
    return control.controls.every(({ untold }) => untold !== undefined)
      ? "so little happens in the recording that nothing that is wrong on purpose would be found out: this comparison says nothing of the replay"
      : NOTHING_TOLD;
  return isCredible(verdict)
    ? `the replay is faithful within the tolerances${asFarAs(verdictCounts(metrics))}`
    : "the replay is not faithful everywhere: compare replays with replays";
}
