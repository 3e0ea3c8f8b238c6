import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";

/**
 * Files that hold what a test expects. `UPDATE=1 npm test` accepts what is different now; look at `git diff` before you
 * commit it. Without it a difference leaves NAME-changed beside the golden file and fails.
 */
const updating = process.env.UPDATE === "1" && process.env.CI === undefined;

const HOW = "look at the difference, and accept it with `UPDATE=1 npm test` if it is meant";

/** Compares texts with golden files; all that differ are written before the test fails. */
export function expectGoldenFiles(
  files: readonly (readonly [path: string, text: string])[],
  update = updating,
): void {
  const changed = files
    .filter(([path, text]) => !isGolden(path, text, update))
    .map(([path]) => changedPath(path));
  if (changed.length > 0) expect.fail(`${changed.join(", ")}: ${HOW}`);
}

const changedPath = (path: string) => path.replace(/(\.\w+)$/, "-changed$1");

function isGolden(path: string, text: string, update: boolean): boolean {
  const same = existsSync(path) && readFileSync(path, "utf8") === text;
  if (!same) writeFileSync(update ? path : changedPath(path), text);
  if (same || update) rmSync(changedPath(path), { force: true });
  return same || update;
}

/** Compares with the value of `name` in a JSON file that one test file alone uses. */
export function expectPinned(path: string, name: string, value: unknown): void {
  const pinned: Record<string, unknown> = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  if (updating) writeFileSync(path, `${JSON.stringify({ ...pinned, [name]: value }, null, 2)}\n`);
  else expect(value, `${name} in ${path}: ${HOW}`).to.deep.equal(pinned[name]);
}
