import { dirname } from "node:path";
import { InputError } from "./input-error.ts";

/** What the system's error codes mean to somebody who wants a file written. */
const MEANING: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOTDIR: ["what should be a folder on its path is a file", "Name another place."],
  EISDIR: ["it is a folder", "Name a file in it."],
  EACCES: ["you have no permission", "Change its permissions, or name another place."],
  EPERM: ["you have no permission", "Change its permissions, or name another place."],
  EROFS: ["the file system is read-only", "Name another place."],
  ENAMETOOLONG: ["the name is too long", "A temporary name some bytes longer must be possible beside it."],
  ENOSPC: ["no space left on the device", "Free some, or name another place."],
  EDQUOT: ["the disk quota is used up", "Free some space, or name another place."],
  EFBIG: ["it passes the largest file size allowed", "Raise `ulimit -f`, or ask for less."],
  EIO: ["the device reports an error", "Look at the system log."],
  EPIPE: ["nobody reads it any more", "Start its reader again."],
};

/**
 * The system's error while `file` was written, for a person: an InputError that names the file as the user did (not the
 * temporary file beside it) and keeps `code`. Other errors come back as they are.
 */
export function writeError(error: unknown, file: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof InputError) return error;
  return Object.assign(explained(code, message, file), { code });
}

function explained(code: string, message: string, file: string): InputError {
  if (code === "ENOENT")
    return new InputError("the folder to write to does not exist", {
      file,
      hint: `Make ${dirname(file)} first.`,
    });
  const [reason, hint] = MEANING[code] ?? [message, "Name another place."];
  return new InputError(`cannot be written (${code}): ${reason}`, { file, hint });
}
