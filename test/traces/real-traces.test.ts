import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { renderDatasheet } from "../../traces/datasheet.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { summarizeTrace } from "../../traces/summarize.ts";

const FOLDER = new URL("../../traces/real/", import.meta.url);
const traces = readdirSync(FOLDER).filter((name) => name.endsWith(".parquet"));

describe("the real traces", () => {
  it("are the 49,256 recorded decisions, none lost, all sound", async () => {
    let rows = 0;
    for (const name of traces) {
      const source = openTrace(new URL(name, FOLDER).pathname);
      expect(source.meta, name).to.include({ source: "kernel", lostRecords: 0, seed: null });
      expect(source.meta.kernel).to.match(/^6\.1\.192 /);
      const checker = new TraceChecker();
      for await (const chunk of source.chunks()) checker.observe(chunk);
      const result = checker.finish();
      expect(isSound(result), name).to.equal(true);
      expect(result.agree).to.equal(result.rows);
      rows += result.rows;
    }
    expect(traces).to.have.length(8);
    expect(rows).to.equal(49_256);
  });

  it("have the datasheet that they give", async () => {
    expect(readFileSync(new URL("README.md", FOLDER), "utf8")).to.equal(
      await renderDatasheet(FOLDER.pathname),
    );
  });

  it("do not change unnoticed", () => {
    const all = createHash("sha256");
    for (const name of traces.sort()) all.update(readFileSync(new URL(name, FOLDER)));
    expect(all.digest("hex")).to.equal("5f9de87fada4a60bdfbb4baa407de76040c8d4621e9b308e5c2000da0cd03c33");
  });
});

describe("the simulated traces", () => {
  const folder = new URL("../../traces/synthetic/", import.meta.url).pathname;

  it("are sound and have the datasheet that they give", async () => {
    expect(readFileSync(`${folder}README.md`, "utf8")).to.equal(await renderDatasheet(folder));
  });

  it("know every column", async () => {
    for (const name of readdirSync(folder).filter((n) => n.endsWith(".parquet")))
      expect((await summarizeTrace(folder + name)).unknownColumns, name).to.deep.equal([]);
  });
});
