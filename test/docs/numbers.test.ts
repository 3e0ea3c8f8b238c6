import { expect } from "chai";
import { shownResults } from "../../scripts/results.ts";
import { readPage } from "./pages.ts";

/** The row of README's five numbers that contains some text. */
function rowWith(text: string): string {
  const rows = readPage("README.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes(text));
  expect(rows, text).to.have.length(1);
  return rows[0]!;
}

describe("the numbers of the README", () => {
  it("are five, each with the command that prints it", () => {
    const section = readPage("README.md").split("## Five numbers")[1]!.split("\n## ")[0]!;
    const rows = section.split("\n").filter((line) => /^\| [\d.,]/.test(line));
    expect(rows).to.have.length(5);
    for (const row of rows) expect(row).to.match(/`np[mx] [^`]+`.*\|$|the same \|$/);
  });

  for (const [question, target] of [
    ["will it move?", "migrate"],
    ["will it be forced in the end?", "forced_eventually"],
  ] as const)
    it(`on “${question}” are those of docs/results.json`, () => {
      const { judges, rows } = shownResults().judged.find(
        (entry) => entry.target === target && entry.preset === "best",
      )!;
      const row = rowWith(question);
      expect(row).to.match(new RegExp(`^\\| ${judges.model!.mcc!.toFixed(3)} \\|`));
      expect(row).to.contain(`rule is at ${judges.rule!.mcc!.toFixed(3)}`);
      expect(rows).to.equal(49_256);
    });
});
