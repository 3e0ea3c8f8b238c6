import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import {
  plannedRecordings,
  recordingName,
  renderDatasheet,
  SETS,
} from "../../kernel-bridge/benchmarks/record-all.ts";
import { summarizeTrace } from "../../traces/summarize.ts";

const FOLDER = new URL("../../traces/real/regimes/", import.meta.url).pathname;
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".parquet"));

describe("the recordings of regimes", () => {
  it("are all that were planned, in each of which more than one call in a hundred is forced", async () => {
    const planned = plannedRecordings(SETS.regimes!).map((plan) => `${recordingName(plan)}.parquet`);
    expect(names).to.have.members(planned);
    for (const name of names) {
      const { rows, lost, positives, meta } = await summarizeTrace(FOLDER + name);
      expect(meta, name).to.include({ source: "kernel" });
      expect(lost, name).to.equal(0);
      expect(rows, name).to.be.above(500);
      expect(positives.forced_now! / rows, name).to.be.above(0.01);
      expect(positives.forced_eventually!, name).to.be.above(positives.forced_now!);
    }
  });

  it("have the datasheet that they give, in which none goes against the rule", async () => {
    const sheet = readFileSync(`${FOLDER}README.md`, "utf8");
    expect(sheet).to.equal(await renderDatasheet(FOLDER));
    for (const name of names)
      expect(sheet).to.match(new RegExp(`^\\| ${name.replace(".parquet", "")} \\|.*\\| 0 \\|$`, "m"));
  });
});
