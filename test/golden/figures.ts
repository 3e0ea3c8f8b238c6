import { fileURLToPath } from "node:url";
import { expectGoldenFiles } from "./expect.ts";

const pathOf = (name: string) => fileURLToPath(new URL(`figures/${name}.svg`, import.meta.url));

/** Compares with test/golden/figures/NAME.svg, where each tag has a line of its own so that a difference can be read. */
export function expectGolden(name: string, figure: string): void {
  expectGoldens([[name, figure]]);
}

/** The same for several figures. */
export function expectGoldens(figures: readonly (readonly [name: string, figure: string])[]): void {
  expectGoldenFiles(figures.map(([name, figure]) => [pathOf(name), `${figure.replaceAll("><", ">\n<")}\n`]));
}
