import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";

/** Compares with test/notebooks/golden/NAME.svg; a difference leaves NAME-changed.svg beside it to look at. */
export function expectGolden(name: string, figure: string): void {
  expectGoldens([[name, figure]]);
}

/** The same for several figures: all that differ are written before the test fails. */
export function expectGoldens(figures: readonly (readonly [name: string, figure: string])[]): void {
  const different = figures.filter(([name, figure]) => !isGolden(name, figure)).map(([name]) => name);
  if (different.length === 0) return;
  const changed = different.map((name) => `golden/${name}-changed.svg`).join(", ");
  expect.fail(`${different} differ; look at ${changed} and rename if the change is meant`);
}

function isGolden(name: string, figure: string): boolean {
  const golden = new URL(`golden/${name}.svg`, import.meta.url);
  const changed = new URL(`golden/${name}-changed.svg`, import.meta.url);
  if (!existsSync(golden) || readFileSync(golden, "utf8") !== figure) {
    writeFileSync(changed, figure);
    return false;
  }
  rmSync(changed, { force: true });
  return true;
}
