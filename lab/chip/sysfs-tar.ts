import { posix } from "node:path";
import type { SysfsTree } from "../../sim/chip/import/sysfs.ts";
import { InputError } from "../../traces/input-error.ts";

const BLOCK = 512;
/** Files of sysfs are shorter than a page, and tar fills up the page it was promised. */
const MAX_FILE = 65_536;
/** Longer and deeper names are none of sysfs. */
const MAX_NAME = 1024;
const MAX_DEPTH = 24;

/** Tar's magic, of POSIX and of GNU. */
export const isTar = (bytes: Buffer): boolean =>
  bytes.length >= BLOCK && bytes.toString("latin1", 257, 262) === "ustar";

/**
 * A copy of /sys/devices/system/cpu in a tar file, wherever in it the CPUs lie. Of the files only those that stand below a
 * folder cpuN or nodeN, or beside cpu0, are kept.
 * @throws InputError for a damaged file.
 */
export function tarTree(bytes: Buffer, path: string): SysfsTree {
  const files = new Map<string, string>();
  const folders = new Map<string, Set<string>>();
  for (const { name, content } of entries(bytes, path)) {
    if (name.length > MAX_NAME || name.split("/").length > MAX_DEPTH) continue;
    if (content !== undefined) files.set(name, content);
    for (let child = name; child !== "." && child !== "/"; ) {
      const parent = posix.dirname(child);
      let members = folders.get(parent);
      if (members === undefined) {
        members = new Set();
        folders.set(parent, members);
      }
      members.add(posix.basename(child));
      child = parent;
    }
  }
  const root = [...folders.keys()].find(
    (folder) => folders.get(folder)!.has("cpu0") && !/(^|\/)node\d+$/.test(folder),
  );
  if (root === undefined) {
    throw new InputError("no copy of /sys/devices/system/cpu in this tar file", {
      file: path,
      expected: "a folder with cpu0, cpu1, ... in it",
    });
  }
  const at = (relative: string) => posix.normalize(posix.join(root, relative));
  return {
    name: path,
    list: (folder) => [...(folders.get(at(folder)) ?? [])],
    read: (file) => files.get(at(file)),
  };
}

interface Entry {
  name: string;
  /** Undefined for folders, links and whatever else has none. */
  content?: string;
}

function* entries(bytes: Buffer, path: string): Generator<Entry> {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156]);
    if (!Number.isInteger(size) || checksum(header) !== octal(header, 148, 8)) {
      throw new InputError("a damaged tar file", { file: path, found: `a wrong header at byte ${at}` });
    }
    const data = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (data.length < size)
      throw new InputError("a tar file that ends too early", {
        file: path,
        found: `${bytes.length} bytes`,
        expected: `${at + BLOCK + size}`,
      });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "L") longName = text(data);
    else if (type === "x")
      longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(data.toString("utf8"))?.[1] ?? longName;
    else if (type !== "g" && type !== "K") {
      const prefix = header.toString("latin1", 257, 263) === "ustar\0" ? text(header.subarray(345, 500)) : "";
      const short = text(header.subarray(0, 100));
      const name = posix
        .normalize(longName ?? (prefix === "" ? short : `${prefix}/${short}`))
        .replace(/\/$/, "");
      longName = undefined;
      const file = (type === "0" || type === "\0") && size <= MAX_FILE;
      yield file ? { name, content: text(data) } : { name };
    }
  }
}

/** Up to the first zero: what tar fills up with where a file was shorter than promised. */
function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

const octal = (header: Buffer, at: number, length: number): number => {
  const digits = header
    .toString("latin1", at, at + length)
    .trimStart()
    .replace(/[\0 ].*$/s, "");
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
};

/** The sum of the header's bytes, its own field counted as spaces. */
function checksum(header: Buffer): number {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i];
  return sum;
}
