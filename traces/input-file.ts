import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { InputError } from "./input-error.ts";

/** A file opened for reading at given places. */
export interface InputFile {
  readonly path: string;
  readonly size: number;
  /** Reads `length` bytes at `at`. Throws an InputError where the file is shorter. */
  read(at: number, length: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** Opens a regular file. Whatever else stands there gives an InputError with the next step. */
export function openInput(path: string): InputFile {
  const fd = openRegularFile(path);
  const stat = fstatSync(fd);
  return {
    path,
    size: stat.size,
    read(at, length) {
      if (at < 0 || length < 0 || at + length > stat.size)
        throw new InputError("the file ends too early", {
          file: path,
          found: `${stat.size} bytes`,
          expected: `at least ${at + length}`,
          hint: "The copy is probably truncated: fetch or write it again.",
        });
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const n = readSync(fd, bytes, done, length - done, at + done);
        if (n === 0) throw new InputError("the file shrank while it was read", { file: path });
        done += n;
      }
      return bytes;
    },
    close: () => closeSync(fd),
  };
}

/**
 * A descriptor of the regular file `path`; a trace is read at any place and more than once. Asked before it is opened, for
 * opening a pipe waits until somebody writes to it.
 */
export function openRegularFile(path: string): number {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw noFile(path, stat);
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "no such file" : `cannot be opened (${code})`;
    throw new InputError(problem, { file: path, hint: "Check the path and its permissions." });
  }
}

function noFile(file: string, stat: Stats): InputError {
  if (stat.isDirectory())
    return new InputError("is a folder, no regular file", {
      file,
      expected: "a trace file",
      hint: "Name a file in it.",
    });
  const kind = stat.isFIFO() ? "a pipe" : stat.isSocket() ? "a socket" : "a device";
  return new InputError(`is ${kind}, no regular file`, {
    file,
    expected: "a file, for a trace is read at any place and more than once",
    code: "no-regular-file",
    hint: "Write it to a file first; only an import takes a stream, of CSV.",
  });
}
