import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { openChipFile } from "../../lab/chip/open-chip.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import { parseTopology, validateTopology } from "../../sim/chip/topology-json.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { describeDomains } from "../../sim/domains/describe.ts";
import { InputError } from "../../traces/input-error.ts";
import { lscpuJsonE, lstopoXml, sysfsFiles } from "../sim/chip/machines.ts";
import { scratchFolder } from "../traces/support.ts";
import { nicetries } from "./run-process.ts";

const domains = (topology: Topology) => JSON.stringify(describeDomains(topology));

describe("nicetries chip", () => {
  const scratch = scratchFolder();
  const server = presetTopology("16x2");

  /** A copy of /sys/devices/system in a folder. */
  function copyOf(topology: Topology, name: string): string {
    for (const [path, text] of sysfsFiles(topology)) {
      const file = scratch(`${name}/${path}`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return scratch(name);
  }

  it("prints spans, groups, flags and values, level by level", async () => {
    const { code, stdout, stderr } = await nicetries("chip", "128x2");
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^128x2: 256 CPUs, 128 cores, 16 last-level caches, 2 nodes, 2 packages\n/);
    expect(stdout).to.match(/^SMT +128 +2 +2 +0x997 +0 +110 +2\.\.4 +2048$/m);
    expect(stdout).to.match(/^MC +16 +16 +8 +0x917 +1 +117 +16\.\.32 +16384$/m);
    expect(stdout).to.match(/^NUMA +1 +256 +2 +0x3217 +2 +117 +256\.\.512 +262144$/m);
    expect(stdout).to.match(/^ {2}NUMA {2}0-255: 0-127 \| 128-255$/m);
    expect(stdout).to.match(
      /^ {2}0x3217 {2}BALANCE_NEWIDLE BALANCE_EXEC BALANCE_FORK WAKE_AFFINE SERIALIZE OVERLAP NUMA$/m,
    );
  });

  it("has all of it as JSON, the kernel's CPU numbers included", async () => {
    const cpus = [0, 2, 4, 6].map((id, i) => ({ id, core: i, llc: i >> 1, node: 0 }));
    writeFileSync(scratch("gaps.json"), JSON.stringify({ name: "gaps", cpus }));
    const { stdout } = await nicetries("chip", scratch("gaps.json"), "--json");
    const json = JSON.parse(stdout);
    expect(json).to.include({ name: "gaps" });
    expect(json.cpus).to.deep.equal([0, 2, 4, 6]);
    expect(json.classes).to.have.length(1);
    const [mc, die] = json.classes[0].levels;
    expect(mc).to.deep.include({
      name: "MC",
      flags: 0x917,
      flagsHex: "0x917",
      cacheNiceTries: 1,
      imbalancePct: 117,
    });
    expect(mc).to.deep.include({ minIntervalMs: 2, maxIntervalMs: 4, capacity: 2048 });
    expect(mc.domains).to.deep.equal([
      { cpus: [0, 2], span: [0, 2], groups: [[0], [2]] },
      { cpus: [4, 6], span: [4, 6], groups: [[4], [6]] },
    ]);
    expect(die.domains[0].groups).to.deep.equal([
      [0, 2],
      [4, 6],
    ]);
  });

  it("makes a chip file of a description, which gives the same domains", async () => {
    writeFileSync(scratch("server.xml"), lstopoXml(server, 2));
    const out = scratch("server.json");
    const { code, stdout, stderr } = await nicetries("chip", scratch("server.xml"), "--out", out);
    expect([code, stdout]).to.deep.equal([0, ""]);
    expect(stderr).to.equal("");
    const text = readFileSync(out, "utf8");
    expect(domains(parseTopology(text, out))).to.equal(domains(server));
    expect(text.split("\n").filter((line) => line.includes('"core"'))).to.have.length(32);
    const again = await nicetries("chip", out, "--out", out);
    expect(again.code).to.equal(2);
    expect(again.stderr).to.match(/--out would replace/);
  });

  it("is what simulate takes as a chip, notes included", async () => {
    const two = validateTopology({ cores: 4, coresPerLlc: 2, coresPerNode: 2 }, "x");
    writeFileSync(scratch("two.json"), lscpuJsonE(two, false));
    const { code, stderr } = await nicetries(
      "simulate",
      "numeric",
      "--chip",
      scratch("two.json"),
      "--duration",
      "20ms",
    );
    expect(code).to.equal(0);
    expect(stderr).to.match(/nothing says how far apart the nodes are: 20 between any two/);
  });

  it("says what it takes where a name is none, with exit code 2, and 1 for a file that is none", async () => {
    const wrong = await nicetries("chip", "16x3");
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.match(
      /<chip> needs one of .*or a file that describes one, found "16x3"\. Did you mean 16x2\?/,
    );
    const missing = await nicetries("chip", scratch("nowhere.xml"));
    expect(missing.code).to.equal(1);
    expect(missing.stderr).to.match(/nowhere\.xml/);
    expect(missing.stderr).to.not.match(/at .*\.ts:/);
  });

  it("reads copies of /sys/devices/system, of its cpu folder alone, and tar files of both", () => {
    const folder = copyOf(server, "sys");
    const link = (path: string) => openChipFile(path);
    expect(domains(link(folder))).to.equal(domains(server));
    expect(domains(link(`${folder}/cpu`))).to.equal(domains(server));
    const tar = (name: string, ...words: string[]) => {
      execFileSync("tar", ["-C", folder, "-cf", scratch(name), ...words]);
      return scratch(name);
    };
    expect(domains(link(tar("both.tar", "cpu", "node")))).to.equal(domains(server));
    expect(
      domains(
        link(
          tar(
            "long.tar",
            "--format=posix",
            "--transform=s,^,sys/devices/system/a-folder-with-a-name-of-more-than-a-hundred-characters-so-that-tar-needs-another-way-to-write-it/,",
            "cpu",
            "node",
          ),
        ),
      ),
    ).to.equal(domains(server));
    writeFileSync(scratch("both.tgz"), gzipSync(readFileSync(scratch("both.tar"))));
    expect(domains(link(scratch("both.tgz")))).to.equal(domains(server));
    expect(openChipFile(tar("cpu.tar", "cpu")).notes?.join()).to.match(
      /nothing says which node the CPUs are in/,
    );
  });

  it("refuses folders and tar files that are none, and damaged ones, by an InputError", () => {
    mkdirSync(scratch("empty"));
    expect(() => openChipFile(scratch("empty"))).to.throw(
      InputError,
      /no copy of \/sys\/devices\/system\/cpu in this folder/,
    );
    mkdirSync(scratch("blind/cpu0"), { recursive: true });
    expect(() => openChipFile(scratch("blind"))).to.throw(
      InputError,
      /no CPU of this copy says what it is made of/,
    );
    const whole = readFileSync(scratch("both.tar"));
    writeFileSync(scratch("cut.tar"), whole.subarray(0, 512 * 3 - 7));
    expect(() => openChipFile(scratch("cut.tar"))).to.throw(InputError);
    writeFileSync(scratch("zip.gz"), Buffer.concat([gzipSync("x").subarray(0, 12)]));
    expect(() => openChipFile(scratch("zip.gz"))).to.throw(InputError, /cannot be unpacked/);
    writeFileSync(scratch("bomb.gz"), gzipSync(Buffer.alloc(300 * 1024 * 1024)));
    expect(() => openChipFile(scratch("bomb.gz"))).to.throw(InputError, /cannot be unpacked/);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        writeFileSync(scratch("damaged.tar"), bytes);
        try {
          openChipFile(scratch("damaged.tar"));
        } catch (error) {
          expect(error).to.be.instanceOf(InputError);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("finds this machine to be the same in every form that its tools write", function () {
    if (!existsSync("/sys/devices/system/cpu/online")) this.skip();
    const here = openChipFile("/sys/devices/system/cpu");
    const written = (name: string, command: string, ...words: string[]) => {
      const { status, stdout } = spawnSync(command, words, {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C" },
      });
      if (status !== 0 || stdout === "") return;
      writeFileSync(scratch(name), stdout);
      expect(domains(openChipFile(scratch(name))), name).to.equal(domains(here));
    };
    written("here.txt", "lscpu", "-p");
    written("here-e.txt", "lscpu", "-e");
    written("here-e.json", "lscpu", "-J", "-e");
    written("here.xml", "lstopo", "--of", "xml", "-");
  });
});
