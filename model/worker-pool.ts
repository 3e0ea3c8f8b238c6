import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import { InputError, type InputErrorDetails, RequestError } from "../traces/input-error.ts";

type Answer<T> = { result: T } | { error: Failure };

interface Failure {
  name: string;
  message: string;
  stack: string;
  /** Of an error of the system. */
  code?: string;
  path?: string;
  /** Of an InputError. */
  problem?: string;
  details?: InputErrorDetails;
}

/** The module `name` beside the one at `url`: a source beside sources, a built one beside built ones. */
export const siblingModule = (name: string, url: string): URL =>
  new URL(`${name}${url.endsWith(".ts") ? ".ts" : ".js"}`, url);

/**
 * Worker threads for independent jobs. A worker loads one module; `job` is the name of one of its exports, which takes
 * and returns plain data. Results do not depend on the number of workers. They are started with the first job.
 */
export class WorkerPool {
  readonly workers: number;
  readonly #module: URL;
  #pool: Tinypool | undefined;

  /** `module`: see `siblingModule`. */
  constructor(module: URL, workers = Math.max(1, Math.min(availableParallelism(), 8))) {
    this.workers = workers;
    this.#module = module;
  }

  /** @throws InputError where the job did; any other error of a job is thrown with the job's own stack. */
  async run<T>(job: string, argument: unknown): Promise<T> {
    this.#pool ??= new Tinypool({
      filename: fileURLToPath(new URL("./pool-worker.js", import.meta.url)),
      minThreads: this.workers,
      maxThreads: this.workers,
    });
    const answer: Answer<T> = await this.#pool.run({ module: this.#module.href, job, argument });
    if ("result" in answer) return answer.result;
    const { message, problem = "", details, ...own } = answer.error;
    if (own.name === "RequestError" && details?.option !== undefined)
      throw new RequestError(details.option, problem, details);
    if (details) throw new InputError(problem, details);
    throw Object.assign(new Error(message), own);
  }

  async close(): Promise<void> {
    await this.#pool?.destroy();
  }
}
