import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { VERSION } from "../version.ts";
import { Bench, type BenchOptions } from "./bench.ts";
import type { Experiment } from "./catalogue.ts";
import type { ExperimentResults } from "./table.ts";

/** How experiments are made, and who is told of it. */
export interface ExperimentOptions extends BenchOptions {
  /** Makes the results of an experiment again. */
  commandOf: (experiment: string) => string;
  /** Called with each experiment's results, in order. */
  onResults?: (results: ExperimentResults, file: string) => void;
}

/** Makes experiments one after the other, and writes the results of each to DIR/NAME.json. */
export async function runExperiments(
  experiments: readonly Experiment[],
  options: ExperimentOptions,
): Promise<ExperimentResults[]> {
  const bench = new Bench(options);
  const all: ExperimentResults[] = [];
  try {
    for (const { name, about, tables } of experiments) {
      const results: ExperimentResults = {
        experiment: name,
        about,
        version: VERSION,
        seed: options.seed,
        quick: options.quick,
        command: options.commandOf(name),
        tables: await tables(bench),
      };
      const file = join(options.dir, `${name}.json`);
      writeFileAtomic(file, `${JSON.stringify(results, null, 1)}\n`);
      options.onResults?.(results, file);
      all.push(results);
    }
    return all;
  } finally {
    await bench.close();
  }
}
