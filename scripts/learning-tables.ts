/**
 * Writes the table of thresholds in docs/learning.md anew, from the traces of the repository alone; takes a minute or two:
 *
 *   npx tsx scripts/learning-tables.ts
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../traces/atomic-file.ts";
import { readTrace } from "../traces/read-trace.ts";
import { thresholdTable } from "./learning/thresholds.ts";
import { replaceBetween } from "./markdown.ts";

const PATH = fileURLToPath(new URL("../docs/learning.md", import.meta.url));
const FOLDER = fileURLToPath(new URL("../traces/real/virtual-time/", import.meta.url));

const names = readdirSync(FOLDER).filter((name) => /-4x2-.*-train\.parquet$/.test(name));
const traces = await Promise.all(names.sort().map((name) => readTrace(FOLDER + name)));
const table = thresholdTable(traces, (text) => process.stderr.write(`${text}\n`));
writeFileAtomic(PATH, replaceBetween(readFileSync(PATH, "utf8"), "thresholds", table));
