import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";

/**
 * Results of the steps of a run, kept as files, so that an interrupted run goes on where it stopped.
 *
 * R1. A result file exists only when its step is complete (written under a temporary name and renamed).
 * R2. A result counts only for the plan it was made with; with another plan the step runs again.
 */
export class StepStore {
  readonly dir: string;
  readonly hash: string;

  constructor(dir: string, hash: string) {
    this.dir = join(dir, "steps");
    this.hash = hash;
    mkdirSync(this.dir, { recursive: true });
  }

  /** Returns the kept result of a step, or runs it and keeps what it returns (JSON values only). */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const file = join(this.dir, `${name}.json`);
    const kept = this.#read<T>(file);
    if (kept !== undefined) return kept;
    const result = await work();
    writeFileAtomic(file, `${JSON.stringify({ plan: this.hash, result })}\n`);
    return result;
  }

  /** Drops the result of a step whose files are gone. */
  forget(name: string): void {
    rmSync(join(this.dir, `${name}.json`), { force: true });
  }

  #read<T>(file: string): T | undefined {
    try {
      const { plan, result } = JSON.parse(readFileSync(file, "utf8"));
      return plan === this.hash ? result : undefined;
    } catch {
      return undefined; // absent or unreadable: the step runs
    }
  }
}
