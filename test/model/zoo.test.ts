import { readFileSync, statSync } from "node:fs";
import { expect } from "chai";
import { simulateFile } from "../../lab/simulate-file.ts";
import { goldenPath, goldenVectors } from "../../model/nt-golden.ts";
import { readNt } from "../../model/nt-read.ts";
import { readCard } from "../../model/training-card.ts";
import { ZOO, zooFile } from "../../model/zoo.ts";

describe("the models in the box", () => {
  for (const [target, name] of Object.entries(ZOO))
    it(`zoo/${name} is for ${target}, fits into a page, and has its card and golden vectors beside it`, () => {
      const file = zooFile(`zoo/${name}`)!;
      expect(statSync(file).size).to.be.at.most(4096);
      expect(readNt(file).net.target).to.equal(target);
      expect(readCard(file)).to.not.equal(null);
      expect(readFileSync(goldenPath(file), "utf8")).to.equal(goldenVectors(readFileSync(file)));
    });

  it("are known by these names alone", () => {
    for (const name of ["zoo/e4", "zoo/", "e2", "zoo/e2.nt", "../zoo/e2"])
      expect(zooFile(name), name).to.equal(undefined);
  });

  it("decide in simulations by name, and the record says which file that was", async () => {
    const options = { durationNs: 5e9, seed: "1", chip: "8x1" };
    const byName = await simulateFile("weights", { ...options, policy: "premigrate:zoo/e2" });
    const byFile = await simulateFile("weights", { ...options, policy: "premigrate:model/zoo/e2.nt" });
    expect(byName.traceSha256).to.equal(byFile.traceSha256);
    expect(byName.made).to.deep.equal(byFile.made);
    const alone = await simulateFile("weights", { ...options, policy: "model:zoo/e1" });
    expect(alone.result.decisions.cold).to.be.greaterThan(0);
  });
});
