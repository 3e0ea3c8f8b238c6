/** How well histories can be told by who sees all that the simulator knows (observe.ts), and what comes after. */
import { SCOPES, signedLog } from "./knowledge.ts";
import { joinRuns, type KnownRun, type Learning } from "./learners.ts";
import { forcedWithin, readObservation } from "./observe.ts";
import { type Knowledge, knownOf } from "./predict.ts";
import { learnAndJudge, type Predicted } from "./prediction.ts";

/**
 * What is known, each with all before it, but for the last two, which stand side by side:
 *
 *  row         as in a recording
 *  past        counters of all calls before
 *  state       everything that the simulator knows at the call
 *  programmes  what tasks do within the horizon: wake-ups, sleeps, and the work until then
 *  outcome     whether the move is forced within the horizon: the run itself, played on
 */
export const SIGHTS = ["row", "past", "state", "programmes", "outcome"] as const;
export type Sight = (typeof SIGHTS)[number];

export interface ForetellJob extends Learning {
  sight: Sight;
  /** One of HORIZONS_MS for programmes, any for outcome; of the others: 0. */
  horizonMs: number;
  /** What observe() has kept. */
  train: readonly string[];
  tests: Readonly<Record<string, readonly string[]>>;
  resamples: number;
}

export async function foretell({
  sight,
  horizonMs,
  train,
  tests,
  resamples,
  ...learning
}: ForetellJob): Promise<Predicted> {
  const known = async (files: readonly string[]) =>
    joinRuns(files.map((file) => seen(file, sight, horizonMs)));
  const judged = Object.entries(tests).map(([name, files]) => [name, () => known(files)] as const);
  return learnAndJudge(learning, await known(train), judged, resamples);
}

const ROW: Knowledge = { row: true, history: [], horizonNs: 0 };
const PAST: Knowledge = { ...ROW, history: SCOPES, counters: ["forced before"] };

function seen(file: string, sight: Sight, horizonMs: number): KnownRun {
  const { table, state, future } = readObservation(file);
  const { columns, ...known } = knownOf(table, sight === "row" ? ROW : PAST);
  const horizonNs = horizonMs * 1e6;
  return {
    ...known,
    columns: {
      ...columns,
      ...(SIGHTS.indexOf(sight) >= SIGHTS.indexOf("state") ? state : {}),
      ...(sight === "programmes" ? within(future, horizonMs) : {}),
      ...(sight === "outcome" ? { "forced within the horizon": forcedWithin(table, horizonNs) } : {}),
    },
  };
}

/** What of the future lies within the horizon: what is later does not come, and nothing is known of it. */
export function within(
  future: Readonly<Record<string, Float32Array>>,
  horizonMs: number,
): Record<string, Float32Array> {
  const [last, never] = [horizonMs * 1e6, Number.POSITIVE_INFINITY].map(signedLog).map(Math.fround);
  const columns: Record<string, Float32Array> = {};
  for (const [name, values] of Object.entries(future)) {
    const [event, what] = name.split(": ");
    const [, counted] = / within (\d+) ms$/.exec(name) ?? [];
    if (counted !== undefined) {
      if (Number(counted) <= horizonMs) columns[name] = values;
    } else if (what === "in" || what === "having run")
      columns[name] = values.map((x) => (x <= last ? x : never));
    else {
      const at = future[`${event}: in`];
      columns[name] = values.map((x, i) => (at[i] <= last ? x : -1));
    }
  }
  return columns;
}
