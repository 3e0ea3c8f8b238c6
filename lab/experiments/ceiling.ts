/** What there is to win by migrating before it is forced, on recordings of a real kernel, before any policy is tried. */
import type { Bench } from "./bench.ts";
import { recordings } from "./data.ts";
import type { Ceiling } from "./jobs/ceiling.ts";
import { type Cell, percent, type ResultTable } from "./table.ts";

const WORKLOADS = [
  "numeric",
  "gridding",
  "pgbench",
  "zstd",
  "hackbench",
  "rtapp-mixed",
  "rtapp-bursts",
  "rtapp-pipeline",
  "desktop",
];
const COSTS: readonly [string, string][] = [
  ["0.5", "500us"],
  ["4", "4000us"],
];
/** Of both chips. */
const CPUS = 8;

export async function ceilingTables(bench: Bench): Promise<ResultTable[]> {
  const rows = await Promise.all(
    WORKLOADS.flatMap((workload) =>
      ["4x2", "8x1"].flatMap((chip) =>
        COSTS.map(async ([ms, cost]): Promise<Cell[]> => {
          const files = recordings(bench, new RegExp(`^${workload}-${chip}-${cost}-`));
          const name = `ceiling-idle-${workload}-${chip}-${cost}`;
          const c = await bench.run<Ceiling>({
            name,
            job: "ceiling",
            argument: { files },
            reads: files,
            writes: [],
          });
          return [
            workload,
            chip,
            ms,
            c.moved / (c.ns / 1e9),
            percent(c.moved === 0 ? null : c.withHistory / c.moved),
            c.withHistory === 0 ? null : c.waitedNs / c.withHistory / 1e6,
            (100 * c.waitedNs) / (CPUS * c.ns),
            (100 * c.waitedIdleNs) / (CPUS * c.ns),
          ];
        }),
      ),
    ),
  );
  return [
    {
      id: "ceiling",
      title:
        "What there is to win at most: time between the first call of a history and its forced migration",
      columns: [
        { name: "workload" },
        { name: "chip" },
        { name: "migration cost, ms" },
        { name: "forced moves per s", digits: 2 },
        { name: "with earlier calls %", digits: 0 },
        { name: "mean time from the first, ms", digits: 1 },
        { name: "% of all CPU time", digits: 3 },
        { name: "% while the destination was idle", digits: 3 },
      ],
      rows,
      notes: [
        "Who had moved each task at the first call of its history would have gained at most this time on the destination. The last column counts of it only what the destination was seen idle for, as a share of the time of all eight CPUs: what a perfect predictor could turn into work, if nothing else came in between and moving were free. Seen idle: from a call that says so, and leaves the CPU without a task, to the next that has to do with it.",
      ],
    },
  ];
}
