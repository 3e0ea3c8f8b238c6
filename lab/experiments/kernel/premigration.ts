import { randomStream } from "../../../sim/engine/random.ts";
import { mean } from "../../compare/statistics.ts";
import type { Bench } from "../bench.ts";
import type { Cell, ResultTable } from "../table.ts";
import { RUN_COLUMNS, runCells } from "./runs.ts";
import { zooModels } from "./zoo-models.ts";

/** Earlier migration on a real kernel, by boots. */
export async function premigrationTable(bench: Bench): Promise<ResultTable> {
  const { settings } = await bench.measured("premigration", async () => zooModels(bench, ["e2"]));
  const random = randomStream(bench.seed, "premigration");
  const rows = settings.flatMap(({ workload, chip, migrationCostMs, contenders }) =>
    contenders.map((runs, i): Cell[] => [
      ...(i === 0 ? [workload, chip, migrationCostMs] : ["", "", null]),
      i === 0 ? "stock" : `premigrate, ${runs.name}`,
      ...runCells(contenders[0], runs, random),
      100 * mean(runs.idle),
    ]),
  );
  const boots = settings[0].contenders[0].seconds.length;
  const idle = Math.max(...settings.flatMap(({ contenders }) => contenders.map((runs) => mean(runs.idle))));
  return {
    id: "premigration",
    title: "Earlier migration on a real kernel",
    columns: [
      { name: "workload" },
      { name: "chip" },
      { name: "migration cost, ms", digits: 1 },
      { name: "policy" },
      ...RUN_COLUMNS,
      { name: "CPUs idle, %", digits: 2 },
    ],
    rows,
    notes: [
      `${boots} boots with seeds of their own; in each, all four take turns, beginning with another.`,
      `In virtual time an idle CPU leaves its instructions to the others: run time counts work and the network's own cost, not lost parallelism. What earlier migration could win on real processors is bounded by the time that CPUs were idle, at most ${(100 * idle).toFixed(2)} % on average, the ends of the runs included.`,
    ],
  };
}
