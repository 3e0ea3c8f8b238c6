import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { runProcess } from "../run-process.ts";
import type { KernelSource } from "./source.ts";

/**
 * The unpacked source tree in which all variants are built, one after the other.
 *
 * Invariants:
 *  T1. `.nicetries.json` exists only in a tree unpacked to the end, and says what was added to it.
 *  T2. A file is written only when its content changes, so that make rebuilds what a variant really changes
 *      (the next variant is a matter of a minute or two, not of eight).
 *  T3. The unchanged text of every file ever patched is kept in `.nicetries-pristine`; patches are always applied to
 *      that, never on top of one another's result.
 */
interface TreeState {
  sourceSha256: string;
  /** Files now added, relative to the tree. */
  added: string[];
  /** Files now patched. */
  patched: string[];
}

const STATE = ".nicetries.json";
const PRISTINE = ".nicetries-pristine";

const readState = (tree: string): TreeState | undefined =>
  existsSync(join(tree, STATE)) ? JSON.parse(readFileSync(join(tree, STATE), "utf8")) : undefined;

const writeState = (tree: string, state: TreeState): void =>
  writeFileSync(join(tree, STATE), JSON.stringify(state));

/** Unpacks the source unless the tree already holds this very source (T1). */
export async function unpackTree(
  tree: string,
  source: KernelSource,
  say: (text: string) => void,
): Promise<void> {
  if (readState(tree)?.sourceSha256 === source.sha256) return;
  say(`unpacking ${source.tarball}`);
  const fresh = `${tree}.unpacking`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const result = await runProcess("tar", ["xf", source.tarball, "-C", fresh, "--strip-components=1"]);
  if (result.code !== 0)
    throw new InputError("could not unpack the kernel source", {
      file: source.tarball,
      found: result.stderr.trim(),
      hint: "Check the free space of the cache folder",
    });
  rmSync(tree, { recursive: true, force: true });
  renameSync(fresh, tree);
  writeState(tree, { sourceSha256: source.sha256, added: [], patched: [] });
}

/** Paths that a unified diff made with `a/` and `b/` prefixes changes. */
export function patchedPaths(patch: string): string[] {
  return [...patch.matchAll(/^\+\+\+ b\/(\S+)/gm)].map((found) => found[1]);
}

/** Makes the tree hold exactly `patches` (file names) and `added` (path in the tree → file here) (T2, T3). */
export async function shapeTree(
  tree: string,
  patches: readonly string[],
  added: ReadonlyMap<string, string>,
): Promise<void> {
  const state = readState(tree);
  if (!state) throw new Error(`${tree} is not an unpacked tree`);
  const now = new Set(patches.flatMap((path) => patchedPaths(readFileSync(path, "utf8"))));
  const touched = [...new Set([...state.patched, ...now])];
  const work = mkdtempSync(join(tree, ".nicetries-work-"));
  try {
    for (const name of touched) copyFile(keepPristine(tree, name), join(work, name));
    for (const path of patches) await applyPatch(work, path);
    state.patched = touched; // before the first write: a kill leaves nothing patched that is not listed
    for (const name of state.added) if (!added.has(name)) rmSync(join(tree, name), { force: true });
    state.added = [...added.keys()];
    writeState(tree, state);
    for (const name of touched) writeIfChanged(join(tree, name), readFileSync(join(work, name)));
    for (const [name, from] of added) writeIfChanged(join(tree, name), readFileSync(from));
    writeState(tree, { ...state, patched: [...now] });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The unchanged copy of a file, made the first time it is asked for. */
function keepPristine(tree: string, name: string): string {
  const copy = join(tree, PRISTINE, name);
  if (!existsSync(copy)) {
    if (!existsSync(join(tree, name)))
      throw new InputError("this kernel source lacks a file that is to be patched", {
        file: name,
        expected: "Debian's linux-source-6.1",
      });
    copyFile(join(tree, name), copy);
  }
  return copy;
}

function copyFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

function writeIfChanged(path: string, data: Buffer): void {
  if (existsSync(path) && readFileSync(path).equals(data)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}

async function applyPatch(folder: string, path: string): Promise<void> {
  const result = await runProcess("patch", ["-p1", "--batch", "--no-backup-if-mismatch"], {
    cwd: folder,
    input: readFileSync(path, "utf8"),
  });
  if (result.code !== 0)
    throw new InputError("the patch does not fit this kernel source", {
      file: path,
      found: result.stdout.trim().split("\n").slice(-3).join(" / "),
      expected: "Debian's linux-source-6.1",
      hint: "Use the packaged source, or adapt the patch to yours",
    });
}
