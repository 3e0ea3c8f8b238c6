import { expect } from "chai";
import { textTable } from "../../cli/output.ts";
import { UNSHOWN } from "../../traces/input-error.ts";

describe("tables for a terminal", () => {
  it("show names that a terminal would obey by their codes, and stay aligned", () => {
    const text = textTable(
      ["task", "pid"],
      [
        ["e\u001b[31mZ\u0007", "1"],
        ["plain", "22"],
        ["\u202egnp", "3"],
      ],
    );
    expect(text.split("\n").some((line) => UNSHOWN.test(line))).to.equal(false);
    expect(text).to.include("\\x1b[31mZ");
    const lines = text.split("\n");
    expect(new Set(lines.slice(2).map((line) => line.length))).to.have.property("size", 1);
  });
});
