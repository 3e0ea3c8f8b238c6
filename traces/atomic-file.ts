import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "./input-error.ts";

/**
 * Files that are either whole or not there.
 *
 * Invariants:
 *  A1. The target's name never shows a partial file: bytes go to `.NAME.PID-N.tmp` beside it, are synced to disk and
 *      then renamed. A kill at any moment leaves the old file, the new file, or none.
 *  A2. A failed or aborted write removes its temporary file; one left by a killed process is removed by the next
 *      write to the same target.
 *  A3. A target that exists and is no regular file (a pipe, a terminal) or lies under /dev or /proc (`/dev/stdout`) is
 *      written directly: replacing a device would be wrong; standard output by its descriptor, as it may be a socket. Of a symbolic link, what it points to is replaced.
 */
export interface AtomicFile {
  /** Bytes written so far: the offset of the next write. */
  readonly offset: number;
  write(data: Uint8Array | string): void;
  /** Syncs and gives the file its name. */
  commit(): void;
  /** Drops everything written. Harmless after `commit`. */
  abort(): void;
}

let counter = 0;

/** Opens `path` for writing as a whole; call `commit()` when all is written, `abort()` on failure. */
export function openAtomic(name: string): AtomicFile {
  const direct = isSpecial(name);
  const path = direct ? name : followLinks(name);
  if (!direct) removeLeftovers(path);
  const temporary = direct ? path : join(dirname(path), `.${basename(path)}.${process.pid}-${counter++}.tmp`);
  const standardOutput = resolve(name) === "/dev/stdout";
  const fd = standardOutput ? 1 : openForWriting(temporary, direct ? "a" : "wx", name);
  let open = true;
  let offset = 0;
  return {
    get offset() {
      return offset;
    },
    write(data) {
      const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
      for (let done = 0; done < bytes.length; ) done += writeSome(fd, bytes, done);
      offset += bytes.length;
    },
    commit() {
      if (!open) return;
      open = false;
      try {
        if (!direct) fsyncSync(fd);
        if (!standardOutput) closeSync(fd);
        if (!direct) renameSync(temporary, path);
      } catch (error) {
        if (!direct) rmSync(temporary, { force: true });
        throw error;
      }
      if (!direct) syncDirectory(dirname(path));
    },
    abort() {
      if (!open) return;
      open = false;
      if (!standardOutput) closeSync(fd);
      if (!direct) rmSync(temporary, { force: true });
    },
  };
}

function openForWriting(path: string, flags: string, name: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === "ENOENT";
    throw new InputError(missing ? "the folder to write to does not exist" : `cannot be written (${code})`, {
      file: name,
      hint: missing ? `Make ${dirname(name)} first.` : "Check the path and its permissions.",
    });
  }
}

/** Writes `data` to `path` as a whole (A1). Synchronous: when it returns, the file is on disk. */
export function writeFileAtomic(path: string, data: Uint8Array | string): void {
  const file = openAtomic(path);
  try {
    file.write(data);
    file.commit();
  } catch (error) {
    file.abort();
    throw error;
  }
}

/** Writes what the file takes. Standard output may be a full pipe that does not block: wait until it is read. */
function writeSome(fd: number, bytes: Uint8Array, from: number): number {
  for (;;) {
    try {
      return writeSync(fd, bytes, from, bytes.length - from);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function isSpecial(path: string): boolean {
  if (/^\/(dev|proc)\//.test(resolve(path))) return true;
  try {
    return !statSync(path).isFile();
  } catch {
    return false;
  }
}

function followLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** A2: removes the temporary files of dead processes for this target. */
function removeLeftovers(path: string): void {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // the open that follows reports the missing folder
  }
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith(".tmp")) continue;
    const owner = /^(\d+)-\d+$/.exec(name.slice(prefix.length, -".tmp".length));
    if (!owner || isAlive(Number(owner[1]))) continue;
    if (lstatSync(join(folder, name)).isFile()) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Makes the rename itself durable. Some file systems refuse to sync a folder; the data are safe there as well. */
function syncDirectory(folder: string): void {
  try {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {}
}
