import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { filesUnder } from "../cache.ts";
import { findProgram } from "../find-program.ts";
import { type CpioEntry, FILE_EXECUTABLE, FOLDER, SYMLINK } from "./initramfs.ts";

/**
 * A root file system of a few of the host's files, for a guest that must not ask the host for anything while it runs.
 *
 * Invariants:
 *  R1. Every folder comes before what lies in it, every name once: so the kernel unpacks it.
 *  R2. Equal files give equal bytes: no times, no order of a directory.
 */

/** What shell scripts of the bridge and of benchmarks use. */
const PROGRAMS = (
  "sh bash cat date echo env expr grep head hostname id kill ls mkdir mktemp mv nproc rm sed seq setpriv sleep sort stat stty sync tail " +
  "taskset test touch tr true uname wc xargs"
).split(" ");

/** Folders that Debian keeps as links into /usr. */
const MERGED = ["bin", "sbin", "lib", "lib64"];
const EMPTY = ["proc", "sys", "dev", "run", "root", "tmp", "etc", "nicetries", "var", "var/tmp"];

/** Python's own library without its tests, and what is left out of it. */
const PYTHON_SKIPPED =
  /\/(test|tests|idlelib|tkinter|turtledemo|lib2to3|ensurepip|dist-packages|config-[^/]*)\//;

/**
 * The files that a shell text needs: programs that it names and that PATH has, files it names by their whole path, the
 * interpreters of scripts, the libraries of programs. What a program opens by itself later is not found: name it in `more`.
 */
export function neededFiles(text: string, more: readonly string[] = []): string[] {
  const words = text.split(/[\s'"=;|&()<>]+/).filter(Boolean);
  const named = words.flatMap((word) => {
    if (isAbsolute(word)) return existsSync(word) && statSync(word).isFile() ? [word] : [];
    const program = /^[\w.+-]+$/.test(word) ? findProgram(word) : undefined;
    return program ? [program] : [];
  });
  const always = PROGRAMS.flatMap((name) => findProgram(name) ?? []);
  for (const path of more)
    if (!existsSync(path)) throw new InputError("no such file for the guest", { file: path });
  const given = more.flatMap((path) => (statSync(path).isDirectory() ? allFiles(path) : [resolve(path)]));
  return withDependents([...always, ...named, ...given]);
}

const allFiles = (folder: string) => filesUnder(folder).map((name) => join(resolve(folder), name));

function withDependents(start: readonly string[]): string[] {
  const found = new Set<string>();
  const waiting = [...start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const real = realpathSync(path);
    if (real !== path) waiting.push(real);
    waiting.push(...dependents(real));
  }
  return [...found].sort();
}

/** Libraries of a program; the interpreter of a script; of Python its library. */
function dependents(path: string): string[] {
  const head = beginning(path);
  if (head.startsWith("\x7fELF")) {
    const { stdout } = spawnSync("ldd", [path], { encoding: "utf8" });
    const linked = [...(stdout ?? "").matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, library]) => library);
    const libraries = [...linked, ...linked.flatMap(openedBy)];
    return /\/python3\.\d+$/.test(path) ? [...libraries, ...pythonLibrary(path)] : libraries;
  }
  const interpreter = /^#! *(\S+)/.exec(head)?.[1];
  return interpreter && existsSync(interpreter) ? [interpreter] : [];
}

/** glibc opens the unwinder only when a thread is ended from within (pthread_exit). */
function openedBy(library: string): string[] {
  if (!/\/libc\.so\.6$/.test(library)) return [];
  const unwinder = join(dirname(library), "libgcc_s.so.1");
  return existsSync(unwinder) ? [unwinder] : [];
}

/** The first bytes of a file: enough for its kind, or for the line that names an interpreter. */
function beginning(path: string): string {
  const bytes = Buffer.alloc(256);
  const file = openSync(path, "r");
  try {
    return bytes.toString("latin1", 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

function pythonLibrary(python: string): string[] {
  const version = /python3\.\d+$/.exec(python)![0];
  const library = `/usr/lib/${version}`;
  if (!existsSync(library)) return [];
  return allFiles(library).filter((path) => !PYTHON_SKIPPED.test(path));
}

/** The entries of an archive with these files at their own paths, and folders and links around them. */
export function rootEntries(
  files: readonly string[],
  extra: ReadonlyMap<string, Uint8Array> = new Map(),
): CpioEntry[] {
  const entries = new Map<string, CpioEntry>();
  const folder = (name: string) => {
    if (name === "." || name === "" || entries.has(name)) return;
    folder(dirname(name));
    entries.set(name, { name, mode: FOLDER, data: new Uint8Array(0) });
  };
  const link = (name: string, target: string) =>
    entries.set(name, { name, mode: SYMLINK, data: Buffer.from(target) });
  for (const name of MERGED)
    if (lstatSync(`/${name}`, { throwIfNoEntry: false })?.isSymbolicLink()) {
      folder(`usr/${name}`);
      link(name, `usr/${name}`);
    }
  for (const name of EMPTY) folder(name);
  for (const path of files) add(join(realpathSync(dirname(path)), path.slice(dirname(path).length + 1)));
  for (const [name, data] of extra) {
    folder(dirname(name));
    entries.set(name, { name, mode: FILE_EXECUTABLE, data });
  }
  return [...entries.values()];

  function add(path: string): void {
    const name = path.slice(1);
    if (entries.has(name)) return;
    folder(dirname(name));
    if (lstatSync(path).isSymbolicLink()) link(name, readlinkSync(path));
    else
      entries.set(name, { name, mode: 0o100000 | (statSync(path).mode & 0o777), data: readFileSync(path) });
  }
}

/** The files of a folder that is shared with the guest, as they will lie in its memory. */
export function sharedEntries(exchange: string): Map<string, Uint8Array> {
  return new Map(
    filesUnder(exchange).map((name) => [`nicetries/${name}`, readFileSync(join(exchange, name))]),
  );
}
