import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

/** Of bytes or UTF-8 text, as hexadecimal digits. */
export const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex");

/** Of a file's bytes, in constant memory. @throws the system's error where it cannot be read */
export function fileSha256(path: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(1 << 20);
  const fd = openSync(path, "r");
  try {
    for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) hash.update(chunk.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}
