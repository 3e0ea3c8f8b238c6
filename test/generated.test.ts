import { readFileSync } from "node:fs";
import { expect } from "chai";
import { expectedText, GENERATED } from "../scripts/generated.ts";

describe("what is generated", () => {
  for (const entry of GENERATED)
    it(`${entry.path} is what its sources give (npm run generate)`, async () => {
      expect(readFileSync(entry.path, "utf8")).to.equal(await expectedText(entry));
    });
});
