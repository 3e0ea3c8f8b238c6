import { expect } from "chai";
import { cpuNumbers } from "../../../sim/chip/topology.ts";
import { CHIP_KEYS, parseTopology, validateTopology } from "../../../sim/chip/topology-json.ts";
import { presetTopology, TOPOLOGY_PRESETS } from "../../../sim/chip/topology-presets.ts";
import { SchedulerCore } from "../../../sim/core.ts";
import { LEVEL_NAMES } from "../../../sim/state/domain.ts";
import { InputError } from "../../../traces/input-error.ts";

const cpu = (core: number, llc = 0, node = 0) => ({ core, llc, node });
const refused = (value: unknown, message: RegExp) =>
  expect(() => validateTopology(value, "chip.json")).to.throw(InputError, message);

describe("a chip from a JSON file", () => {
  it("is read back as any preset was written", () => {
    for (const name of Object.keys(TOPOLOGY_PRESETS)) {
      const preset = presetTopology(name);
      expect(parseTopology(JSON.stringify(preset), "x.json")).to.deep.equal(preset);
    }
  });

  it("is refused, saying where and why, if it has no CPU or a thousand million", () => {
    refused(
      { name: "none", cpus: [] },
      /chip\.json: wrong number of CPUs \(field cpus\); found 0; expected 1 to 4096/,
    );
    refused({ cpus: 1e9 }, /no list of CPUs .*found 1000000000; expected an array/);
    refused({ cpus: new Array(5000).fill(cpu(0)) }, /found 5000/);
    expect(() => new SchedulerCore({ topology: { name: "none", cpus: [] } })).to.throw(
      InputError,
      /wrong number/,
    );
  });

  it("is refused if a part lies in two others", () => {
    refused(
      { cpus: [cpu(0, 0), cpu(0, 1)] },
      /core 0 lies in more than one llc \(field cpus\[1\]\.llc\); found 1; expected 0/,
    );
    refused({ cpus: [cpu(0, 0, 0), cpu(1, 0, 1)] }, /llc 0 lies in more than one node/);
    refused({ cpus: [{ ...cpu(0), cluster: 0 }, cpu(1)] }, /some CPUs have a cluster, some have none/);
  });

  it("is refused if a number is none or out of range", () => {
    refused({ cpus: [{ core: -1, llc: 0 }] }, /cpus\[0\]\.core.*found -1/);
    refused({ cpus: [{ core: "0", llc: 0 }] }, /cpus\[0\]\.core.*found "0"/);
    refused({ cpus: [{ core: 0 }] }, /cpus\[0\]\.llc/);
    refused({ cpus: [1] }, /not an object \(field cpus\[0\]\)/);
    refused([], /not an object; found "an array"/);
    refused({ name: 7, cpus: [cpu(0)] }, /the chip's name is no text/);
    refused({ cpus: [cpu(0)], hardware: { cpus: 0 } }, /hardware\.cpus/);
    expect(() => parseTopology("{", "broken.json")).to.throw(InputError, /broken\.json(:1)?: not JSON/);
  });

  it("is refused if a key means nothing, naming it and those that do", () => {
    refused(
      { cpus: [{ core: 0, llc: 0, Node: 1 }] },
      /unknown key \(field cpus\[0\]\.Node\); expected one of id, core/,
    );
    refused({ cpus: [cpu(0)], cores: 4 }, /field cores\); expected one of name, cpus/);
    refused({ cores: 4, thread: 2 }, /field thread\).*threads/);
    refused({ cpus: [cpu(0)], numaDistances: [[10]] }, /field numaDistances/);
    refused(
      { cpus: [cpu(0)], hardware: { cpu: 1 } },
      /field hardware\.cpu\); expected one of cpus, levelWeight/,
    );
    refused(
      { cpus: [cpu(0)], hardware: { levelWeight: { FOO: 3 } } },
      /levelWeight\.FOO\); expected one of SMT/,
    );
    expect(CHIP_KEYS.levelWeight).to.deep.equal([...LEVEL_NAMES, "NUMA"]);
  });

  it("keeps the kernel's CPU numbers: gaps where CPUs are offline, any order in the file", () => {
    const withIds = (...ids: (number | undefined)[]) => ({
      cpus: ids.map((id, core) => ({ ...cpu(core), ...(id === undefined ? {} : { id }) })),
    });
    expect(validateTopology(withIds(0, 1, 2), "x").cpus).to.deep.equal([cpu(0), cpu(1), cpu(2)]);
    const gaps = validateTopology(withIds(0, 2, 4), "x");
    expect(cpuNumbers(gaps)).to.deep.equal([0, 2, 4]);
    expect(parseTopology(JSON.stringify(gaps), "x").cpus).to.deep.equal(gaps.cpus);
    expect(cpuNumbers(validateTopology(withIds(1), "x"))).to.deep.equal([1]);
    const sorted = validateTopology(withIds(4, 0, 2), "x");
    expect(sorted.cpus.map((c) => [c.id, c.core])).to.deep.equal([
      [0, 1],
      [2, 2],
      [4, 0],
    ]);
    expect(cpuNumbers(validateTopology(withIds(0, 8, undefined, undefined), "x"))).to.deep.equal([
      0, 8, 9, 10,
    ]);
    refused(
      withIds(0, 5, 5),
      /one number for two CPUs \(field cpus\[2\]\.id\); found 5; expected another than that of cpus\[1\]/,
    );
    refused(withIds(8192), /cpus\[0\]\.id\); found 8192; expected 0 to 8191/);
    refused(withIds(8191, undefined), /a CPU number too large \(field cpus\[1\]\.id\); found 8192/);
  });

  it("is refused if the machine around it is smaller than it", () => {
    const two = [cpu(0), cpu(1)];
    refused({ cpus: two, hardware: { cpus: 1 } }, /hardware\.cpus\); found 1; expected 2 to/);
    refused(
      { cpus: two, hardware: { levelWeight: { MC: 3 } } },
      /levelWeight\.MC\); found 3; expected 1 to 2/,
    );
    expect(
      validateTopology({ cpus: two, hardware: { cpus: 4, levelWeight: { MC: 3 } } }, "x").hardware,
    ).to.deep.equal({
      cpus: 4,
      levelWeight: { MC: 3 },
    });
  });

  it("may be regular: the same as the list of its CPUs", () => {
    for (const [preset, form] of [
      ["8x1", { cores: 8 }],
      ["i5-1035g1", { cores: 4, threads: 2 }],
      ["128x2", { cores: 128, threads: 2, coresPerLlc: 8, coresPerNode: 64 }],
    ] as const)
      expect(validateTopology({ name: preset, ...form }, "x")).to.deep.equal(presetTopology(preset));
    const distant = {
      cores: 2,
      coresPerLlc: 1,
      coresPerNode: 1,
      numaDistance: [
        [10, 31],
        [31, 10],
      ],
    };
    expect(validateTopology(distant, "x").numaDistance).to.deep.equal(distant.numaDistance);
    refused({ cores: 0 }, /field cores\); found 0; expected 1 to 4096/);
    refused({ cores: 4096, threads: 2 }, /field threads\); found 2; expected 1 to 1/);
    refused({ cores: 8, coresPerLlc: 9 }, /coresPerLlc\); found 9; expected 1 to 8/);
    refused(
      { cores: 8, coresPerLlc: 3, coresPerNode: 4 },
      /two nodes.*found 3; expected a divisor of coresPerNode, 4/,
    );
  });

  it("is refused if its nodes would take all memory", () => {
    refused({ cores: 4096, coresPerLlc: 1, coresPerNode: 1 }, /4096 CPUs, 4096 nodes, 1 distances.*4194304/);
  });

  it("is refused if its node distances are not such", () => {
    const two = [cpu(0, 0, 0), cpu(1, 1, 1)];
    const table = (...numaDistance: unknown[]) => ({ cpus: two, numaDistance });
    expect(validateTopology(table([10, 32], [32, 10]), "x").numaDistance).to.deep.equal([
      [10, 32],
      [32, 10],
    ]);
    refused(table([10, 20]), /found "1 rows"; expected 2 rows, one per node with CPUs, or 2 and more/);
    refused(table([10, 20], [20]), /numaDistance\[1\].*found "1 entries"/);
    refused(table([11, 20], [20, 10]), /expected 10, a node to itself/);
    refused(table([10, 9], [9, 10]), /expected 11 to 255.*Linux takes no table with such an entry/s);
    refused({ cpus: two, numaDistance: 3 }, /wrong table/);
  });

  it("takes distances that differ by direction, as Linux does", () => {
    const numaDistance = [
      [10, 20],
      [21, 10],
    ];
    const topology = validateTopology({ cpus: [cpu(0, 0, 0), cpu(1, 1, 1)], numaDistance }, "x");
    expect(topology.numaDistance).to.deep.equal(numaDistance);
  });

  it("may have nodes without CPUs in its table: they have no part in scheduling", () => {
    const nodes = (...list: number[]) => list.map((node, i) => cpu(i, i, node));
    const all = Array.from({ length: 4 }, (_, a) =>
      Array.from({ length: 4 }, (_, b) => (a === b ? 10 : 20 + a + b)),
    );
    expect(validateTopology({ cpus: nodes(0, 2), numaDistance: all }, "x").numaDistance).to.deep.equal([
      [10, 22],
      [22, 10],
    ]);
    expect(validateTopology({ cpus: nodes(0, 1), numaDistance: all }, "x").numaDistance).to.deep.equal([
      [10, 21],
      [21, 10],
    ]);
    // As many rows as nodes with CPUs: in ascending order of their numbers.
    const two = [
      [10, 33],
      [33, 10],
    ];
    expect(validateTopology({ cpus: nodes(1, 7), numaDistance: two }, "x").numaDistance).to.deep.equal(two);
    refused(
      { cpus: nodes(0, 7), numaDistance: all },
      /found "4 rows"; expected 2 rows, .* or 8 and more, row i for node i/,
    );
  });

  it("may say how far apart nodes share new tasks, within the distances that exist", () => {
    const two = [cpu(0, 0, 0), cpu(1, 1, 1)];
    expect(validateTopology({ cpus: two, nodeReclaimDistance: 32 }, "x").nodeReclaimDistance).to.equal(32);
    expect(validateTopology({ cores: 2, nodeReclaimDistance: 32 }, "x").nodeReclaimDistance).to.equal(32);
    refused({ cpus: two, nodeReclaimDistance: 9 }, /nodeReclaimDistance\); found 9; expected 10 to 255/);
  });

  it("may say how fast its cores are clocked: in order, and by the bus clock", () => {
    const frequency = { minMhz: 800, baseMhz: 1200, turboMhz: [3600, 3600, 3000] };
    const { frequency: read } = parseTopology(JSON.stringify({ cores: 4, frequency }), "x.json");
    expect(read).to.deep.equal(frequency);
    const wrong = (more: object) => ({ cores: 4, frequency: { ...frequency, ...more } });
    refused(wrong({ turboMhz: [] }), /frequency\.turboMhz.*none above the one before/);
    refused(wrong({ turboMhz: [3000, 3100] }), /frequency\.turboMhz.*none above the one before/);
    refused(wrong({ minMhz: 850 }), /frequency\.minMhz.*found 850.*a multiple of 100/);
    refused(wrong({ baseMhz: 3100 }), /frequencies out of order.*found "?800, 3100, 3000/);
    refused(wrong({ turbo: 1 }), /turbo/);
    refused({ cores: 4, frequency: 1 }, /frequency/);
  });

  it("is unknown by another name", () => {
    expect(() => presetTopology("toString")).to.throw(
      InputError,
      /found "toString"; expected one of i5-1035g1/,
    );
  });
});
