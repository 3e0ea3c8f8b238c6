import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import {
  plannedRecordings,
  recordingName,
  renderDatasheet,
  SETS,
} from "../../kernel-bridge/benchmarks/record-all.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { summarizeTrace } from "../../traces/summarize.ts";

const FOLDER = new URL("../../traces/real/groups/", import.meta.url).pathname;
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".parquet"));

describe("the recordings of control groups and of real-time threads", () => {
  it("are all that were planned: two boots of 15,000 calls and more of each, decided as the rule says, every one", async () => {
    const planned = plannedRecordings(SETS.groups!).map((plan) => `${recordingName(plan)}.parquet`);
    expect(names).to.have.members(planned);
    for (const name of names) {
      const source = openTrace(FOLDER + name);
      expect(source.meta, name).to.include({ source: "kernel", lostRecords: 0, seed: null });
      const checker = new TraceChecker();
      for await (const chunk of source.chunks()) checker.observe(chunk);
      const result = checker.finish();
      expect(isSound(result), name).to.equal(true);
      expect([result.agree, result.disagree], name).to.deep.equal([result.rows, 0]);
      expect(result.rows, name).to.be.above(15_000);
    }
  });

  it("have thousands of calls for throttled tasks", async () => {
    for (const name of names.filter((each) => each.startsWith("groups"))) {
      const { reasons } = await summarizeTrace(FOLDER + name);
      expect(reasons.throttled, name).to.be.above(4000);
    }
  });

  it("have the datasheet that they give", async () => {
    expect(readFileSync(`${FOLDER}README.md`, "utf8")).to.equal(await renderDatasheet(FOLDER));
  });
});
