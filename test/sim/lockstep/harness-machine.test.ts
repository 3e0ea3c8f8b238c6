import { expect } from "chai";
import type { Topology } from "../../../sim/chip/topology.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import { harnessMachine } from "../../../sim/lockstep/harness-machine.ts";

describe("the machine that stands for a chip", () => {
  it("has two more CPUs in the one cache", () => {
    expect(harnessMachine(presetTopology("i5-1035g1"))).to.deep.equal({
      ...{ sockets: 1, cores: 5, threads: 2, nodes: [], control: 2 },
      hardware: { cpus: 10, levelWeight: { MC: 10 } },
    });
    expect(harnessMachine(presetTopology("8x1"))).to.include({
      sockets: 1,
      cores: 10,
      threads: 1,
      control: 2,
    });
  });

  it("has one more cache where there are several, in a node of its own where there are several nodes", () => {
    expect(harnessMachine(presetTopology("16x2"))).to.deep.equal({
      ...{ sockets: 3, cores: 8, threads: 2, nodes: [], control: 16 },
      hardware: { cpus: 48, levelWeight: { DIE: 48 } },
    });
    expect(harnessMachine(regularTopology("nodes", 8, 2, 2, 4))).to.deep.equal({
      ...{ sockets: 5, cores: 2, threads: 2, nodes: [4, 8, 8], control: 4 },
      hardware: { cpus: 20, levelWeight: { NUMA: 20 } },
    });
  });

  it("does not exist for a chip that is not regular", () => {
    const { cpus } = presetTopology("8x1");
    const refused: Topology[] = [
      { name: "uneven caches", cpus: cpus.map((cpu, i) => ({ ...cpu, llc: i < 3 ? 0 : 1 })) },
      { name: "clusters", cpus: cpus.map((cpu) => ({ ...cpu, cluster: cpu.core })) },
      { name: "out of order", cpus: cpus.map((cpu, i) => ({ ...cpu, core: (i * 3) % 8 })) },
      {
        ...regularTopology("far", 8, 1, 4, 4),
        numaDistance: [...Array(2)].map((_, i) => (i ? [30, 10] : [10, 30])),
      },
      { name: "four threads", cpus: cpus.map((cpu, i) => ({ ...cpu, core: i >> 2 })) },
    ];
    for (const chip of refused) expect(harnessMachine(chip), chip.name).to.equal(null);
  });
});
