import { CommanderError } from "commander";
import { InputError } from "../traces/input-error.ts";

/** A wrong use of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Prints an error for a person and returns the exit code: 2 for wrong usage, 1 for everything else. Stacks are kept for
 * our own bugs; an InputError's message already says where and what next.
 */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    process.stderr.write(`nicetries: ${error.message}\n`);
    return 2;
  }
  if (error instanceof InputError) {
    process.stderr.write(`nicetries: ${error.message}\n`);
    return 1;
  }
  const system = error as NodeJS.ErrnoException;
  if (system?.code && system.path) {
    process.stderr.write(
      `nicetries: ${system.path}: ${system.message}. Check the path and its permissions.\n`,
    );
    return 1;
  }
  process.stderr.write(`nicetries: internal error, please report it with the command you ran\n`);
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
