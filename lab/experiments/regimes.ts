/**
 * What explains Table 5.5? A search over workload shapes, weights, pauses, migration cost and chip for the thesis's shares of
 * forced calls and of calls that lead to them.
 */
import { basename } from "node:path";
import { randomStream } from "../../sim/engine/random.ts";
import { modelNamed } from "../../sim/workload/models/catalogue.ts";
import type { Bench } from "./bench.ts";
import { recordings } from "./data.ts";
import type { Regime, RegimeJob } from "./jobs/regime.ts";
import { type Cell, percent, type ResultTable } from "./table.ts";
import { CLASS_BALANCE, THESIS_BENCHMARKS, type ThesisBenchmark } from "./thesis.ts";

/** A point of the search: model, its parameters, chip and migration cost. */
interface Point {
  model: string;
  parameters: Record<string, number>;
  chip: string;
  costMs: number;
}

interface Found {
  label: string;
  regime: Regime;
  /** Of simulated ones. */
  point?: Point;
}

const CHIPS = ["4x2", "8x1"] as const;
const CHIP_PRESETS: Record<string, string> = { "4x2": "i5-1035g1", "8x1": "8x1" };
const COSTS_MS = [0.5, 4] as const;
/** Fewer forced calls than these tell nothing of a share. */
const LEAST_FORCED = 5;

/** Regimes with names: parameters of the model `weights`. */
const NAMED: Readonly<Record<string, Record<string, number>>> = {
  "nine equal": { busy: 9, low: 0 },
  "nine equal, no pauses": { busy: 9, low: 0, pausePermille: 0 },
  "eight and three at nice 10": {},
  "eight and three at nice 10, no pauses": { pausePermille: 0 },
  "eight and one at nice -10": { low: 0, high: 1, pausePermille: 0 },
  "nice -5, 0 and 5 mixed": { busy: 4, low: 4, lowNice: 5, high: 3, highNice: -5, pausePermille: 0 },
  "twelve equal": { busy: 12, low: 0 },
};

export async function regimeTables(bench: Bench): Promise<ResultTable[]> {
  const named = CHIPS.flatMap((chip) =>
    COSTS_MS.flatMap((costMs) =>
      Object.entries(NAMED).map(([label, parameters]) => ({
        label,
        point: { model: "weights", parameters, chip, costMs },
      })),
    ),
  );
  const [namedFound, searched, recorded] = await Promise.all([
    Promise.all(
      named.map(async ({ label, point }) => ({
        label,
        point,
        regime: await simulated(bench, point, "named"),
      })),
    ),
    Promise.all(
      searchPoints(bench).map(async (point) => ({
        label: "",
        point,
        regime: await simulated(bench, point, "search"),
      })),
    ),
    Promise.all(recordings(bench, /\.parquet$/).map((file) => recordedRegime(bench, file))),
  ]);
  return [
    namedTable(namedFound),
    conditionTable([...searched, ...namedFound]),
    await nearestTable(bench, [...searched, ...namedFound], recorded),
  ];
}

function searchPoints({ seed, quick }: Bench): Point[] {
  const random = randomStream(seed, "regimes");
  const among = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)];
  const draws = quick ? 2 : 40;
  const shapes = Array.from({ length: draws }, () => ({
    model: "weights",
    parameters: {
      busy: among([4, 6, 8, 9, 10, 12]),
      low: among([0, 1, 2, 3, 5]),
      lowNice: among([1, 5, 10, 15, 19]),
      high: among([0, 0, 1, 2]),
      highNice: among([-5, -10, -15]),
      chunkNs: among([2e6, 20e6]),
      pausePermille: among([0, 0, 10, 50, 200]),
    },
  }));
  const benchmarks = ["database", "numeric", "convolution", "compression"].flatMap((model) =>
    Array.from({ length: quick ? 1 : 6 }, (_, i) => ({
      model,
      parameters: i === 0 ? {} : scaledCounts(model, among),
    })),
  );
  return [...shapes, ...benchmarks].flatMap((shape) =>
    CHIPS.flatMap((chip) => COSTS_MS.map((costMs) => ({ ...shape, chip, costMs }))),
  );
}

/** The model with half to three times as many tasks of each kind. */
function scaledCounts(model: string, among: <T>(values: readonly T[]) => T): Record<string, number> {
  const counts = Object.entries(modelNamed(model).parameters).filter(([, p]) => p.on !== undefined);
  return Object.fromEntries(
    counts.map(([name, { value, min, max }]) => [
      name,
      Math.min(max, Math.max(min, Math.round(value * among([0.5, 1, 2, 3])))),
    ]),
  );
}

const SEARCH_NS = 30e9;

function simulated(bench: Bench, { model, parameters, chip, costMs }: Point, seed: string): Promise<Regime> {
  const argument: RegimeJob = {
    source: model,
    parameters,
    chip: CHIP_PRESETS[chip],
    seed: `${bench.seed}-${seed}`,
    durationNs: SEARCH_NS / (bench.quick ? 10 : 1),
    tunables: { migrationCostNs: costMs * 1e6 },
  };
  const shape = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return bench.run<Regime>({
    name: `regime-${[model, chip, costMs, seed, ...shape].join("-")}`,
    job: "regime",
    argument,
    reads: [],
    writes: [],
  });
}

async function recordedRegime(bench: Bench, file: string): Promise<Found> {
  const label = basename(file, ".parquet");
  const regime = await bench.run<Regime>({
    name: `regime-${label}`,
    job: "regime",
    argument: { file } satisfies RegimeJob,
    reads: [file],
    writes: [],
  });
  return { label, regime };
}

const together = (regimes: readonly Regime[]): Regime => {
  const sum = (of: (regime: Regime) => number) => regimes.reduce((total, each) => total + of(each), 0);
  return {
    rows: sum((r) => r.rows),
    forced: sum((r) => r.forced),
    histories: sum((r) => r.histories),
    kept: sum((r) => r.kept),
    keptForLoad: sum((r) => r.keptForLoad),
  };
};

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Rows, forced %, histories %, calls per forced, kept %. */
const cells = ({ rows, forced, histories, kept, keptForLoad }: Regime): Cell[] => [
  rows,
  percent(share(forced, rows)),
  percent(share(histories, rows)),
  share(histories, forced),
  percent(share(kept, forced)),
  percent(share(keptForLoad, kept)),
];
const COLUMNS = [
  { name: "calls" },
  { name: "forced %", digits: 2 },
  { name: "calls of histories %", digits: 2 },
  { name: "calls per forced one", digits: 1 },
  { name: "forced, but stayed %", digits: 0 },
  { name: "of these for load %", digits: 0 },
];

function namedTable(found: readonly Required<Found>[]): ResultTable {
  return {
    id: "named",
    title: "Regimes with names (model `weights`, 30 s of simulated time)",
    columns: [{ name: "regime" }, { name: "chip" }, { name: "migration cost, ms", digits: 1 }, ...COLUMNS],
    rows: found.map(({ label, point, regime }) => [label, point.chip, point.costMs, ...cells(regime)]),
    notes: [
      "“Forced, but stayed”: can_migrate_task() said yes because balancing had failed too often, and detach_tasks() left the task where it was; “for load”: because its load was larger than what was to be moved.",
    ],
  };
}

/** What brings about forced calls, and what makes histories long: medians over the search. */
function conditionTable(found: readonly Required<Found>[]): ResultTable {
  const defaults = Object.fromEntries(
    Object.entries(modelNamed("weights").parameters).map(([name, { value }]) => [name, value]),
  );
  const shapes = found
    .filter(({ point }) => point.model === "weights")
    .map((f) => ({ ...f, point: { ...f.point, parameters: { ...defaults, ...f.point.parameters } } }));
  const is =
    (name: string, test: (v: number) => boolean) =>
    ({ point }: Required<Found>) =>
      test(point.parameters[name]);
  const conditions: [string, (f: Required<Found>) => boolean][] = [
    ["all shapes", () => true],
    ...CHIPS.map((chip): [string, (f: Required<Found>) => boolean] => [
      `chip ${chip}`,
      ({ point }) => point.chip === chip,
    ]),
    ...COSTS_MS.map((ms): [string, (f: Required<Found>) => boolean] => [
      `migration cost ${ms} ms`,
      ({ point }) => point.costMs === ms,
    ]),
    ["no pauses", is("pausePermille", (v) => v === 0)],
    ["pauses after 20 % of the chunks", is("pausePermille", (v) => v === 200)],
    ["one weight only", ({ point: { parameters: p } }) => p.low === 0 && p.high === 0],
    ["niced tasks", is("low", (v) => v > 0)],
    ["preferred tasks", is("high", (v) => v > 0)],
    ["no more tasks than CPUs", ({ point: { parameters: p } }) => p.busy + p.low + p.high <= 8],
    [
      "9 to 11 tasks",
      ({ point: { parameters: p } }) => p.busy + p.low + p.high > 8 && p.busy + p.low + p.high <= 11,
    ],
    ["12 tasks and more", ({ point: { parameters: p } }) => p.busy + p.low + p.high > 11],
  ];
  return {
    id: "conditions",
    title:
      "What brings about forced calls: all shapes of `weights`, those with names and those that the search drew",
    columns: [{ name: "shapes with" }, { name: "number" }, ...COLUMNS],
    rows: conditions.map(([label, test]): Cell[] => {
      const those = shapes.filter(test);
      const total = together(those.map(({ regime }) => regime));
      return [label, those.length, ...cells(total)];
    }),
    notes: ["Shares of all calls of these shapes together, 30 s of simulated time each."],
  };
}

/** How far a regime is from a pair of the thesis: the larger of both ratios. */
function factorFrom(benchmark: ThesisBenchmark, { rows, forced, histories }: Regime): number {
  if (forced < LEAST_FORCED) return Number.POSITIVE_INFINITY;
  const apart = (found: number, wanted: number) => Math.max(found / wanted, wanted / found);
  const { forced: f, histories: h } = CLASS_BALANCE[benchmark];
  return Math.max(apart((100 * forced) / rows, f), apart((100 * histories) / rows, h));
}

const CONFIRMING_SEEDS = ["a", "b", "c"];

async function nearestTable(
  bench: Bench,
  simulatedFound: readonly Required<Found>[],
  recorded: readonly Found[],
): Promise<ResultTable> {
  const nearest = <F extends Found>(benchmark: ThesisBenchmark, among: readonly F[]): F | undefined =>
    [...among]
      .filter(({ regime }) => regime.forced >= LEAST_FORCED)
      .sort((a, b) => factorFrom(benchmark, a.regime) - factorFrom(benchmark, b.regime))[0];
  const line = (data: string, what: string, regime: Regime, benchmark: ThesisBenchmark): Cell[] => [
    data,
    what,
    ...cells(regime).slice(1, 4),
    factorFrom(benchmark, regime),
  ];
  const again = async ({ point }: Required<Found>): Promise<Regime> => {
    const all = await Promise.all(CONFIRMING_SEEDS.map((seed) => simulated(bench, point, seed)));
    return together(all);
  };
  const rows = await Promise.all(
    THESIS_BENCHMARKS.map(async (benchmark): Promise<Cell[][]> => {
      const { forced, histories } = CLASS_BALANCE[benchmark];
      const real = nearest(benchmark, recorded);
      const anywhere = nearest(benchmark, simulatedFound);
      const likeThesis = nearest(
        benchmark,
        simulatedFound.filter(({ point }) => point.chip === "4x2" && point.costMs === 0.5),
      );
      return [
        [benchmark, "thesis", "", forced, histories, histories / forced, null],
        ...(real ? [["", ...line("real kernel", real.label, real.regime, benchmark)]] : []),
        ...(anywhere
          ? [
              [
                "",
                ...line("simulated, other seeds", shapeOf(anywhere.point), await again(anywhere), benchmark),
              ],
            ]
          : []),
        ...(likeThesis
          ? [
              [
                "",
                ...line(
                  "simulated, 4x2 and 0.5 ms",
                  shapeOf(likeThesis.point),
                  await again(likeThesis),
                  benchmark,
                ),
              ],
            ]
          : []),
      ];
    }),
  );
  return {
    id: "nearest",
    title: "Table 5.5: what comes nearest to each pair of the thesis",
    columns: [
      { name: "benchmark" },
      { name: "data" },
      { name: "which" },
      ...COLUMNS.slice(1, 4).map((column) => ({ ...column, digits: 3 })),
      { name: "off by a factor of", digits: 2 },
    ],
    rows: rows.flat(),
    notes: [
      `The nearest of ${recorded.length} recordings, and of ${simulatedFound.length} simulated regimes, simulated again with three other seeds. The factor is the larger of both shares'. Regimes with fewer than ${LEAST_FORCED} forced calls are left out: they say nothing about a share.`,
      "The thesis's machine has the chip 4x2; it does not say that it changed the migration cost, which is 0.5 ms then.",
    ],
  };
}

function shapeOf({ model, parameters, chip, costMs }: Point): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  return [model, chip, `${costMs} ms`, ...given].join(", ");
}
