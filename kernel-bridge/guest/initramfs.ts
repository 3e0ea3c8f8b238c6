import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** A file of a cpio archive. `mode` includes the type bits (octal 0o100755: an executable file). */
export interface CpioEntry {
  name: string;
  mode: number;
  data: Uint8Array;
}

export const FILE_EXECUTABLE = 0o100755;
export const FOLDER = 0o040755;
export const SYMLINK = 0o120777;

/**
 * A "newc" cpio archive, the form the kernel's initramfs has (Documentation/driver-api/early-userspace/buffer-format.rst).
 * Inode numbers and times are fixed: equal entries give equal bytes.
 */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  const add = (name: string, mode: number, data: Uint8Array, inode: number) => {
    const nameBytes = Buffer.from(`${name}\0`, "utf8");
    const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, nameBytes.length, 0];
    const header = `070701${fields.map((x) => x.toString(16).padStart(8, "0")).join("")}`;
    parts.push(padded(Buffer.concat([Buffer.from(header, "latin1"), nameBytes])), padded(Buffer.from(data)));
  };
  entries.forEach((entry, i) => {
    add(entry.name, entry.mode, entry.data, i + 1);
  });
  add("TRAILER!!!", 0, new Uint8Array(0), 0);
  return Buffer.concat(parts);
}

/** newc aligns headers and data to four bytes. */
function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}

/** An initramfs that is the guest's whole root. Uncompressed: copying is cheaper for an emulated CPU than unpacking. */
export function memoryInitramfs(busybox: string, init: string, files: readonly CpioEntry[]): Buffer {
  return cpioArchive([
    ...files,
    { name: "usr/bin/busybox", mode: FILE_EXECUTABLE, data: readFileSync(busybox) },
    { name: "init", mode: FILE_EXECUTABLE, data: Buffer.from(init, "utf8") },
  ]);
}

/** The guest's initramfs: a static busybox and `init`, compressed. */
export function guestInitramfs(busybox: string, init: string): Buffer {
  const empty = new Uint8Array(0);
  return gzipSync(
    cpioArchive([
      ...["bin", "dev", "proc", "sys", "host", "top", "root"].map((name) => ({
        name,
        mode: FOLDER,
        data: empty,
      })),
      { name: "bin/busybox", mode: FILE_EXECUTABLE, data: readFileSync(busybox) },
      { name: "init", mode: FILE_EXECUTABLE, data: Buffer.from(init, "utf8") },
    ]),
    { level: 6 },
  );
}
