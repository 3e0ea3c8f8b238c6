/** Regimes that explain Table 5.5, on a real kernel beside the simulator: both run the same rt-app file. */
import { basename, join } from "node:path";
import { guestHardware } from "../../../sim/chip/guest-costs.ts";
import type { Bench } from "../bench.ts";
import { recordings } from "../data.ts";
import type { Regime, RegimeJob } from "../jobs/regime.ts";
import { type Cell, percent, type ResultTable } from "../table.ts";

const FOLDER = "traces/real/regimes";
const RTAPP = "kernel-bridge/benchmarks";
const SIMULATED_NS = 30e9;
const SEEDS = 5;

/** The recordings are made by record-all.ts, not by the experiment. */
export async function regimesTable(bench: Bench): Promise<ResultTable> {
  const rows = await Promise.all(
    recordings(bench, /\.parquet$/, FOLDER).map(async (file): Promise<Cell[][]> => {
      const [, name, chip, cost] = /^(.+)-(\dx\d)-(\d+)us-\w+$/.exec(basename(file, ".parquet"))!;
      const real = await bench.run<Regime>({
        name: `kernel-regime-${name}-${chip}-${cost}`,
        job: "regime",
        argument: { file } satisfies RegimeJob,
        reads: [file],
        writes: [],
      });
      const simulated = (asGuest: boolean) => simulations(bench, { name, chip, cost: Number(cost) }, asGuest);
      const [guest, plain] = await Promise.all([simulated(true), simulated(false)]);
      return [
        [name, chip, Number(cost) / 1000, "real kernel", ...cells([real])],
        ["", "", null, `simulated as in the guest, ${guest.length} seeds`, ...cells(guest)],
        ["", "", null, `simulated as by default, ${plain.length} seeds`, ...cells(plain)],
      ];
    }),
  );
  return {
    id: "regimes",
    title: "Regimes of Table 5.5 on a real kernel, beside the simulator",
    columns: [
      { name: "rt-app file" },
      { name: "chip" },
      { name: "migration cost, ms", digits: 1 },
      { name: "data" },
      { name: "calls", digits: 0 },
      { name: "forced % (least to most)", digits: 2 },
      { name: "calls of histories % (least to most)", digits: 2 },
      { name: "calls per forced one", digits: 2 },
      { name: "forced, but stayed %", digits: 0 },
    ],
    rows: rows.flat(),
    notes: [
      "The thesis: Cassandra 7.02 and 25.75 %, the other benchmarks 0.003 to 0.68 and 0.006 to 4.49 %.",
      "The files are in kernel-bridge/benchmarks/: CPU-bound tasks without pauses, nine equal ones; eight with three at nice 10; four with four at nice 5 and three at nice -5.",
      "As in the guest: its CPUs share one stream of instructions, and the kernel's own threads wake up. By default: neither.",
      "In brackets: the seeds with the smallest and the largest share.",
    ],
  };
}

/** The same rt-app file in the simulator. `asGuest`: on the hardware of a guest in virtual time, whose CPUs share one stream of instructions, and beside the kernel's own threads. */
function simulations(
  bench: Bench,
  { name, chip, cost }: { name: string; chip: string; cost: number },
  asGuest: boolean,
): Promise<Regime[]> {
  const source = join(bench.root, RTAPP, `${name}.json`);
  return Promise.all(
    Array.from({ length: bench.quick ? 2 : SEEDS }, (_, seed) => {
      const argument: RegimeJob = {
        source,
        chip: chip === "8x1" ? "8x1" : "i5-1035g1",
        seed: `${bench.seed}-kernel-${seed}`,
        durationNs: SIMULATED_NS / (bench.quick ? 10 : 1),
        tunables: { migrationCostNs: cost * 1000 },
        ...(asGuest ? { hardware: guestHardware(), background: 1 } : {}),
      };
      const step = `simulated-regime-${name}-${chip}-${cost}-${asGuest ? "guest-" : ""}${seed}`;
      return bench.run<Regime>({ name: step, job: "regime", argument, reads: [source], writes: [] });
    }),
  );
}

function cells(runs: readonly Regime[]): Cell[] {
  const sum = (of: (run: Regime) => number) => runs.reduce((total, run) => total + of(run), 0);
  const share = (part: (run: Regime) => number): Cell => {
    const each = runs.map((run) => part(run) / run.rows);
    const interval = runs.length > 1 ? ([Math.min(...each), Math.max(...each)] as const) : null;
    return percent(sum(part) / sum(({ rows }) => rows), interval);
  };
  const forced = sum((run) => run.forced);
  return [
    sum(({ rows }) => rows) / runs.length,
    share((run) => run.forced),
    share(({ histories }) => histories),
    forced === 0 ? null : sum(({ histories }) => histories) / forced,
    forced === 0 ? null : (100 * sum(({ kept }) => kept)) / forced,
  ];
}
