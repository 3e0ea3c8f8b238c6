import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { fileSha256, sha256 } from "../../traces/sha256.ts";

/** A step of a run: a job, and the files that it depends on. */
export interface Step {
  name: string;
  job: string;
  /** Plain data. */
  argument: unknown;
  /** Files that it reads, and files that it makes. */
  reads: readonly string[];
  writes: readonly string[];
}

/** What is kept of a step. */
interface Kept {
  /** Hash of the run's record: what the run was asked for. */
  record: string;
  /** What the result follows from: record, job, argument and the contents of the files read. */
  key: string;
  /** sha256 of the files made, by path. */
  files: Record<string, string>;
  result: unknown;
}

/**
 * Results of the steps of a run, kept as files, so that an interrupted run goes on where it stopped.
 *
 * R1. A result file exists only when its step is complete (written under a temporary name and renamed).
 * R2. A kept result counts only while everything it follows from is what it was: the run's record, job, argument, and
 *     the contents of the files read. A file that was made again with the same bytes therefore changes nothing for the steps behind it; one
 *     with other bytes has them made again.
 * R3. It counts only while the files the step made, and the kept result itself, are byte for byte what was written.
 * R4. What does not count any more is said and made again.
 */
export class StepStore {
  /** Steps made, as opposed to kept. */
  made = 0;
  readonly #dir: string;
  readonly #record: string;
  readonly #say: (text: string) => void;
  /** Of files already looked at: those that steps read are read by many. */
  readonly #hashes = new Map<string, string | null>();

  /**
   * @param record Hash of the run's record.
   * @param say Told what is made again, and why.
   */
  constructor(dir: string, record: string, say: (text: string) => void) {
    this.#record = record;
    this.#dir = join(dir, "steps");
    this.#say = say;
    mkdirSync(this.#dir, { recursive: true });
  }

  /** Returns the kept result of a step, or has `work` make it and keeps what it returns (JSON values only). */
  async step<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const file = join(this.#dir, `${step.name}.json`);
    const key = this.#keyOf(step);
    const kept = this.#read(file);
    const fault = kept && this.#faultOf(kept, key, step, file);
    if (kept && fault === undefined) return (kept as Kept).result as T;
    if (fault) this.#say(`${fault}: made again`);
    const result = await work();
    this.made++;
    for (const path of step.writes) this.#hashes.delete(path);
    const files = Object.fromEntries(step.writes.flatMap((path) => this.#entry(path)));
    const body: Kept = { record: this.#record, key, files, result };
    writeFileAtomic(file, `${JSON.stringify({ sha256: sha256(JSON.stringify(body)), ...body })}\n`);
    return result;
  }

  /** R2 */
  #keyOf({ job, argument, reads }: Step): string {
    return sha256(JSON.stringify([this.#record, job, argument, reads.map((path) => this.#hashOf(path))]));
  }

  /** What is kept; "damaged" where a file is there that does not hold what was written; undefined where there is none. */
  #read(file: string): Kept | "damaged" | undefined {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch {
      return undefined;
    }
    try {
      const { sha256: sum, ...body } = JSON.parse(text);
      return sum === sha256(JSON.stringify(body)) ? (body as Kept) : "damaged";
    } catch {
      return "damaged";
    }
  }

  /** Why a kept result does not count, in words. */
  #faultOf(kept: Kept | "damaged", key: string, step: Step, file: string): string | undefined {
    if (kept === "damaged") return `${file} is damaged`;
    if (kept.key !== key) return `what ${step.name} follows from has changed`;
    for (const [path, hash] of Object.entries(kept.files)) {
      const now = this.#hashOf(path);
      if (now === null) return `${path} is missing`;
      if (now !== hash)
        return statSync(path).size === 0 ? `${path} is empty` : `${path} is not what it was made as`;
    }
    return undefined;
  }

  #entry(path: string): [string, string][] {
    const hash = this.#hashOf(path);
    return hash === null ? [] : [[path, hash]];
  }

  /** null where there is no such file. */
  #hashOf(path: string): string | null {
    let hash = this.#hashes.get(path);
    if (hash === undefined) {
      try {
        hash = fileSha256(path);
      } catch {
        hash = null;
      }
      this.#hashes.set(path, hash);
    }
    return hash;
  }
}
