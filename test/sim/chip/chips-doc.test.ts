import { readFileSync } from "node:fs";
import { expect } from "chai";
import { CHIP_KEYS, parseTopology } from "../../../sim/chip/topology-json.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";

describe("docs/chips.md", () => {
  const doc = readFileSync(new URL("../../../docs/chips.md", import.meta.url), "utf8");
  const examples = [...doc.matchAll(/```json.*\n([\s\S]*?)```/g)].map(([, text]) => text);

  it("has examples that are chips, and run", () => {
    const chips = examples.map((text) => parseTopology(text, "docs/chips.md"));
    expect(chips.map(({ name, cpus }) => [name, cpus.length])).to.deep.equal([
      ["two dozen", 24],
      ["odd", 3],
    ]);
    for (const topology of chips) {
      const result = simulate({
        workload: modelNamed("numeric").workload(),
        topology,
        seed: "1",
        durationNs: 50_000_000,
      });
      expect(result.cpus.filter((cpu) => cpu.busyNs > 0)).to.have.length(topology.cpus.length);
    }
  });

  it("explains every key", () => {
    const { levelWeight, ...tables } = CHIP_KEYS;
    for (const key of Object.values(tables).flat()) expect(doc, key).to.contain(`\n| \`${key}\` |`);
    for (const level of levelWeight) expect(doc).to.contain(level);
  });
});
