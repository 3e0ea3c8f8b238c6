/**
 * Trains the models in the box, model/zoo/, on the first boots of the recordings in virtual time, both chips and both migration costs:
 *
 *   npx tsx scripts/zoo.ts && npx nicetries experiment zoo && npx tsx scripts/experiments.ts && npm run generate
 */
import { readdirSync } from "node:fs";
import { trainFile } from "../lab/train-file.ts";
import { ZOO } from "../model/zoo.ts";
import type { Target } from "../traces/schema.ts";

process.chdir(new URL("..", import.meta.url).pathname);
const FOLDER = "traces/real/virtual-time";
const traces = readdirSync(FOLDER)
  .filter((name) => name.endsWith("-train.parquet"))
  .sort()
  .map((name) => `${FOLDER}/${name}`);

/** Whether a move was forced before tells of its history, and of nothing else. */
const FEATURES: Partial<Record<Target, string>> = { forced_eventually: "wide-forced" };

for (const [target, name] of Object.entries(ZOO) as [Target, string][]) {
  const { bytes, trainRows, epochs } = await trainFile(traces, {
    target,
    preset: "best",
    features: FEATURES[target],
    split: "none",
    out: `model/zoo/${name}.nt`,
  });
  console.log(`model/zoo/${name}.nt: ${bytes} bytes, ${trainRows} rows, ${epochs} epochs`);
}
