/**
 * Everything in the repository that a program makes from other files in it: where it stands, and what makes it.
 * `npm run generate` writes what differs; test/generated.test.ts compares. What takes more than seconds to make (recordings,
 * trained networks) is no part of this: scripts/refresh.sh has it.
 */
import { readFileSync } from "node:fs";
import { recordHeader } from "../kernel-bridge/collect/record-layout.ts";
import { layoutHeader, schemaHeader, sigmoidHeader } from "../kernel-bridge/inference/headers.ts";
import { effectTable, threadTable } from "./background-tables.ts";
import { columnTable, decisionRow, hardwareTable, metricTable, modelTables } from "./code-tables.ts";
import { differingTable, storedTable, toleranceTable } from "./fidelity-tables.ts";
import { replaceBetween } from "./markdown.ts";
import { modelFileTables } from "./model-file-tables.ts";
import { peltTables } from "./pelt-tables.ts";
import { picture } from "./picture.ts";
import { forcedTable, resultsTable } from "./results-table.ts";

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
  { path: "docs/model-file.md", marks: modelFileTables },
  { path: "docs/sweeps.md", marks: { metrics: metricTable } },
  { path: "docs/traces.md", marks: { columns: columnTable } },
  {
    path: "docs/workloads.md",
    marks: { ...modelTables, hardware: hardwareTable, kthreads: threadTable, background: effectTable },
  },
  { path: "docs/results.md", marks: { networks: resultsTable, forced: forcedTable } },
  { path: "docs/picture.svg", whole: picture },
];

/** What the file should hold. */
export async function expectedText(entry: Generated): Promise<string> {
  if (entry.whole) return entry.whole();
  let text = readFileSync(entry.path, "utf8");
  for (const [name, make] of Object.entries(entry.marks ?? {}))
    text = replaceBetween(text, name, await make());
  return text;
}
