import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { runCommand } from "../model/run-command.ts";
import { scratchFolder } from "../traces/support.ts";

const CORPUS = new URL("../conformance/corpus/smt/", import.meta.url).pathname;

describe("nicetries lockstep", () => {
  const scratch = scratchFolder();

  /** A folder of scenarios by name: those of the corpus with `dump` have theirs beside them. */
  function folder(name: string, scenarios: Record<string, "dump" | "none" | string>): string {
    mkdirSync(scratch(name));
    for (const [each, what] of Object.entries(scenarios)) {
      const path = scratch(`${name}/${each}`);
      if (what !== "dump" && what !== "none") writeFileSync(`${path}.scn`, what);
      else copyFileSync(`${CORPUS}mixed-1.scn`, `${path}.scn`);
      if (what === "dump") copyFileSync(`${CORPUS}mixed-1.txt.gz`, `${path}.txt.gz`);
    }
    return scratch(name);
  }

  /** The command and the exit code it leaves for the process. */
  async function lockstep(...words: string[]) {
    const before = process.exitCode;
    process.exitCode = undefined;
    const out = await runCommand("lockstep", ...words);
    const code = out.status || Number(process.exitCode ?? 0);
    process.exitCode = before;
    return { ...out, code };
  }

  it("compares all scenarios of a directory and counts the fields", async () => {
    const { code, stdout, stderr } = await lockstep(folder("whole", { a: "dump", b: "dump" }), "--json");
    expect(code).to.equal(0);
    expect(stderr).to.equal("");
    const words = gunzipSync(readFileSync(`${CORPUS}mixed-1.txt.gz`))
      .toString()
      .split(/\s+/);
    expect(JSON.parse(stdout)).to.deep.equal({
      scenarios: 2,
      equal: 2,
      fieldsCompared: 2 * words.filter((word) => word.includes("=")).length,
      firstDifference: null,
      withoutDump: 0,
    });
  });

  it("names and counts scenarios without a dump, and exits with 1: they are not shown equal", async () => {
    const path = folder("parts", { a: "dump", b: "none" });
    const json = await lockstep(path, "--json");
    expect(json.code).to.equal(1);
    expect(json.stderr).to.match(/^\S+parts\/b\.scn: not compared, there is no dump beside it .*\n$/);
    expect(JSON.parse(json.stdout)).to.include({ scenarios: 1, equal: 1, withoutDump: 1 });
    const text = await lockstep(path);
    expect(text.code).to.equal(1);
    expect(text.stderr).to.equal(json.stderr);
    expect(text.stdout).to.match(/^1 of 1 scenarios equal/);
  });

  it("refuses a malformed scenario, with or without a dump", async () => {
    const { code, stderr, stdout } = await lockstep(folder("bad", { a: "dump", c: "nonsense\n" }), "--json");
    expect(code).to.equal(1);
    expect(stderr).to.match(/bad\/c\.scn:1: not a step; found "nonsense"/);
    expect(stdout).to.equal("");
  });

  it("exits with 1 where the dump differs, and where there is none at all", async () => {
    const path = folder("other", { a: "none" });
    expect((await lockstep(path)).code).to.equal(1);
    writeFileSync(scratch("other/a.txt"), "x\n");
    const { code, stdout } = await lockstep(path, "--json");
    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.include({ scenarios: 1, equal: 0, fieldsCompared: 0 });
  });

  it("takes no folder for a scenario or a chip", async () => {
    const path = `${folder("folders", { a: "dump" })}/a.scn`;
    const { code, stderr } = await lockstep(path, "--chip", scratch("folders/"));
    expect(code).to.equal(1);
    expect(stderr).to.match(/folders\/: no copy of \/sys\/devices\/system\/cpu in this folder/);
    expect((await lockstep(path, "--expect", scratch("folders"))).stderr).to.match(
      /folders: a directory; expected a dump/,
    );
  });

  it("of a real kernel replaces no scenario or dump that it reads", async () => {
    const path = folder("kept", { a: "dump", b: "none" });
    const before = readFileSync(`${path}/a.scn`);
    for (const from of [path, `${path}/b.scn`]) {
      const { status, stderr } = await runCommand("kernel", "lockstep", from, "--out", `${path}/../kept`);
      expect(status).to.equal(2);
      expect(stderr).to.match(/--out would replace .*kept\/[ab]\.scn.*, which is read/);
    }
    expect(readFileSync(`${path}/a.scn`).equals(before)).to.equal(true);
  });
});
