import { expect } from "chai";
import fc from "fast-check";
import { chipFromText } from "../../../sim/chip/import/chip-text.ts";
import { cpuListText, parseBitmap, parseCpuList } from "../../../sim/chip/import/cpu-list.ts";
import { type SysfsTree, sysfsChip } from "../../../sim/chip/import/sysfs.ts";
import type { Topology } from "../../../sim/chip/topology.ts";
import { validateTopology } from "../../../sim/chip/topology-json.ts";
import { presetTopology, TOPOLOGY_PRESETS } from "../../../sim/chip/topology-presets.ts";
import { describeDomains } from "../../../sim/domains/describe.ts";
import { InputError } from "../../../traces/input-error.ts";
import { lscpuE, lscpuJsonE, lscpuP, lstopoXml, sysfsFiles } from "./machines.ts";

/** A tree in memory. */
function treeOf(files: ReadonlyMap<string, string>): SysfsTree {
  const full = (path: string) => (path.startsWith("../") ? path.slice(3) : `cpu/${path.replace(/^\.$/, "")}`);
  return {
    name: "copy",
    list(folder) {
      const prefix = `${full(folder)}/`.replace("//", "/");
      const below = [...files.keys()].filter((path) => path.startsWith(prefix));
      return [...new Set(below.map((path) => path.slice(prefix.length).split("/")[0]))];
    },
    read: (path) => files.get(full(path)),
  };
}

const FORMS: Readonly<Record<string, (topology: Topology) => Topology>> = {
  "lscpu -p": (t) => chipFromText(lscpuP(t), "lscpu.txt"),
  "lscpu -e": (t) => chipFromText(lscpuE(t), "lscpu.txt"),
  "lscpu -J -e": (t) => chipFromText(lscpuJsonE(t, false), "lscpu.json"),
  "lscpu -J -e of old versions": (t) => chipFromText(lscpuJsonE(t, true), "lscpu.json"),
  "lstopo's XML of version 2": (t) => chipFromText(lstopoXml(t, 2), "lstopo.xml"),
  "lstopo's XML of version 1": (t) => chipFromText(lstopoXml(t, 1), "lstopo.xml"),
  "a copy of /sys/devices/system": (t) => sysfsChip(treeOf(sysfsFiles(t))),
};

/** Forms that tell distances between nodes. */
const WITH_DISTANCES = (form: string) => !form.startsWith("lscpu");

/** Machines with gaps in their numbers, threads side by side or one half after the other, and nodes within packages. */
const machine = fc
  .record({
    packages: fc.integer({ min: 1, max: 3 }),
    nodes: fc.integer({ min: 1, max: 2 }),
    llcs: fc.integer({ min: 1, max: 2 }),
    cores: fc.integer({ min: 1, max: 3 }),
    threads: fc.integer({ min: 1, max: 2 }),
    halves: fc.boolean(),
    offline: fc.array(fc.nat(71), { maxLength: 6 }),
    far: fc.integer({ min: 11, max: 40 }),
  })
  .map(({ packages, nodes, llcs, cores, threads, halves, offline, far }) => {
    const all = packages * nodes * llcs * cores;
    const cpus = Array.from({ length: all * threads }, (_, id) => {
      const core = halves ? id % all : Math.floor(id / threads);
      const llc = Math.floor(core / cores);
      const node = Math.floor(llc / llcs);
      return { id, core, llc, package: Math.floor(node / nodes), node };
    });
    const online = cpus.filter(({ id }) => id === 0 || !offline.includes(id));
    const there = [...new Set(online.map((c) => c.node))];
    const numaDistance = there.map((a) => there.map((b) => (a === b ? 10 : 11 + ((7 * a + b) % far))));
    return validateTopology(
      { name: "machine", cpus: online, ...(there.length > 1 ? { numaDistance } : {}) },
      "machine.json",
    );
  });

const plain = (topology: Topology) => {
  const { name: _, notes: __, frequency: ___, ...rest } = topology;
  return rest;
};

describe("a chip from the description of a machine", () => {
  for (const [form, read] of Object.entries(FORMS)) {
    it(`is the machine's: ${form}`, () => {
      fc.assert(
        fc.property(machine, (topology) => {
          const found = read(topology);
          const { numaDistance, ...expected } = topology;
          const wanted = WITH_DISTANCES(form) ? topology : expected;
          // Numbers of parts mean nothing: equal domains do.
          expect(describeDomains(found)).to.deep.equal(describeDomains(wanted));
          expect(found.cpus.map((c) => [c.id, c.node])).to.deep.equal(
            topology.cpus.map((c) => [c.id, c.node]),
          );
          if (WITH_DISTANCES(form)) expect(found.numaDistance).to.deep.equal(numaDistance);
          else
            expect((found.notes ?? []).join()).to.match(
              topology.numaDistance ? /how far apart/ : /^(?!.*far apart)/,
            );
        }),
        { numRuns: 60 },
      );
    });
  }

  it("is the preset that was described, in every form", () => {
    for (const name of ["i5-1035g1", "8x1", "16x2", "64x2"])
      for (const [form, read] of Object.entries(FORMS))
        expect(plain(read(presetTopology(name))), `${name}, ${form}`).to.deep.equal(
          plain(presetTopology(name)),
        );
    const { cpus } = presetTopology("128x2");
    expect(chipFromText(lscpuP(presetTopology("128x2")), "x").cpus).to.deep.equal(cpus);
    expect(Object.keys(TOPOLOGY_PRESETS)).to.have.length(8);
  });

  it("knows AMD Zen by vendor and family, and what its nodes make of it", () => {
    const two = validateTopology(
      {
        cores: 4,
        coresPerLlc: 2,
        coresPerNode: 2,
        numaDistance: [
          [10, 32],
          [32, 10],
        ],
      },
      "x",
    );
    const modalias = (ven: string, fam: string) =>
      sysfsChip(
        treeOf(
          new Map([
            ...sysfsFiles(two),
            ["cpu/modalias", `cpu:type:x86,ven${ven}fam${fam}mod0001:feature:,0000`],
          ]),
        ),
      );
    expect(modalias("0002", "0019").nodeReclaimDistance).to.equal(32);
    expect(modalias("0002", "0017").nodeReclaimDistance).to.equal(32);
    expect(modalias("0002", "0015").nodeReclaimDistance).to.equal(undefined);
    expect(modalias("0000", "0006").nodeReclaimDistance).to.equal(undefined);
    const info = (vendor: string, family: number) =>
      lstopoXml(two, 2).replace(
        '<object type="Package"',
        `<info name="CPUVendor" value="${vendor}"/><info name="CPUFamilyNumber" value="${family}"/><info name="CPUModel" value="  Some   CPU "/>\n$&`,
      );
    const zen = chipFromText(info("AuthenticAMD", 25), "x.xml");
    expect([zen.name, zen.nodeReclaimDistance]).to.deep.equal(["Some CPU", 32]);
    expect(chipFromText(info("GenuineIntel", 6), "x.xml").nodeReclaimDistance).to.equal(undefined);
    expect(chipFromText(lstopoXml(two, 2), "x.xml").notes?.join()).to.match(
      /nothing says whether this is an AMD Zen/,
    );
  });

  it("splits a cache that reaches over nodes, as Linux does, and says so", () => {
    const text =
      "# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n0,0,0,0,,0,0,0,0\n1,1,0,0,,1,1,1,0\n2,2,0,1,,2,2,2,0\n3,3,0,1,,3,3,3,0\n";
    const chip = chipFromText(text, "snc.txt");
    expect(chip.cpus.map((c) => [c.llc, c.node, c.package])).to.deep.equal([
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 0],
      [1, 1, 0],
    ]);
    expect(chip.notes?.join()).to.match(/a last-level cache reaches over several nodes/);
    expect(describeDomains(chip)[0].levels.map((l) => l.name)).to.deep.equal(["MC", "NUMA"]);
  });

  it("has clusters where cores share an L2 cache, and none on hybrid chips, as in Linux 6.1", () => {
    const rows = Array.from({ length: 8 }, (_, i) => `${i},${i},0,0,,${i},${i},${i >> 2},0`).join("\n");
    const levels = (chip: Topology) => describeDomains(chip)[0].levels.map((l) => l.name);
    expect(levels(chipFromText(`# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n${rows}\n`, "x"))).to.deep.equal([
      "CLS",
      "MC",
    ]);
    const kind = (mask: string, type: string) =>
      `<cpukind cpuset="${mask}"><info name="CoreType" value="${type}"/></cpukind>`;
    const xml = `<topology version="2.0"><object type="Machine" complete_cpuset="0x0000000f">
      <object type="NUMANode" os_index="0" cpuset="0x0000000f"/><object type="L3Cache">
      <object type="Core"><object type="PU" os_index="0"/><object type="PU" os_index="1"/></object>
      <object type="L2Cache"><object type="Core"><object type="PU" os_index="2"/></object><object type="Core"><object type="PU" os_index="3"/></object></object>
      </object></object>${kind("0x3", "IntelCore")}${kind("0xc", "IntelAtom")}</topology>`;
    const hybrid = chipFromText(xml, "hybrid.xml");
    expect(hybrid.notes?.join()).to.match(/cores of several kinds.*no level CLS/);
    expect(describeDomains(hybrid).map(({ cpus, levels: l }) => [cpus, l.map((x) => x.name)])).to.deep.equal([
      [
        [0, 1],
        ["SMT", "MC"],
      ],
      [[2, 3], ["MC"]],
    ]);
  });

  it("gives CPUs the ordinary memory where there is fast one beside it, and names nodes without CPUs", () => {
    const xml = `<topology version="2.0"><object type="Machine"><object type="Package">
      <object type="NUMANode" os_index="1" subtype="MCDRAM" cpuset="0x3"/><object type="NUMANode" os_index="0" cpuset="0x3"/>
      <object type="Core"><object type="PU" os_index="0"/></object><object type="Core"><object type="PU" os_index="1"/></object>
      </object></object>
      <distances2 type="NUMANode" nbobjs="2" kind="5" indexing="os"><indexes>0 1</indexes><u64values>10 31 31 10</u64values></distances2></topology>`;
    const chip = chipFromText(xml, "knl.xml");
    expect(chip.cpus.map((c) => c.node)).to.deep.equal([0, 0]);
    expect(chip.notes?.join("\n")).to.match(/high-bandwidth memory[\s\S]*nodes without CPUs.*: 1/);
  });

  it("says what the summary of lscpu leaves open, and takes CPUs as Linux mostly numbers them", () => {
    const summary = (more: object) =>
      JSON.stringify({
        lscpu: Object.entries({
          "Architecture:": "x86_64",
          "CPU(s):": "8",
          "On-line CPU(s) list:": "0-7",
          "Vendor ID:": "GenuineIntel",
          "Model name:": "Some Xeon",
          "Thread(s) per core:": "2",
          "Core(s) per socket:": "2",
          "Socket(s):": "2",
          "L3 cache:": "50 MiB (2 instances)",
          "NUMA node(s):": "2",
          "NUMA node0 CPU(s):": "0,1,4,5",
          "NUMA node1 CPU(s):": "2,3,6,7",
          ...more,
        }).map(([field, data]) => ({ field, data })),
      });
    const chip = chipFromText(summary({}), "lscpu.json");
    expect(chip.name).to.equal("Some Xeon");
    expect(chip.cpus.map((c) => [c.core, c.llc, c.package, c.node].join(""))).to.deep.equal([
      "0000",
      "1000",
      "2111",
      "3111",
      "0000",
      "1000",
      "2111",
      "3111",
    ]);
    expect(chip.notes?.join("\n")).to.match(
      /which CPUs share a core: 0\+4, 1\+5, \.\.\. taken to[\s\S]*how far apart/,
    );
    const old = chipFromText(summary({ "L3 cache:": "25600K" }), "lscpu.json");
    expect(old.cpus.map((c) => c.llc)).to.deep.equal(chip.cpus.map((c) => c.llc));
    expect(old.notes?.join()).to.match(/share a last-level cache: those of a package taken to/);
    const text =
      "Architecture:        x86_64\nCPU(s):              2\nOn-line CPU(s) list: 0,3\nThread(s) per core:  1\nCaches (sum of all):\n  L3:                  8 MiB (1 instance)\nNUMA node0 CPU(s):   0,3\n";
    expect(chipFromText(text, "x.txt").cpus.map((c) => [c.id, c.llc])).to.deep.equal([
      [0, 0],
      [3, 0],
    ]);
    expect(() =>
      chipFromText(JSON.stringify({ lscpu: [{ field: "Prozessoren:", data: "8" }] }), "de.json"),
    ).to.throw(InputError, /de\.json: lscpu without a number of CPUs .*LC_ALL=C lscpu -J/);
  });

  const refusals: [string, string, RegExp][] = [
    ["an empty file", "", /nothing that describes a chip/],
    [
      "a text of something else",
      "hello\nworld\n",
      /x: nothing that describes a chip; found "hello"; expected a chip file/,
    ],
    [
      "lscpu of no CPU",
      JSON.stringify({ cpus: [{ cpu: 0, online: false }] }),
      /wrong number of online CPUs; found 0/,
    ],
    [
      "one CPU twice",
      "# CPU,Core,Socket,Node\n0,0,0,0\n0,1,0,0\n",
      /x:3: a CPU that was there before; found 0/,
    ],
    [
      "a CPU without a number",
      "# CPU,Core,Socket,Node\n0,0,0,0\nx,1,0,0\n",
      /x:3: not a number \(field cpu\); found "x"/,
    ],
    [
      "a node that is no number",
      '{"cpus": [{"cpu": 0, "core": 0, "node": -1}]}',
      /cpus\[0\]|field node\); found "-1"/,
    ],
    [
      "a CPU in two nodes",
      JSON.stringify({
        lscpu: [
          { field: "CPU(s):", data: "2" },
          { field: "NUMA node0 CPU(s):", data: "0,1" },
          { field: "NUMA node1 CPU(s):", data: "1" },
        ],
      }),
      /NUMA node1 CPU\(s\)\); found 1; expected each CPU in one node/,
    ],
    [
      "a list of CPUs without end",
      JSON.stringify({ lscpu: [{ field: "On-line CPU(s) list:", data: "0-99999999" }] }),
      /not a list of CPUs/,
    ],
    ["fields within fields within fields", JSON.stringify({ lscpu: [nested(20)] }), /more than 8 levels/],
    [
      "XML of something else",
      "<html><body/></html>",
      /x:1: not the XML of hwloc; found "<html>"; expected <topology>/,
    ],
    [
      "XML that ends too early",
      '<topology version="2.0">\n<object type="Machine">',
      /x:2: not XML; found "unclosed tag: object/,
    ],
    ["XML without CPUs", "<topology/>", /no CPUs in this topology/],
    [
      "a CPU of hwloc without a number",
      '<topology>\n<object type="PU"/></topology>',
      /x:2: PU without a number \(field os_index\); found "nothing"/,
    ],
    [
      "a set of CPUs that is none",
      '<topology><object type="NUMANode" os_index="0" cpuset="0xzz"/></topology>',
      /not a set of CPUs or nodes \(field cpuset\); found "0xzz"/,
    ],
    [
      "XML that multiplies its entities",
      '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><topology><object type="PU" os_index="&b;"/></topology>',
      /not XML; found "undefined entity/,
    ],
    ["deep XML", `<topology>${"<object>".repeat(100_000)}`, /at most 64 levels/],
    [
      "more CPUs than may be",
      `# CPU,Core,Socket,Node\n${Array.from({ length: 5000 }, (_, i) => `${i},${i},0,0`).join("\n")}`,
      /found 5000; expected 1 to 4096/,
    ],
  ];
  for (const [what, text, message] of refusals)
    it(`refuses ${what}`, () => {
      expect(() => chipFromText(text, "x")).to.throw(InputError, message);
    });

  it("throws an InputError, and nothing else, however a description is damaged", () => {
    const whole = Object.values({
      a: lscpuP,
      b: lscpuE,
      c: (t: Topology) => lscpuJsonE(t, false),
      d: (t: Topology) => lstopoXml(t, 2),
      e: (t: Topology) => lstopoXml(t, 1),
    }).map((write) => write(presetTopology("8x1")));
    const damage = fc.record({
      text: fc.constantFrom(...whole),
      at: fc.nat(4000),
      cut: fc.nat(40),
      insert: fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
    });
    fc.assert(
      fc.property(damage, ({ text, at, cut, insert }) => {
        const place = at % text.length;
        try {
          chipFromText(text.slice(0, place) + insert + text.slice(place + cut), "x");
        } catch (error) {
          expect(error).to.be.instanceOf(InputError);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("reads ten thousand CPUs no further than it must, and four thousand in bounded time", () => {
    const started = process.cpuUsage().user;
    const rows = Array.from(
      { length: 4096 },
      (_, i) => `${i},${i >> 1},${i >> 9},${i >> 8},,0,0,${i >> 1},${i >> 4}`,
    ).join("\n");
    const chip = chipFromText(`# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n${rows}\n`, "x");
    expect(chip.cpus).to.have.length(4096);
    const many = lscpuP(validateTopology({ cores: 4096 }, "x")).replace(/^(\d+)/gm, (n) =>
      String(Number(n) + 5000),
    );
    expect(() => chipFromText(many, "x")).to.throw(InputError, /field cpus\[\d+\]\.id|8191/);
    expect((process.cpuUsage().user - started) / 1e6, "seconds").to.be.below(10);
  });
});

/** A field with children with children. */
function nested(depth: number): object {
  return depth === 0 ? { field: "CPU(s):", data: "1" } : { field: "x", children: [nested(depth - 1)] };
}

describe("lists and sets of CPUs", () => {
  const sets = fc.uniqueArray(fc.nat(8191), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));
  it("are read back as they are written", () => {
    fc.assert(
      fc.property(sets, (cpus) => {
        expect(parseCpuList(cpuListText(cpus), { file: "x", field: "y" })).to.deep.equal(cpus);
      }),
    );
    expect(parseBitmap("0x00000001,,0x80000000", { file: "x", field: "y" })).to.deep.equal([31, 64]);
    expect(parseBitmap("0xff", { file: "x", field: "y" })).to.have.length(8);
  });
});
