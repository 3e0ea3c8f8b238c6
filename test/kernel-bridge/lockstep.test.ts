import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { addedFiles, fragments, patches } from "../../kernel-bridge/build/variants.ts";
import { qemuArguments } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { verdict } from "../../kernel-bridge/lockstep/harness.ts";

const SOURCE = new URL("../../kernel-bridge/lockstep/linux/kernel/sched/lockstep/", import.meta.url).pathname;

describe("the lockstep kernel", () => {
  it("adds four lines to Debian's scheduler and takes none away", () => {
    const lines = patches("lockstep").flatMap((path) => readFileSync(path, "utf8").split("\n"));
    const changed = lines.filter((line) => /^[+-](?![+-])/.test(line));
    const timers = "-include $(srctree)/kernel/sched/lockstep/timers.h";
    expect(changed).to.deep.equal([
      "+obj-y += lockstep/",
      `+CFLAGS_fair.o += ${timers}`,
      `+CFLAGS_build_policy.o += ${timers}`,
      '+#include "lockstep/observe.h"',
      "+",
    ]);
  });

  it("has its new files, each of them built or included", () => {
    const added = addedFiles("lockstep");
    const names = readdirSync(SOURCE);
    expect([...added.keys()].sort()).to.deep.equal(
      names.map((name) => `kernel/sched/lockstep/${name}`).sort(),
    );
    const makefile = readFileSync(join(SOURCE, "Makefile"), "utf8");
    for (const name of names.filter((name) => name.endsWith(".c")))
      expect(makefile).to.contain(` ${name.replace(".c", ".o")}`);
  });

  it("has the options that docs/lockstep.md names", () => {
    const text = fragments("lockstep")
      .map((path) => readFileSync(path, "utf8"))
      .join("\n");
    for (const option of [
      "HZ_250",
      "PREEMPT_VOLUNTARY",
      "SCHED_SMT",
      "SCHED_MC",
      "SCHED_CLUSTER",
      "FAIR_GROUP_SCHED",
      "CFS_BANDWIDTH",
    ])
      expect(text).to.contain(`CONFIG_${option}=y`);
    for (const option of [
      "RT_GROUP_SCHED",
      "SCHED_AUTOGROUP",
      "SCHED_CORE",
      "UCLAMP_TASK",
      "PSI",
      "NUMA_BALANCING",
    ])
      expect(text).to.contain(`CONFIG_${option}=n`);
  });

  it("passes the kernel's checkpatch where a kernel source is at hand", function () {
    const script = join(process.env.NICETRIES_LINUX ?? "/usr/src/linux-source-6.1", "scripts/checkpatch.pl");
    if (!existsSync(script)) {
      console.log(`      skipped: ${script} is missing; unpack linux-source-6.1 or set NICETRIES_LINUX`);
      this.skip();
    }
    for (const name of readdirSync(SOURCE).filter((name) => /\.[ch]$/.test(name))) {
      // yield() is what tasks.c is there for
      const run = spawnSync(script, ["--no-tree", "--ignore", "YIELD", "-f", join(SOURCE, name)], {
        encoding: "utf8",
      });
      expect(run.stdout, name).to.match(/total: 0 errors, 0 warnings/);
    }
  });
});

describe("the guest of the lockstep kernel", () => {
  const machine = { accelerator: "tcg", bzImage: "b", initramfs: "i", exchange: "/x", append: "" } as const;
  const files = { serialLog: "s", terminal: "t", memoryMiB: 1000 };
  const valuesOf = (args: string[], name: string) => args.filter((_, i) => args[i - 1] === name);

  it("has sockets with a cache each, and nodes that share CPUs and memory out", () => {
    const topology = { sockets: 3, cores: 2, threads: 2, nodes: [4, 4, 4] };
    const args = qemuArguments({ ...machine, ...files, topology });
    expect(valuesOf(args, "-smp")).to.deep.equal(["12,sockets=3,cores=2,threads=2"]);
    expect(valuesOf(args, "-numa")).to.deep.equal([
      "node,nodeid=0,cpus=0-3,memdev=node0",
      "node,nodeid=1,cpus=4-7,memdev=node1",
      "node,nodeid=2,cpus=8-11,memdev=node2",
    ]);
    const sizes = valuesOf(args, "-object").map((text) => Number(/size=(\d+)M/.exec(text)![1]));
    expect(sizes.reduce((a, b) => a + b)).to.equal(1000);
  });

  it("is otherwise one socket without nodes, as for every other command", () => {
    const args = qemuArguments({ ...machine, ...files, topology: "4x2" });
    expect(valuesOf(args, "-smp")).to.deep.equal(["8,sockets=1,cores=4,threads=2"]);
    expect(args).not.to.include("-numa");
  });
});

describe("a dump of the lockstep kernel", () => {
  const dump = "step -1 now=0 jiffies=0 init\n cpu 0 curr=-1\nstep 0 now=5 jiffies=1 tick 0 0\n";

  it("is kept when two boots print the same", () => {
    expect(verdict(dump, dump)).to.deep.equal({ dump, problem: null });
  });

  it("is dropped, naming the line, when they do not", () => {
    expect(verdict(dump, dump.replace("tick", "tock"))).to.deep.equal({
      dump: null,
      problem: "two boots differ, first in line 3",
    });
    expect(verdict(dump, `${dump} cpu 1\n`).problem).to.match(/line 4/);
  });

  it("is dropped, with the kernel's reason, when a run was spoiled", () => {
    expect(verdict(dump, "failed: kworker/3:1 ran on a tested CPU\n")).to.deep.equal({
      dump: null,
      problem: "failed: kworker/3:1 ran on a tested CPU",
    });
    expect(verdict("", dump).problem).to.equal("the kernel printed nothing");
  });
});
