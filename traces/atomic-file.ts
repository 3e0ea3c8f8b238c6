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
import { atEnd } from "./at-end.ts";
import { writeError } from "./write-error.ts";

/**
 * Files that are either whole or not there.
 *
 * Invariants:
 *  A1. The target's name never shows a partial file: bytes go to `.NAME.PID-N.tmp` beside it, are synced to disk and
 *      then renamed. A kill at any moment leaves the old file, the new file, or none.
 *  A2. A failed or aborted write removes its temporary file, and so does the end of the process, by a signal too (see
 *      at-end.ts); one left by a killed process is removed by the next write to the same target.
 *  A3. A target that exists and is no regular file (a pipe, a terminal) or lies under /dev or /proc (`/dev/stdout`) is
 *      written directly: replacing a device would be wrong; standard output by its descriptor, as it may be a socket. Of
 *      a symbolic link, what it points to is replaced.
 *  A4. Errors name the file as the caller did (write-error.ts). Only standard output whose reader has gone keeps its
 *      EPIPE: that is no fault.
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

/** Opens `path` for writing as a whole; call `commit()` when all is written, `abort()` on failure. */
export function openAtomic(path: string): AtomicFile {
  const file = open(path);
  if (file.temporary === null) return file;
  const forget = atEnd(file.abort);
  return {
    get offset() {
      return file.offset;
    },
    write: file.write,
    commit() {
      forget();
      file.commit();
    },
    abort() {
      forget();
      file.abort();
    },
  };
}

/**
 * Writes `data` to `path` as a whole (A1). Synchronous: when it returns, the file is on disk. A signal in between ends
 * the process as in any other synchronous computation; what it leaves goes with the next write (A2).
 */
export function writeFileAtomic(path: string, data: Uint8Array | string): void {
  const file = open(path);
  file.write(data);
  file.commit();
}

/** Writes files that belong together: where one cannot be written, all stay as they were. */
export function writeFilesAtomic(
  files: readonly (readonly [path: string, data: Uint8Array | string])[],
): void {
  const opened: AtomicFile[] = [];
  try {
    for (const [path, data] of files) {
      const file = openAtomic(path);
      opened.push(file);
      file.write(data);
    }
    for (const file of opened) file.commit();
  } catch (error) {
    for (const file of opened) file.abort();
    throw error;
  }
}

let counter = 0;

/** The same without the care for the end of the process. `temporary`: null when written directly (A3). */
function open(name: string): AtomicFile & { readonly temporary: string | null } {
  const standardOutput = resolve(name) === "/dev/stdout";
  const readerGone = (error: unknown) => standardOutput && (error as NodeJS.ErrnoException).code === "EPIPE";
  /** Does a part of the work. Where it fails, the file is given up (A2). */
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      drop();
      throw readerGone(error) ? error : writeError(error, name);
    }
  };
  let temporary: string | null = null;
  let fd = -1;
  let offset = 0;
  const close = () => {
    const closing = fd;
    fd = -1;
    if (closing >= 0 && !standardOutput) closeSync(closing);
  };
  const drop = () => {
    try {
      close();
    } finally {
      if (temporary !== null) rmSync(temporary, { force: true });
      temporary = null;
    }
  };
  const direct = isSpecial(name);
  const path = direct ? name : followLinks(name);
  attempt(() => {
    if (standardOutput) fd = 1;
    else if (direct) fd = openSync(path, "a");
    else ({ fd, temporary } = openTemporary(path));
  });
  return {
    temporary,
    get offset() {
      return offset;
    },
    write(data) {
      const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
      attempt(() => {
        for (let done = 0; done < bytes.length; ) done += writeSome(fd, bytes, done);
      });
      offset += bytes.length;
    },
    commit() {
      if (fd < 0) return;
      attempt(() => {
        if (temporary !== null) fsyncSync(fd);
        close();
        if (temporary !== null) renameSync(temporary, path);
      });
      if (temporary !== null) syncDirectory(dirname(path));
      temporary = null;
    },
    abort: drop,
  };
}

/** A new file beside `path`. What a process left that had our number by chance has to make way. */
function openTemporary(path: string): { fd: number; temporary: string } {
  removeLeftovers(path);
  for (;;) {
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${counter++}.tmp`);
    try {
      return { fd: openSync(temporary, "wx"), temporary };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
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
  for (const { name, target, pid } of temporaryFiles(dirname(path)))
    if (target === basename(path) && !isAlive(pid)) rmSync(name, { force: true });
}

/** Removes all temporary files of this process in a folder: for its end, when worker threads may have left some. */
export function removeOwnLeftovers(folder: string): void {
  for (const { name, pid } of temporaryFiles(folder)) if (pid === process.pid) rmSync(name, { force: true });
}

/** The temporary files in a folder (none, where there is no such folder: whoever writes there reports it). */
function temporaryFiles(folder: string): { name: string; target: string; pid: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((each) => {
    const [, target, pid] = /^\.(.+)\.(\d+)-\d+\.tmp$/s.exec(each) ?? [];
    const name = join(folder, each);
    if (target === undefined || !lstatSync(name, { throwIfNoEntry: false })?.isFile()) return [];
    return [{ name, target, pid: Number(pid) }];
  });
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
