import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { writeExplorer } from "../../cli/run/explorer.ts";
import { isWholePage } from "../../explorer/html.ts";
import type { RunPlan } from "../../lab/run/plan.ts";
import type { RunResults } from "../../lab/run/results.ts";
import { scratchFolder } from "../traces/support.ts";

describe("the explorer beside the report of a run", () => {
  const scratch = scratchFolder();
  const plan = {
    ...{ seed: "1", chip: { option: "8x1" } },
    workloads: [{ name: "numeric", source: "numeric", durationNs: 5e7 }],
  } as unknown as RunPlan;
  const resultsWith = (forced_detached: number) =>
    ({
      traces: [{ workload: "numeric", role: "train", positives: { forced_detached } }],
    }) as unknown as RunResults;
  const path = () => scratch("explorer.html");

  it("is made where somebody was forced, and nowhere else", async () => {
    await writeExplorer(scratch("."), plan, resultsWith(0));
    expect(existsSync(path())).to.equal(false);
    await writeExplorer(scratch("."), plan, resultsWith(3));
    expect(isWholePage(readFileSync(path(), "utf8"))).to.equal(true);
  });

  it("is kept as it is, and made anew where it was cut off or changed", async () => {
    const page = readFileSync(path(), "utf8");
    const other = page.replace("nicetries explore", "nicetries Explore");
    for (const damaged of [page.slice(0, 2000), page.slice(0, -1), other, ""]) {
      expect(isWholePage(damaged)).to.equal(false);
      writeFileSync(path(), damaged);
      await writeExplorer(scratch("."), plan, resultsWith(3));
      expect(readFileSync(path(), "utf8")).to.equal(page);
    }
    // a whole one is not looked at any further: the folder knows its run
    await writeExplorer(scratch("."), { ...plan, seed: "2" }, resultsWith(3));
    expect(readFileSync(path(), "utf8")).to.equal(page);
  });
});
