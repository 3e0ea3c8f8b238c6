import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { Command } from "commander";
import { program } from "../../cli/program.ts";
import { Clone } from "./clone.ts";
import { type DocCommand, extract } from "./extract.ts";
import { EXCEPTIONS, PAGES, ROOT, readPage, testFiles } from "./pages.ts";
import { describePage } from "./run-page.ts";

const commandsOf = (page: string): DocCommand[] =>
  extract(readPage(page)).filter((item): item is DocCommand => item.kind !== "file");

const NAMED = /\bnicetries (run|simulate|trace|features|train|evaluate|model|lockstep|kernel|chip)\b/g;

describe("the commands of README, examples/ and docs/", () => {
  it("are found by npx in a clone", async () => {
    const clone = new Clone();
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
    expect((await clone.run("PATH=$OWN_PATH npx nicetries --version")).stdout).to.equal(`${version}\n`);
    clone.remove();
  });

  for (const page of PAGES)
    it(`of ${page} stand where they are seen`, () => {
      const text = readPage(page).replace(/<!--.*?-->/gs, "");
      for (const [, language] of text.matchAll(/^\s*```(.+)$/gm))
        expect(language, "a block's language").to.match(/^(sh|text|json|ts|text output|\w+ file=\S+)$/);
      const fences = text.split("\n").filter((line) => /^\s*```/.test(line));
      fences.forEach((fence, i) => {
        expect(fence.trim() !== "```", `fence ${i} of ${page}`).to.equal(i % 2 === 0);
      });
      for (const line of text.split("\n"))
        expect(line, "a command in an indented block").not.to.match(/^ {4,}(npx |nicetries |npm |sh )/);
      const seen = extract(text).flatMap((item) => [
        item.text,
        item.kind === "file" ? "" : (item.output ?? ""),
      ]);
      const named = (part: string) => part.match(NAMED)?.length ?? 0;
      expect(seen.reduce((sum, part) => sum + named(part), 0)).to.equal(named(text));
    });

  it("have names and options that exist", async () => {
    const root = await program();
    for (const page of PAGES)
      for (const { text, line } of commandsOf(page))
        for (const part of text.split(/&&|\||;/)) {
          const words = /(?:^|\s)nicetries\s+(.*)$/.exec(part.trim())?.[1]?.split(/\s+/);
          if (words) checkWords(root, words, `${page}:${line}: ${text}`);
        }
  });

  it("are excused for a reason, and only where they are", () => {
    const all = PAGES.flatMap((page) => commandsOf(page).map(({ text }) => text));
    for (const command of all) {
      for (const file of testFiles(command)) expect(existsSync(ROOT + file), command).to.equal(true);
    }
    for (const { command, reason, instead, exitCode, runBy } of EXCEPTIONS) {
      expect(all).to.include(command);
      expect(reason.length, command).to.be.greaterThan(10);
      const runHere = instead !== undefined || exitCode !== undefined;
      expect(runHere, `${command} is run here or by somebody else`).to.equal(runBy === undefined);
      if (runBy) {
        expect(existsSync(`${ROOT}${runBy[0]}`), runBy[0]).to.equal(true);
        expect(readFileSync(`${ROOT}${runBy[0]}`, "utf8")).to.contain(runBy[1]);
      }
    }
  });

  // those of docs/library.md are run with the package installed: test/package.test.ts
  for (const page of PAGES) if (page !== "docs/library.md") describePage(page, { kernel: false });
});

function checkWords(root: Command, words: readonly string[], where: string): void {
  let command = root;
  let at = 0;
  for (; at < words.length; at++) {
    const next = command.commands.find((c) => c.name() === words[at]);
    if (!next) break;
    command = next;
  }
  if (/^(-|…|$)/.test(words[0] ?? "")) return;
  if (words[0] === "help") {
    checkWords(root, words.slice(1), where);
    return;
  }
  expect(command, where).not.to.equal(root);
  const own = words.includes("--") ? words.slice(at, words.indexOf("--")) : words.slice(at);
  const options = own
    .join(" ")
    .replace(/\s#.*/, "")
    .matchAll(/(?<![\w-])(--[a-z][\w-]*|-[a-z]\b)/g);
  const known = ["--help", "--version", ...command.options.flatMap((o) => [o.long, o.short])];
  for (const [, option] of options) expect(known, where).to.include(option);
}
