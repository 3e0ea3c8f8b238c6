import { readFileSync } from "node:fs";
import { expect } from "chai";
import { REASONS, TARGETS } from "../../traces/schema.ts";
import { propertyTable } from "./property-table.ts";

const text = readFileSync(new URL("../../docs/traces.md", import.meta.url), "utf8");
const lines = text.split("\n");

describe("docs/traces.md", () => {
  it("explains every reason and every label", () => {
    for (const name of [...REASONS, ...TARGETS]) expect(text, name).to.contain(`\n| \`${name}\` |`);
  });

  it("has the table of the properties of labels, with the faults that each finds", () => {
    const expected = propertyTable();
    const start = lines.indexOf(expected[0]);
    expect(lines.slice(start, start + expected.length)).to.deep.equal(expected);
  });
});
