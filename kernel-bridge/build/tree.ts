import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
 *      (a stock image after a patched one is a matter of a minute, not of eight).
 *  T3. With the recorded patch reversed and the recorded files removed the tree is as unpacked, plus build output.
 */
interface TreeState {
  sourceSha256: string;
  /** Text of the hook patch now applied; "" for none. */
  patch: string;
  /** Files now added, relative to the tree. */
  added: string[];
}

const STATE = ".nicetries.json";

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
  writeState(tree, { sourceSha256: source.sha256, patch: "", added: [] });
}

/** Makes the tree hold exactly `patch` and `added` (T2, T3). `patch` "" and no files: the stock tree. */
export async function shapeTree(
  tree: string,
  patch: string,
  added: ReadonlyMap<string, string>,
): Promise<void> {
  const state = readState(tree);
  if (!state) throw new Error(`${tree} is not an unpacked tree`);
  if (state.patch !== patch) {
    if (state.patch) await applyPatch(tree, state.patch, ["-R"]);
    state.patch = "";
    writeState(tree, state);
    if (patch) await applyPatch(tree, patch, []);
    state.patch = patch;
    writeState(tree, state);
  }
  for (const name of state.added) if (!added.has(name)) rmSync(join(tree, name), { force: true });
  state.added = [...added.keys()];
  writeState(tree, state);
  for (const [name, from] of added) {
    const target = join(tree, name);
    const data = readFileSync(from);
    if (existsSync(target) && readFileSync(target).equals(data)) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, data);
  }
}

/** All hunks or none: a dry run comes first. */
async function applyPatch(tree: string, patch: string, flags: string[]): Promise<void> {
  for (const dry of [["--dry-run"], []]) {
    const result = await runProcess(
      "patch",
      ["-p1", "--batch", "--no-backup-if-mismatch", ...flags, ...dry],
      { cwd: tree, input: patch },
    );
    if (result.code !== 0)
      throw new InputError("the hook patch does not fit this kernel source", {
        file: "kernel-bridge/linux/hooks.patch",
        found: result.stdout.trim().split("\n").slice(-3).join(" / "),
        expected: "Debian's linux-source-6.1",
        hint: "Use the packaged source, or adapt the patch to yours",
      });
  }
}
