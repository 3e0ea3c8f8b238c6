/**
 * What docs show of the experiments, kept in docs/experiments/: making them takes half an hour, tables made of their results take a
 * second (`npm run generate`). After a change that moves the results:
 *
 *   npx nicetries experiment all && npx tsx scripts/experiments.ts && npm run generate
 *
 * What was measured on a real kernel goes to kernel-bridge/measured/, where it was measured anew (`--live`).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ExperimentResults, tableOf } from "../lab/experiments/table.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";

const FOLDER = new URL("../docs/experiments/", import.meta.url).pathname;
/** What was measured on a real kernel, as it was counted. */
const MEASURED = new URL("../kernel-bridge/measured/", import.meta.url).pathname;

/** The stored results of an experiment. */
export const storedResults = (experiment: string): ExperimentResults =>
  JSON.parse(readFileSync(join(FOLDER, `${experiment}.json`), "utf8"));

export const isStored = (experiment: string): boolean => existsSync(join(FOLDER, `${experiment}.json`));

/** One of its tables. */
export const storedTable = (experiment: string, id: string) => tableOf(storedResults(experiment), id);

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const from = process.argv[2] ?? "runs/experiments";
  mkdirSync(FOLDER, { recursive: true });
  for (const name of readdirSync(from).filter((each) => each.endsWith(".json"))) {
    const results: ExperimentResults = JSON.parse(readFileSync(join(from, name), "utf8"));
    if (results.quick) throw new Error(`${from}/${name} holds results of a quick run`);
    // a row a line: what a change moves is seen in the difference of two versions
    const rows = JSON.stringify(results, null, 1).replace(
      /\[\n\s+((?:[^[\]{}]|\[[^[\]{}]*\])*?)\n\s+\]/g,
      (whole) => (whole.length < 2000 ? whole.replace(/\n\s*/g, " ") : whole),
    );
    writeFileAtomic(join(FOLDER, name), `${rows}\n`);
    console.log(`docs/experiments/${name}`);
  }
  const measured = join(from, "measured");
  if (existsSync(measured))
    for (const name of readdirSync(measured).filter((each) => each.endsWith(".json"))) {
      mkdirSync(MEASURED, { recursive: true });
      writeFileAtomic(join(MEASURED, name), readFileSync(join(measured, name)));
      console.log(`kernel-bridge/measured/${name}`);
    }
  console.log("npm run generate writes what is made of them");
}
