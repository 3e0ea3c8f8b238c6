import type { InputError } from "../../traces/input-error.ts";

/** Watches over code of a user's that runs in this process. */
export interface Supervisor {
  /** What the code did and may not, and perhaps caught the error of. */
  readonly fault: InputError | undefined;
  /** Waits for what loads the code. */
  load<T>(loading: Promise<T>): Promise<T>;
  /** Runs work in which the code is called. */
  within(work: () => void): void;
  /** @throws InputError where there is a fault. */
  check(): void;
  /** Kinds of what the code has left running: timers, connections ... */
  leftRunning(): string[];
  /** Takes everything back. */
  end(): void;
}

/**
 * Begins to watch over the code of a file.
 * @param failure Makes an error of the file of whatever was thrown; undefined where it is not the file's.
 */
export type Supervise = (file: string, failure: (error: unknown) => InputError | undefined) => Supervisor;

/** For programs that trust the code as they trust themselves. */
export const trusted: Supervise = () => ({
  fault: undefined,
  load: (loading) => loading,
  within: (work) => work(),
  check() {},
  leftRunning: () => [],
  end() {},
});
