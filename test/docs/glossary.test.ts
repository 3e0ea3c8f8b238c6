import { expect } from "chai";
import type { Command } from "commander";
import { program } from "../../cli/program.ts";
import { REASONS, TARGETS } from "../../traces/schema.ts";
import { readPage } from "./pages.ts";

const text = readPage("docs/glossary.md");
const terms = [...text.matchAll(/^### (.+)$/gm)].map(([, term]) => term!);

describe("docs/glossary.md", () => {
  it("explains the words that need it", () => {
    for (const word of [
      "E1, E2, E3",
      "libml, pytorch",
      "best",
      "judge",
      "MCC",
      "PR-AUC",
      "balanced accuracy",
      "cut at the base rate",
      "the thesis",
      "forced migration",
      "cache-hot",
      "history",
      "PELT",
      "domain",
      "nice tries",
      "lockstep",
      "dump",
      "rule",
      "majority class",
      "coldness",
      "virtual time",
    ])
      expect(terms).to.include(word);
    for (const name of [...REASONS, ...TARGETS]) expect(text, name).to.contain(`\`${name}\``);
  });

  it("is named by the help of the commands that use such words", async () => {
    const root = await program();
    const helpOf = (command: Command) => {
      let help = "";
      command.configureOutput({ writeOut: (part) => (help += part) }).outputHelp();
      return help;
    };
    const named = ["simulate", "features", "train", "evaluate"].map(
      (name) => root.commands.find((command) => command.name() === name)!,
    );
    for (const command of [root, ...named])
      expect(helpOf(command), command.name()).to.contain("docs/glossary.md");
  });

  it("explains each once, in a few lines", () => {
    expect(new Set(terms).size).to.equal(terms.length);
    for (const entry of text.split(/^### /m).slice(1)) {
      const [term, ...lines] = entry.split(/^## /m)[0].trim().split("\n");
      expect(lines.join("\n").length, term).to.be.within(30, 600);
    }
  });
});
