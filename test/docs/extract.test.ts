import { expect } from "chai";
import { extract, matchesOutput } from "./extract.ts";

describe("the commands of a page", () => {
  it("are the lines of sh blocks, without comments, with lines that go on joined", () => {
    const page =
      "text\n\n```sh\na --b   # why\n\n# only a comment\nc 'd # e' \\\n  f\n```\n\n```json\n{}\n```\n";
    expect(extract(page)).to.deep.equal([
      { kind: "command", text: "a --b", line: 4 },
      { kind: "command", text: "c 'd # e' f", line: 7 },
    ]);
  });

  it("are also whole commands in running text; others there are synopses and names", () => {
    const kinds = (span: string) => extract(`Say \`${span}\` now.`).map(({ kind }) => kind);
    for (const whole of ["npx nicetries trace info a.parquet", "npm run bench", "nicetries simulate --list"])
      expect(kinds(whole), whole).to.deep.equal(["command"]);
    for (const part of ["nicetries train TRACE... --target T", "nicetries chip FILE", "npx nicetries …"])
      expect(kinds(part), part).to.deep.equal(["synopsis"]);
    for (const name of ["nicetries trace check", "nicetries", "npx nicetries run"])
      expect(kinds(name), name).to.deep.equal(["name"]);
    for (const other of ["npmx", "trace check", "sd_nr_balance_failed", "./mine.ts"])
      expect(kinds(other), other).to.deep.equal([]);
  });

  it("have the output that stands under them, and files to be saved before", () => {
    const page = '```json file=a.json\n{ "a": 1 }\n```\n```sh\ncat a.json\n```\n\n```text output\n{…\n```\n';
    expect(extract(page)).to.deep.equal([
      { kind: "file", name: "a.json", text: '{ "a": 1 }\n', line: 1 },
      { kind: "command", text: "cat a.json", line: 5, output: "{…" },
    ]);
    expect(() => extract("```text output\nx\n```")).to.throw("output of no command");
  });

  it("print what the page says, but for what it leaves open", () => {
    expect(matchesOutput("a 1.5 s\nb\nc\n", "a … s\nb\nc")).to.equal(true);
    expect(matchesOutput("a\nb\nc\n", "a\n…\nc\n")).to.equal(true);
    expect(matchesOutput("a\nb\n", "…\na\nb")).to.equal(true);
    expect(matchesOutput("a\nb\nc\n", "a\nc\n")).to.equal(false);
    expect(matchesOutput("a.b\n", "acb")).to.equal(false);
    expect(matchesOutput("a\nb\n", "a")).to.equal(false);
  });
});
