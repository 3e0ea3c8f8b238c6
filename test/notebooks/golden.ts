import { fileURLToPath } from "node:url";
import { expectGoldenFiles } from "../golden/expect.ts";

const pathOf = (name: string) => fileURLToPath(new URL(`golden/${name}.svg`, import.meta.url));

/** Compares with test/notebooks/golden/NAME.svg. */
export function expectGolden(name: string, figure: string): void {
  expectGoldens([[name, figure]]);
}

/** The same for several figures. */
export function expectGoldens(figures: readonly (readonly [name: string, figure: string])[]): void {
  expectGoldenFiles(figures.map(([name, figure]) => [pathOf(name), figure]));
}
