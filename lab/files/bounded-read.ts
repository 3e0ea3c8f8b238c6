import { closeSync, openSync, readSync } from "node:fs";
import { refuseNoText } from "../../traces/csv/other-kinds.ts";
import { InputError } from "../../traces/input-error.ts";

const CHUNK = 1 << 16;

/**
 * The bytes of a file that is to be no longer than `most`. What a device or a pipe says of its size means nothing, so
 * reading itself stops there.
 *
 * @throws InputError for longer ones and directories; `what` says what the file was to be, such as "a chip".
 */
export function readBounded(path: string, most: number, what: string): Buffer {
  const file = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const read = readSync(file, chunk, 0, CHUNK, null);
      if (read === 0) return Buffer.concat(chunks, length);
      length += read;
      if (length > most) {
        throw new InputError(`the file is too long to be ${what}`, {
          file: path,
          found: `more than ${most} bytes`,
          expected: `at most ${most}`,
        });
      }
      chunks.push(chunk.subarray(0, read));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
    throw new InputError("a directory", { file: path, expected: `${what}, in a file` });
  } finally {
    closeSync(file);
  }
}

/**
 * The text of a file that people write, without the byte order mark that some editors put first.
 * @throws InputError for longer ones, directories, and what is no UTF-8 text.
 */
export function readBoundedText(path: string, most: number, what: string): string {
  const bytes = readBounded(path, most, what);
  refuseNoText(bytes, path, what);
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}
