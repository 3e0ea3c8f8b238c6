import { expect } from "chai";
import fc from "fast-check";
import type { Topology } from "../../../sim/chip/topology.ts";
import { validateTopology } from "../../../sim/chip/topology-json.ts";
import { presetTopology, regularTopology, TOPOLOGY_PRESETS } from "../../../sim/chip/topology-presets.ts";
import { buildDomains } from "../../../sim/domains/build-domains.ts";
import {
  type SchedDomain,
  SD_BALANCE_FORK,
  SD_NUMA,
  SD_PREFER_SIBLING,
  SD_SERIALIZE,
  SD_SHARE_CPUCAPACITY,
  SD_SHARE_PKG_RESOURCES,
  SD_WAKE_AFFINE,
} from "../../../sim/state/domain.ts";

function levels(lowest: SchedDomain | null): SchedDomain[] {
  const found: SchedDomain[] = [];
  for (let sd = lowest; sd !== null; sd = sd.parent) found.push(sd);
  return found;
}

function groupsOf(sd: SchedDomain): number[][] {
  const found: number[][] = [];
  let group = sd.groups;
  do {
    found.push([...group.cpus]);
    group = group.next;
  } while (group !== sd.groups);
  return found;
}

describe("scheduling domains", () => {
  it("of the i5-1035G1 are those its kernel shows in debugfs", () => {
    const [smt, mc, ...rest] = levels(buildDomains(presetTopology("i5-1035g1"))[3]);
    expect(rest).to.deep.equal([]);
    expect([smt!.name, smt!.level, smt!.spanWeight, smt!.minInterval, smt!.maxInterval]).to.deep.equal([
      "SMT",
      0,
      2,
      2,
      4,
    ]);
    expect([smt!.imbalancePct, smt!.cacheNiceTries]).to.deep.equal([110, 0]);
    expect([mc!.name, mc!.level, mc!.spanWeight, mc!.minInterval, mc!.maxInterval]).to.deep.equal([
      "MC",
      2,
      8,
      8,
      16,
    ]);
    expect([mc!.imbalancePct, mc!.cacheNiceTries]).to.deep.equal([117, 1]);
    const both = SD_SHARE_PKG_RESOURCES | SD_PREFER_SIBLING | SD_WAKE_AFFINE | SD_BALANCE_FORK;
    expect(smt!.flags & both).to.equal(both);
    expect(mc!.flags & both).to.equal(both);
    expect(smt!.flags & SD_SHARE_CPUCAPACITY).not.to.equal(0);
    expect(mc!.flags & SD_SHARE_CPUCAPACITY).to.equal(0);
    expect(groupsOf(smt!)).to.deep.equal([[3], [2]]);
    expect(groupsOf(mc!)).to.deep.equal([
      [2, 3],
      [4, 5],
      [6, 7],
      [0, 1],
    ]);
  });

  it("drop what adds nothing: single threads, one cache, one node, one CPU", () => {
    expect(levels(buildDomains(presetTopology("8x1"))[0]).map((sd) => sd.name)).to.deep.equal(["MC"]);
    expect(levels(buildDomains(presetTopology("8x1"))[0])[0].child).to.equal(null);
    expect(buildDomains(regularTopology("1", 1, 1, 1, 1))).to.deep.equal([null]);
    expect(levels(buildDomains(presetTopology("16x2"))[9]).map((sd) => sd.name)).to.deep.equal([
      "SMT",
      "MC",
      "DIE",
    ]);
    const clustered: Topology = {
      name: "clusters of two cores",
      cpus: Array.from({ length: 8 }, (_, i) => ({ core: i, cluster: i >> 1, llc: 0, node: 0 })),
    };
    const [cls, mc] = levels(buildDomains(clustered)[0]);
    expect([cls!.name, cls!.level, cls!.cacheNiceTries, mc!.name]).to.deep.equal(["CLS", 1, 1, "MC"]);
  });

  it("reach over nodes, near ones first, with what Linux changes there", () => {
    const [smt, mc, die, numa] = levels(buildDomains(presetTopology("128x2"))[200]);
    expect([smt!.name, mc!.name, die!.name, numa!.name]).to.deep.equal(["SMT", "MC", "DIE", "NUMA"]);
    expect([die!.spanWeight, numa!.spanWeight]).to.deep.equal([128, 256]);
    expect(numa!.flags & (SD_NUMA | SD_SERIALIZE | SD_PREFER_SIBLING)).to.equal(SD_NUMA | SD_SERIALIZE);
    expect(numa!.cacheNiceTries).to.equal(2);
    expect(die!.imbNumaNr).to.equal(8); // as many as there are caches in a node
    expect(numa!.imbNumaNr).to.equal(8);
    expect(groupsOf(numa!).map((cpus) => cpus.length)).to.deep.equal([128, 128]);

    const row: Topology = {
      ...regularTopology("four nodes in a row", 4, 2, 1, 1),
      numaDistance: [
        [10, 20, 30, 40],
        [20, 10, 20, 30],
        [30, 20, 10, 20],
        [40, 30, 20, 10],
      ],
    };
    const far = levels(buildDomains(row)[0]);
    expect(far.map((sd) => [sd.name, sd.spanWeight])).to.deep.equal([
      ["SMT", 2],
      ["NUMA", 4],
      ["NUMA", 6],
      ["NUMA", 8],
    ]);
    expect(far[3].flags & SD_WAKE_AFFINE, "no wake-ups over 40").to.equal(0);
    expect(far[2].flags & SD_WAKE_AFFINE).not.to.equal(0);
  });

  it("place new tasks over nodes up to the reclaim distance and no farther", () => {
    const zen = (more: object) =>
      validateTopology(
        {
          cores: 8,
          coresPerLlc: 2,
          coresPerNode: 4,
          numaDistance: [
            [10, 32],
            [32, 10],
          ],
          ...more,
        },
        "zen.json",
      );
    const flags = (more: object) => levels(buildDomains(zen(more))[0]).at(-1)!.flags;
    expect(flags({ nodeReclaimDistance: 32 })).to.equal(0x3217);
    expect(flags({ nodeReclaimDistance: 31 })).to.equal(0x3201);
    expect(flags({})).to.equal(0x3201);
  });

  it("have NODE in the place of DIE where a package holds several nodes, all else alike", () => {
    const part = { cores: 8, coresPerLlc: 2, coresPerNode: 4 };
    const of = (more: object) => levels(buildDomains(validateTopology({ ...part, ...more }, "x"))[0]);
    const apart = of({});
    const together = of({ coresPerPackage: 8 });
    expect(apart.map((sd) => sd.name)).to.deep.equal(["MC", "DIE", "NUMA"]);
    expect(together.map((sd) => sd.name)).to.deep.equal(["MC", "NODE", "NUMA"]);
    const rest = (sd: SchedDomain) => [
      sd.flags,
      sd.imbalancePct,
      sd.cacheNiceTries,
      sd.imbNumaNr,
      groupsOf(sd),
    ];
    expect(together.map(rest)).to.deep.equal(apart.map(rest));
  });

  it("take one package of several nodes for the whole chip, as Linux does", () => {
    const cpus = [
      [0, 0],
      [0, 1],
      [1, 2],
    ].flatMap(([pack, node]) =>
      [0, 1].map((i) => ({ core: 2 * node! + i, llc: 2 * node! + i, package: pack!, node: node! })),
    );
    for (const lowest of buildDomains(validateTopology({ cpus }, "x")))
      expect(levels(lowest).map((sd) => sd.name)).to.deep.equal(["NODE", "NUMA"]);
  });

  it("of a machine whose distances differ by direction span what lies within each, seen from the CPU's node", () => {
    const numaDistance = [
      [10, 20, 30],
      [30, 10, 20],
      [20, 20, 10],
    ];
    const domains = buildDomains(
      validateTopology({ cores: 3, coresPerLlc: 1, coresPerNode: 1, numaDistance }, "x"),
    );
    expect(domains.map((sd) => levels(sd).map((d) => [...d.span.list()]))).to.deep.equal([
      [
        [0, 1],
        [0, 1, 2],
      ],
      [
        [1, 2],
        [0, 1, 2],
      ],
      [[0, 1, 2]],
    ]);
  });

  it("are built whatever the distances between nodes are: in each group somebody balances for it", () => {
    const distance = fc.constantFrom(12, 17, 20, 21, 30, 40);
    const table = fc
      .integer({ min: 2, max: 6 })
      .chain((n) =>
        fc.array(fc.array(distance, { minLength: n, maxLength: n }), { minLength: n, maxLength: n }),
      );
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 3 }), (rows, perNode) => {
        const numaDistance = rows.map((row, a) => row.map((x, b) => (a === b ? 10 : x)));
        const cores = rows.length * perNode;
        const topology = validateTopology(
          { cores, coresPerLlc: perNode, coresPerNode: perNode, numaDistance },
          "x",
        );
        buildDomains(topology).forEach((lowest, cpu) => {
          for (const sd of levels(lowest)) {
            expect(sd.span.has(cpu)).to.equal(true);
            expect(sd.groups.span.has(cpu), "D1").to.equal(true);
            let group = sd.groups;
            do {
              expect(group.span.has(group.sgc.balanceCpu), "balances").to.equal(true);
              group = group.next;
            } while (group !== sd.groups);
          }
        });
        const symmetric = numaDistance.every((row, a) => row.every((x, b) => x === numaDistance[b][a]));
        if (!symmetric) return;
        for (const lowest of buildDomains(topology))
          for (const sd of levels(lowest))
            expect([...sd.span.list()].filter((c) => !groupsOf(sd).flat().includes(c))).to.deep.equal([]);
      }),
    );
  });

  it("may leave a CPU alone where the other node sees everything earlier: Linux skips such siblings", () => {
    const numaDistance = [
      [10, 20],
      [12, 10],
    ];
    const domains = buildDomains(
      validateTopology({ cores: 2, coresPerLlc: 1, coresPerNode: 1, numaDistance }, "x"),
    );
    expect([...domains[0]!.span.list()]).to.deep.equal([0, 1]);
    expect(groupsOf(domains[0]!), "nobody to balance with, kept for wake-ups").to.deep.equal([[0]]);
    expect(groupsOf(domains[1]!)).to.deep.equal([[1], [0]]);
  });

  it("keep D1 and D2 on every chip in the box", () => {
    for (const name of Object.keys(TOPOLOGY_PRESETS)) {
      buildDomains(presetTopology(name)).forEach((lowest, cpu) => {
        for (const sd of levels(lowest)) {
          expect(sd.groups.span.has(cpu), "D1").to.equal(true);
          const covered = groupsOf(sd)
            .flat()
            .sort((a, b) => a - b);
          expect(covered, "the groups partition the span").to.deep.equal(sd.span.toArray());
          if (sd.child === null) expect([...sd.groups.cpus]).to.deep.equal([cpu]);
          else {
            expect(sd.groups.span.equals(sd.child.span), "D2").to.equal(true);
            expect(sd.spanWeight, "D2").to.be.greaterThan(sd.child.spanWeight);
          }
        }
      });
    }
  });

  it("of 4096 CPUs are built in bounded time", () => {
    const started = process.cpuUsage().user;
    const domains = buildDomains(regularTopology("4096", 2048, 2, 8, 256));
    expect(levels(domains[4095]).at(-1)!.spanWeight).to.equal(4096);
    expect((process.cpuUsage().user - started) / 1e6, "seconds").to.be.below(20);
  });
});
