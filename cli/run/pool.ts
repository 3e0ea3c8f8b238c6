import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";

/**
 * Worker threads for independent jobs. A worker loads `cli/run/jobs.ts`; `job` is the name of one of its exports, which
 * takes and returns plain data. Results do not depend on the number of workers.
 */
export class JobPool {
  readonly #pool: Tinypool;

  constructor(workers = Math.max(1, Math.min(availableParallelism(), 8))) {
    this.#pool = new Tinypool({
      filename: fileURLToPath(new URL("./worker.js", import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
    });
  }

  run<T>(job: string, argument: unknown): Promise<T> {
    return this.#pool.run({ job, argument }) as Promise<T>;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
