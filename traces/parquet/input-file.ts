import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { AsyncBuffer } from "hyparquet";
import { InputError } from "../input-error.ts";

/** A file opened for reading at given places. */
export interface InputFile {
  readonly path: string;
  readonly size: number;
  /** Reads `length` bytes at `at`, with `spare` zero bytes behind. Throws an InputError where the file is shorter. */
  read(at: number, length: number, spare?: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** Opens a regular file. Missing files and folders give an InputError with the next step. */
export function openInput(path: string): InputFile {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "no such file" : `cannot be opened (${code})`;
    throw new InputError(problem, { file: path, hint: "Check the path and its permissions." });
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw new InputError("is no regular file", { file: path, expected: "a trace file" });
  }
  return {
    path,
    size: stat.size,
    read(at, length, spare = 0) {
      if (at < 0 || length < 0 || at + length > stat.size)
        throw new InputError("the file ends too early", {
          file: path,
          found: `${stat.size} bytes`,
          expected: `at least ${at + length}`,
          hint: "The copy is probably truncated: fetch or write it again.",
        });
      const bytes = new Uint8Array(length + spare);
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

/** The same file as hyparquet wants it. */
export function asyncBufferOf(file: InputFile): AsyncBuffer {
  return {
    byteLength: file.size,
    slice: (start, end = file.size) => file.read(start, end - start).buffer,
  };
}
