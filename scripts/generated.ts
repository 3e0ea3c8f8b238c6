/**
 * Everything in the repository that a program makes from other files in it: where it stands, and what makes it.
 * `npm run generate` writes what differs; test/generated.test.ts compares. What takes more than seconds to make (recordings,
 * trained networks) is no part of this: scripts/refresh.sh has it.
 */
import { readFileSync } from "node:fs";
import { recordHeader } from "../kernel-bridge/collect/record-layout.ts";
import { layoutHeader, schemaHeader, sigmoidHeader } from "../kernel-bridge/inference/headers.ts";
import { planSchema } from "../lab/sweep/plan.ts";
import { accuracyFigure } from "./accuracy-figure.ts";
import { adaptingFigure, adaptingTable, recoveryTable } from "./adapting-tables.ts";
import { effectTable, threadTable } from "./background-tables.ts";
import {
  adaptTable,
  columnTable,
  decisionRow,
  hardwareTable,
  metricTable,
  modelTables,
} from "./code-tables.ts";
import { latencyFigure, runTimeFigure } from "./cost-figures.ts";
import { experimentTable, experimentTables } from "./experiment-tables.ts";
import { isStored, storedTable as storedResult } from "./experiments.ts";
import { differingTable, replaysTable, storedTable, toleranceTable } from "./fidelity-tables.ts";
import { replaceBetween } from "./markdown.ts";
import { modelFileTables } from "./model-file-tables.ts";
import { peltTables } from "./pelt-tables.ts";
import { picture } from "./picture.ts";
import { forcedTable, resultsTable } from "./results-table.ts";
import { thesisSummary } from "./thesis-summary.ts";

export interface Generated {
  /** From the root of the repository. */
  path: string;
  /** The whole file. */
  whole?: () => string;
  /** What stands between `<!-- NAME: begin -->` and `<!-- NAME: end -->`, by name. */
  marks?: Readonly<Record<string, () => string | Promise<string>>>;
}

export const GENERATED: readonly Generated[] = [
  { path: "sim/pelt/pelt-tables.ts", whole: peltTables },
  { path: "sim/state/decision-row.ts", whole: decisionRow },
  { path: "kernel-bridge/collect/record.h", whole: recordHeader },
  { path: "kernel-bridge/inference/nt_layout.h", whole: layoutHeader },
  { path: "kernel-bridge/inference/nt_schema.h", whole: schemaHeader },
  { path: "kernel-bridge/inference/nt_sigmoid.h", whole: sigmoidHeader },
  {
    path: "docs/fidelity.md",
    marks: { tolerances: toleranceTable, stored: storedTable, differing: differingTable },
  },
  { path: "docs/experiments.md", marks: experimentTables },
  { path: "docs/recordings.md", marks: { replays: replaysTable } },
  { path: "docs/model-file.md", marks: modelFileTables },
  { path: "docs/sweeps.md", marks: { metrics: metricTable } },
  { path: "docs/sweep-plan.schema.json", whole: () => `${JSON.stringify(planSchema(), null, 2)}\n` },
  { path: "docs/traces.md", marks: { columns: columnTable } },
  {
    path: "docs/workloads.md",
    marks: { ...modelTables, hardware: hardwareTable, kthreads: threadTable, background: effectTable },
  },
  { path: "docs/results.md", marks: { thesis: thesisSummary, networks: resultsTable, forced: forcedTable } },
  ...(isStored("zoo")
    ? [
        {
          path: "model/zoo/README.md",
          marks: {
            zoo: () => experimentTable(storedResult("zoo", "zoo")),
            verified: () => experimentTable(storedResult("kernel", "verified")),
          },
        },
      ]
    : []),
  { path: "docs/picture.svg", whole: picture },
  {
    path: "docs/policies.md",
    marks: { adapt: adaptTable, recovery: recoveryTable, adapting: adaptingTable },
  },
  { path: "docs/adapting.svg", whole: adaptingFigure },
  { path: "docs/experiments/accuracy.svg", whole: accuracyFigure },
  { path: "docs/experiments/latency.svg", whole: latencyFigure },
  { path: "docs/experiments/run-time.svg", whole: runTimeFigure },
];

/** What the file should hold. */
export async function expectedText(entry: Generated): Promise<string> {
  if (entry.whole) return entry.whole();
  let text = readFileSync(entry.path, "utf8");
  for (const [name, make] of Object.entries(entry.marks ?? {}))
    text = replaceBetween(text, name, await make());
  return text;
}
