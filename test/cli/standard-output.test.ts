import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { writeParquet } from "../../traces/parquet.ts";
import { plausibleTable } from "../traces/arbitraries.ts";
import { scratchFolder } from "../traces/support.ts";
import { command, shell } from "./run-process.ts";

const SCENARIO = new URL("../conformance/corpus/smt/mixed-1", import.meta.url).pathname;

describe("a file that the shell makes standard output", () => {
  const scratch = scratchFolder();
  const sh = (line: string) => shell(line, { cwd: scratch("") });

  before(() => {
    copyFileSync(`${SCENARIO}.scn`, scratch("mine.scn"));
    writeParquet(scratch("t.parquet"), plausibleTable(50));
    writeFileSync(scratch("t.csv"), "pid,ts,migration\n1,2,0\n3,4,1\n");
  });

  it("is not taken for the dump of the scenario whose dump is printed to it", async () => {
    const first = await sh(`${command("lockstep", "mine.scn")} > mine.txt`);
    expect(first.stderr).to.equal(
      "mine.txt is where standard output goes: not taken for a dump\nmine.scn is run, and its own dump printed\n",
    );
    expect(first.code).to.equal(0);
    const dump = readFileSync(scratch("mine.txt"), "utf8");
    expect(dump.length).to.be.greaterThan(10_000);
    expect((await sh(command("lockstep", "mine.scn"))).stdout).to.match(/^1 of 1 scenarios equal/);
    // once more, over the first one's result, and added to it
    expect((await sh(`${command("lockstep", "mine.scn")} > mine.txt`)).code).to.equal(0);
    expect((await sh(`${command("lockstep", "mine.scn")} >> mine.txt`)).code).to.equal(0);
    expect(readFileSync(scratch("mine.txt"), "utf8")).to.equal(dump + dump);
    // tee makes an empty file too, which is not our standard output
    writeFileSync(scratch("mine.txt"), "");
    const teed = await sh(command("lockstep", "mine.scn"));
    expect(teed.stdout).to.equal(dump);
    expect(teed.stderr).to.match(/^mine\.txt is empty: not taken for a dump\n/);
    expect(teed.code).to.equal(1);
  });

  it("is no dump of a folder's scenario, nor one of its scenarios", async () => {
    await sh("mkdir many; cp mine.scn many/a.scn; cp mine.scn many/b.scn");
    copyFileSync(`${SCENARIO}.txt.gz`, scratch("many/a.txt.gz"));
    const { code, stderr } = await sh(`${command("lockstep", "many", "--json")} > many/b.txt`);
    expect(code).to.equal(1);
    expect(stderr).to.match(
      /^many\/b\.txt is where standard output goes: not taken for a dump\nmany\/b\.scn: not compared/,
    );
    expect((await sh(`${command("lockstep", "many", "--json")} > many/z.scn`)).stderr).not.to.contain(
      "z.scn",
    );
  });

  it("is refused as an input, for the shell has emptied it", async () => {
    for (const [line, file] of [
      [`${command("lockstep", "mine.scn", "--expect", "k.txt")} > k.txt`, "k.txt"],
      [`${command("trace", "info", "copy.parquet")} > copy.parquet`, "copy.parquet"],
      [`${command("trace", "import", "-", "--out", "x.parquet")} < copy.csv >> copy.csv`, "-"],
      [`${command("simulate", "./app.json")} > app.json`, "./app.json"],
      [`${command("simulate", "hackbench", "--chip", "chip.json")} > chip.json`, "chip.json"],
    ]) {
      await sh("cp t.parquet copy.parquet; cp t.csv copy.csv");
      const { code, stderr } = await sh(line);
      expect(code, line).to.equal(2);
      expect(stderr)
        .to.match(/^nicetries: \S+ is to be read/)
        .and.to.contain(file)
        .and.to.contain("standard output goes to it");
    }
  });

  it("is refused as an output's name, by option and by default", async () => {
    for (const line of [
      `${command("simulate", "hackbench", "--duration", "1ms", "--out", "o.csv")} > o.csv`,
      `${command("trace", "label", "t.parquet")} > t.labelled.parquet`,
    ]) {
      const { code, stderr } = await sh(line);
      expect(code, line).to.equal(2);
      expect(stderr).to.match(/^nicetries: --out \S+: standard output goes to the same file: expected two/);
    }
    const direct = `${command("trace", "export", "t.parquet", "--to", "csv", "--out", "/dev/stdout")} > direct.csv`;
    expect((await sh(direct)).code).to.equal(0);
    expect(readFileSync(scratch("direct.csv"), "utf8").split("\n")).to.have.length(52);
  });

  it("is not read as a recording's metadata", async () => {
    const { code, stderr } = await sh(`${command("trace", "info", "t.csv", "--json")} > t.json`);
    expect(code).to.equal(0);
    expect(stderr).to.match(
      /^t\.json: not read as the metadata file of t\.csv, for standard output goes to it\n/,
    );
    expect(JSON.parse(readFileSync(scratch("t.json"), "utf8"))).to.include({ rows: 2 });
  });

  it("may have the name of a model, a seed or a format", async () => {
    const words = ["simulate", "hackbench", "--duration", "1ms", "--json"];
    expect((await sh(`${command(...words)} > hackbench`)).code).to.equal(0);
    expect((await sh(`${command(...words, "--seed", "7")} > 7`)).code).to.equal(0);
  });
});
