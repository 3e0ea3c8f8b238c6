/**
 * Writes the tables of docs/learning.md anew, from the traces of the repository alone; takes some minutes:
 *
 *   npx tsx scripts/learning-tables.ts
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../traces/atomic-file.ts";
import { baselineTables } from "./learning/baselines.ts";
import { repositoryTraces } from "./learning/data-sets.ts";
import { thresholdTable } from "./learning/thresholds.ts";
import { replaceBetween } from "./markdown.ts";

const PATH = fileURLToPath(new URL("../docs/learning.md", import.meta.url));
const say = (text: string) => process.stderr.write(`${text}\n`);

const traces = await repositoryTraces();
const { tables, fixedPointLoss } = await baselineTables(traces, say);
let text = readFileSync(PATH, "utf8");
for (const [target, table] of tables) text = replaceBetween(text, target, table);
const loss = Math.max(0, fixedPointLoss).toFixed(3);
text = replaceBetween(
  text,
  "fixed point",
  `Largest loss of accuracy by fixed point in these tables: ${loss} points.`,
);
text = replaceBetween(text, "thresholds", thresholdTable(traces.train, say));
writeFileAtomic(PATH, text);
