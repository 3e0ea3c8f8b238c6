/**
 * Which rows train and which judge. A split is a function of the rows and of the split's own random stream, so `train`
 * and `evaluate` find the same held-out rows from the same words and seed.
 *
 * - `time:F`      the first F of each trace (by row order, which is clock order) trains, the rest judges
 * - `time:30s`    the first 30 s of each trace's clock train, the rest judges
 * - `run:F`       whole traces: the first F of them, in a random order, train
 * - `seed:S`      traces simulated with seed S judge
 * - `workload:W`  traces whose workload's name contains W judge
 * - `random:F`    rows drawn at random; neighbours in time fall on both sides, so its scores flatter: for comparison
 *                 with work that splits so
 * - `none`        everything trains
 */
import { InputError } from "../traces/input-error.ts";
import { parseDuration } from "../traces/quantity.ts";
import type { ExampleRuns } from "./examples.ts";

/** Which rows train and which test. */
export type Split =
  | { kind: "none" }
  | { kind: "time" | "run" | "random"; fraction: number }
  | { kind: "clock"; ns: number }
  | { kind: "seed" | "workload"; value: string };

export interface SplitRows {
  train: Uint32Array;
  test: Uint32Array;
}

export const DEFAULT_FRACTION = 0.8;

/** What `parseSplit` takes, in words. */
export const SPLIT_WORDS = "time[:F or a time such as 30s], run[:F], random[:F], seed:S, workload:W or none";

/** Reads `time`, `time:0.8`, `workload:hackbench` ... @throws InputError */
export function parseSplit(text: string): Split {
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const value = colon < 0 ? undefined : text.slice(colon + 1);
  const bad = (found: string, expected: string): never => {
    throw new InputError("cannot read the split", { found, expected });
  };
  switch (kind) {
    case "none":
      return value === undefined ? { kind } : bad(text, "none without a value");
    case "time":
    case "run":
    case "random": {
      const ns = kind === "time" && value !== undefined ? parseDuration(value) : undefined;
      if (ns !== undefined && ns > 0) return { kind: "clock", ns };
      const fraction = value === undefined ? DEFAULT_FRACTION : Number(value);
      if (value === "" || !(fraction > 0 && fraction < 1)) {
        const also = kind === "time" ? ", or a time such as 30s" : "";
        return bad(text, `a fraction between 0 and 1${also}`);
      }
      return { kind, fraction };
    }
    case "seed":
    case "workload":
      return value ? { kind, value } : bad(text, `${kind}:NAME`);
    default:
      return bad(text, SPLIT_WORDS);
  }
}

/** @throws InputError when one side would be empty. */
export function splitRows(examples: ExampleRuns, split: Split, random: () => number): SplitRows {
  const trains = trainingTest(examples, split, random);
  const train = new Uint32Array(examples.rows);
  const test = new Uint32Array(examples.rows);
  let nTrain = 0;
  let nTest = 0;
  for (let r = 0; r < examples.rows; r++) {
    if (trains(r)) train[nTrain++] = r;
    else test[nTest++] = r;
  }
  if (nTrain === 0 || (nTest === 0 && split.kind !== "none")) {
    throw new InputError("the split leaves one side empty", {
      option: "split",
      found: `${nTrain} training rows, ${nTest} test rows`,
      expected: "rows on both sides",
      hint: hintFor(split, examples),
    });
  }
  return { train: train.slice(0, nTrain), test: test.slice(0, nTest) };
}

function hintFor(split: Split, examples: Pick<ExampleRuns, "metas">): string {
  if (split.kind === "seed")
    return known(
      "Seeds",
      examples.metas.map((m) => m.seed ?? ""),
    );
  if (split.kind === "workload")
    return known(
      "Workloads",
      examples.metas.map((m) => m.workload),
    );
  return "Give more traces or another fraction.";
}

/** What there is to choose from; `""` stands for a trace that does not say. */
function known(what: string, names: readonly string[]): string {
  const distinct = [...new Set(names)].filter((name) => name !== "");
  if (distinct.length === 0) return `${what}: no trace names its own. Split by time or run instead.`;
  return `${what}: ${distinct.join(", ")}${names.includes("") ? ", and traces that name none" : ""}.`;
}

function trainingTest(
  { rows, run, metas, clock }: ExampleRuns,
  split: Split,
  random: () => number,
): (row: number) => boolean {
  switch (split.kind) {
    case "none":
      return () => true;
    case "random": {
      const drawn = Float64Array.from({ length: rows }, random);
      return (r) => drawn[r] < split.fraction;
    }
    case "time": {
      const first = new Float64Array(metas.length).fill(-1);
      const count = new Float64Array(metas.length);
      for (let r = 0; r < rows; r++) {
        if (first[run[r]] < 0) first[run[r]] = r;
        count[run[r]]++;
      }
      return (r) => r - first[run[r]] < split.fraction * count[run[r]];
    }
    case "clock": {
      const first = new Float64Array(metas.length).fill(-1);
      for (let r = 0; r < rows; r++) if (first[run[r]] < 0) first[run[r]] = clock[r];
      return (r) => clock[r] - first[run[r]] < split.ns;
    }
    case "run": {
      const order = metas.map((_, i) => ({ i, key: random() })).sort((a, b) => a.key - b.key);
      const kept = Math.min(metas.length - 1, Math.max(1, Math.round(split.fraction * metas.length)));
      const training = new Set(order.slice(0, kept).map((o) => o.i));
      return (r) => training.has(run[r]);
    }
    case "seed":
      return (r) => metas[run[r]].seed !== split.value;
    case "workload":
      return (r) => !metas[run[r]].workload.includes(split.value);
  }
}

/** Blocks that each trace is cut into, of which every sixth validates. */
const BLOCKS = 18;
const EVERY = 6;
/** The one of six: not the first, where a trace warms up. */
const CHOSEN = 3;

/**
 * Takes blocks of consecutive rows out of the training rows for early stopping and threshold selection: three blocks of
 * every trace, so that each workload has its say. Whole blocks, because neighbours in time are near-copies of each other.
 */
export function validationBlocks(train: Uint32Array, run: Uint32Array): SplitRows {
  const sizes = new Map<number, number>();
  for (const r of train) sizes.set(run[r], (sizes.get(run[r]) ?? 0) + 1);
  const seen = new Map<number, number>();
  const validates = new Uint8Array(train.length);
  train.forEach((r, i) => {
    const position = seen.get(run[r]) ?? 0;
    seen.set(run[r], position + 1);
    const block = Math.floor((position * BLOCKS) / sizes.get(run[r])!);
    validates[i] = block % EVERY === CHOSEN ? 1 : 0;
  });
  return {
    train: train.filter((_, i) => validates[i] === 0),
    test: train.filter((_, i) => validates[i] === 1),
  };
}
