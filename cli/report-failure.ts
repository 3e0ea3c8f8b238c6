import { type InputError, printable, visible } from "../traces/input-error.ts";
import { inputErrorText } from "./input-error-text.ts";

/** A wrong use of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Prints an error for a person and returns the exit code: 2 for wrong usage, 0 where standard output's reader has gone, 1
 * for everything else. Stacks are kept for our own bugs; an InputError says where and what next. Errors are told by name, because the class of
 * an error from a worker thread, or of a module loaded a second time, is another one.
 */
export function reportFailure(error: unknown): number {
  const { name, code, exitCode, path, message, stack } = (error ?? {}) as ErrnoOrCommander;
  if (code?.startsWith("commander.")) return exitCode === 0 ? 0 : 2;
  const ours = name === "InputError" || name === "RequestError";
  if (code === "EPIPE" && !ours) return 0; // who read standard output has seen enough
  if (name === "UsageError") {
    say(message ?? "");
    return 2;
  }
  if (ours) {
    say(inputErrorText(error as InputError));
    return name === "RequestError" ? 2 : 1;
  }
  if (code && path) {
    const what = Object.hasOwn(PATH_ERRORS, code) ? `${PATH_ERRORS[code]} (${code})` : message;
    say(`${printable(path, 200)}: ${what}. Check the path and its permissions.`);
    return 1;
  }
  if (code !== undefined && Object.hasOwn(SHORT_OF, code)) {
    say(SHORT_OF[code]);
    return 1;
  }
  process.stderr.write("nicetries: internal error, please report it with the command you ran\n");
  process.stderr.write(`${stack ?? String(error)}\n`);
  return 1;
}

/** Errors of the system that name no path: most are what a machine runs out of while writing. */
const SHORT_OF: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device written to. Free some, or write elsewhere.",
  EDQUOT: "the disk quota is used up. Free some space, or write elsewhere.",
  EFBIG: "the output passes the largest file size allowed. Raise `ulimit -f`, or write elsewhere.",
  EISDIR: "a folder stands where a file is expected (EISDIR).",
  EIO: "the device written to or read from reports an error (EIO). Look at the system log.",
};

/** Errors of the system about a path. */
const PATH_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "may not be opened by this user",
  EPERM: "may not be opened by this user",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "is a folder, not a file",
  EEXIST: "a file of that name is in the way",
  ELOOP: "a symbolic link leads back to itself",
  ENAMETOOLONG: "the name is too long",
};

/** One line of ours: what names and files hold must not speak to the terminal. */
function say(text: string): void {
  process.stderr.write(`nicetries: ${visible(text, "\n")}\n`);
}

type ErrnoOrCommander = Partial<NodeJS.ErrnoException> & { exitCode?: number };
