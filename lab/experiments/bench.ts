import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { siblingModule, WorkerPool } from "../../model/worker-pool.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import type { MeasurementName, Measurements } from "../../traces/measured.ts";
import { sha256 } from "../../traces/sha256.ts";
import { type Step, StepStore } from "../run/steps.ts";
import { VERSION } from "../version.ts";

/** Where experiments work, and how large they are to be. */
export interface BenchOptions {
  /** Folder for results, steps and traces. */
  dir: string;
  /** Folder of the repository or of the installed package: its recordings are judged on. */
  root: string;
  quick: boolean;
  seed: string;
  /** Told of each job done. */
  onProgress?: (done: number, total: number, job: string) => void;
  /** Told what of earlier results does not count any more. */
  say: (text: string) => void;
  /** Measures on a real kernel. Without it, what is stored beside the kernel's code counts. */
  measure?: Measure;
}

/** A network that a measurement needs. */
export interface MeasuredModel {
  name: string;
  file: string;
  /** Of networks that are trained for one benchmark. */
  benchmark?: string;
  target?: string;
  preset?: string;
}

/** Makes a measurement in a folder, and gives its result. */
export type Measure = <N extends MeasurementName>(
  name: N,
  models: readonly MeasuredModel[],
  dir: string,
) => Promise<Measurements[N]>;

/**
 * What experiments are made on: jobs in worker threads, each kept when it is done (lab/run/steps.ts), so that an interrupted
 * experiment goes on where it stopped, and two experiments share what both need.
 */
export class Bench {
  readonly dir: string;
  readonly root: string;
  readonly quick: boolean;
  readonly seed: string;
  readonly say: BenchOptions["say"];
  readonly #store: StepStore;
  readonly #pool = new WorkerPool(siblingModule("./jobs", import.meta.url));
  readonly #onProgress: BenchOptions["onProgress"];
  readonly #measure: BenchOptions["measure"];
  readonly #running = new Map<string, { asked: string; result: Promise<unknown> }>();
  #asked = 0;
  #done = 0;

  constructor({ dir, root, quick, seed, onProgress, say, measure }: BenchOptions) {
    this.#measure = measure;
    this.dir = dir;
    this.root = root;
    this.quick = quick;
    this.seed = seed;
    this.say = say;
    this.#onProgress = onProgress;
    for (const folder of ["inputs", "traces", "models", "sweeps"])
      mkdirSync(join(dir, folder), { recursive: true });
    this.#store = new StepStore(dir, sha256(JSON.stringify([VERSION, quick])), say);
  }

  /**
   * What the job of a step gives, made or kept. A step that is asked for twice is not made twice.
   * @throws Error where another step has that name
   */
  run<T>(step: Step): Promise<T> {
    const asked = JSON.stringify([step.job, step.argument]);
    const running = this.#running.get(step.name);
    if (running && running.asked !== asked) throw new Error(`two steps are called ${step.name}`);
    if (running) return running.result as Promise<T>;
    this.#asked++;
    const result = this.#store
      .step(step, () => this.#pool.run<T>(step.job, step.argument))
      .then((value) => {
        this.#onProgress?.(++this.#done, this.#asked, step.name);
        return value;
      });
    this.#running.set(step.name, { asked, result });
    return result;
  }

  /**
   * What was measured on a real kernel: now, where the bench can, else what is stored in the repository.
   * @param models What it needs; asked for only where it is measured now.
   * @throws InputError where nothing is stored
   */
  async measured<N extends MeasurementName>(
    name: N,
    models: () => Promise<readonly MeasuredModel[]>,
  ): Promise<Measurements[N]> {
    if (this.#measure) {
      const dir = join(this.dir, "measured");
      mkdirSync(dir, { recursive: true });
      const found = await this.#measure(name, await models(), dir);
      writeFileAtomic(join(dir, `${name}.json`), measurementText(found));
      return found;
    }
    const file = join(this.root, MEASURED, `${name}.json`);
    if (!existsSync(file))
      throw new InputError("no measurement of a real kernel is stored", {
        file,
        hint: `It is part of the repository: restore it with \`git checkout ${MEASURED}\``,
      });
    return JSON.parse(readFileSync(file, "utf8"));
  }

  /** For work that is kept elsewhere, such as a sweep. */
  progress(done: number, total: number, what: string): void {
    this.#onProgress?.(done, total, what);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Where measurements are stored, from the root of the repository. */
const MEASURED = "kernel-bridge/measured";

/** JSON with a list of numbers a line. */
const measurementText = (found: unknown): string =>
  `${JSON.stringify(found, null, 1).replace(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (whole) => whole.replace(/\n\s*/g, " "))}\n`;
