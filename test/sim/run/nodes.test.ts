import { expect } from "chai";
import { validateTopology } from "../../../sim/chip/topology-json.ts";
import { MS, rtApp, simulateIdeal } from "./helpers.ts";

/** Two sockets of four nodes each, as AMD's first Zen servers report them: 16 within a socket, 32 between sockets. */
const zen = (more: object) =>
  validateTopology(
    {
      name: "zen",
      cores: 64,
      coresPerLlc: 4,
      coresPerNode: 8,
      numaDistance: Array.from({ length: 8 }, (_, a) =>
        Array.from({ length: 8 }, (_, b) => (a === b ? 10 : a >> 2 === b >> 2 ? 16 : 32)),
      ),
      ...more,
    },
    "zen.json",
  );

/** Sixteen tasks that may run on one node of either socket. */
const spinners = rtApp(`{ "tasks": { "spinner": { "instance": 16, "loop": 1, "run": 2000000,
  "cpus": [0, 1, 2, 3, 4, 5, 6, 7, 32, 33, 34, 35, 36, 37, 38, 39] } }, "global": { "duration": 10 } }`);

describe("new tasks on a machine of several nodes", () => {
  it("spread over both sockets of a Zen server at once: each has a CPU from its first moment on", () => {
    const r = simulateIdeal(spinners, { topology: zen({ nodeReclaimDistance: 32 }) });
    expect(r.work.makespanNs).to.equal(2000 * MS);
    expect(Object.values(r.migrations).reduce((a, b) => a + b)).to.equal(0);
  });

  it("stay on the first socket where it counts as too far, and the balancer has to move some", () => {
    const r = simulateIdeal(spinners, { topology: zen({}) });
    expect(r.work.makespanNs).to.be.greaterThan(2050 * MS);
    expect(r.migrations.balance).to.be.greaterThan(0);
  });

  it("are balanced within a node at level NODE where a package holds several, and its tries can be set", () => {
    const nps4 = validateTopology(
      {
        cpus: Array.from({ length: 8 }, (_, i) => ({ core: i, llc: i >> 1, package: 0, node: i >> 2 })),
        numaDistance: [
          [10, 12],
          [12, 10],
        ],
      },
      "nps4.json",
    );
    const tries = new Set<string>();
    const r = simulateIdeal(
      rtApp('{ "tasks": { "h": { "instance": 9, "run": 1000000 } }, "global": { "duration": 5 } }'),
      {
        topology: nps4,
        tunables: { cacheNiceTries: { NODE: 3 } },
        onDecision: (row) => tries.add(`${row.sd_level} ${row.sd_cache_nice_tries}`),
      },
    );
    for (const { domains } of r.schedstat.cpus)
      expect(domains.map((d) => d.level)).to.deep.equal(["MC", "NODE", "NUMA"]);
    expect([...tries].sort()).to.deep.equal(["MC 1", "NODE 3", "NUMA 2"]);
  });
});
