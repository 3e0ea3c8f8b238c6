import { copyFileSync } from "node:fs";
import { expect } from "chai";
import { writeParquet } from "../../traces/parquet.ts";
import { plausibleTable } from "../traces/arbitraries.ts";
import { scratchFolder } from "../traces/support.ts";
import { command, shell } from "./run-process.ts";

describe("a reader that has seen enough", () => {
  const scratch = scratchFolder();
  before(() => {
    const table = plausibleTable(30_000);
    writeParquet(scratch("t.parquet"), table);
    copyFileSync(
      new URL("../conformance/corpus/smt/mixed-1.scn", import.meta.url).pathname,
      scratch("a.scn"),
    );
  });

  const lines = [
    ["trace", "export", "t.parquet", "--to", "csv"],
    ["trace", "head", "t.parquet"],
    ["trace", "check", "t.parquet", "--json"],
    ["features", "t.parquet", "--target", "migrate"],
    ["lockstep", "a.scn"],
    ["completion", "zsh"],
    ["nosuch"],
  ];
  for (const words of lines)
    it(`ends \`${words.join(" ")}\` in silence`, async () => {
      const line = `{ ${command(...words)} 2>err; echo $? > code; } | head -c 1 > /dev/null; cat code; grep -cE 'EPIPE|^ +at ' err`;
      const { stdout } = await shell(line, { cwd: scratch("") });
      // 1: what it checks or what was wrong with the line; never a failure to write
      expect(stdout, words.join(" ")).to.match(words[0] === "nosuch" ? /^2\n0\n$/ : /^[01]\n0\n$/);
    });
});
