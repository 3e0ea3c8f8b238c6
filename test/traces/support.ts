import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { InputError } from "../../traces/input-error.ts";
import { NUMERIC_NAMES, TEXT_NAMES, type TraceTable } from "../../traces/schema.ts";

/** A folder for the tests of one file, removed behind them. Call it inside `describe`. */
export function scratchFolder(): (...names: string[]) => string {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "nicetries-test-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return (...names) => join(folder, ...names);
}

/** Expects equal rows: NaN equals NaN, -0 equals 0. Metadata are compared where `withMeta`. */
export function expectSameTable(found: TraceTable, expected: TraceTable, withMeta = true): void {
  expect(found.rows).to.equal(expected.rows);
  for (const name of NUMERIC_NAMES) {
    const [a, b] = [found.numeric[name], expected.numeric[name]];
    expect(a.length, name).to.equal(expected.rows);
    for (let i = 0; i < expected.rows; i++)
      if (a[i] !== b[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i])))
        expect.fail(`${name}[${i}] is ${a[i]}, expected ${b[i]}`);
  }
  for (const name of TEXT_NAMES) expect(found.text[name], name).to.deep.equal(expected.text[name]);
  if (withMeta) expect(found.meta).to.deep.equal(expected.meta);
}

/** Runs `body` and returns the InputError it must throw. */
export async function inputErrorOf(body: () => unknown): Promise<InputError> {
  try {
    await body();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("an InputError was expected, but nothing was thrown");
}
