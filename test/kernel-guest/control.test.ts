import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { CONTROL, controlProgram, parseCounters } from "../../kernel-bridge/deploy/control.ts";
import { bootGuest } from "../../kernel-bridge/guest/boot.ts";
import { always, image, modelFile, needGuest, treeFile } from "./support.ts";

/** All in one boot; each step prints its name and then what it found. */
const SCRIPT = `
D=${CONTROL}; nt=/nicetries/control; cd /nicetries
step() { echo "== $1"; }
step initial; cat $D/mode; cat $D/models | wc -l
step refused; $nt install 0 broken.nt 2>&1; echo "exit $?"; cat $D/models | wc -l
step too-long; $nt install 0 long.nt 2>&1; echo "exit $?"
step unprivileged; setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin $nt install 0 good.nt 2>&1; echo "exit $?"
step installed; $nt install 0 good.nt; $nt install 0 never.nt; cat $D/models
step rolled-back; $nt rollback 0; cat $D/models
step removed; $nt remove 0; cat $D/models | wc -l; $nt rollback 0 2>&1
step rules; mkdir -p /sys/fs/cgroup/batch
$nt rule-add 1 comm 'hack*'; $nt rule-add 2 cgroup /sys/fs/cgroup/batch; $nt rule-add 3 comm 'hack*'
cat $D/rules; $nt rule-delete comm 'hack*'; cat $D/rules; $nt rule-delete comm nobody 2>&1
$nt rule-delete cgroup /sys/fs/cgroup/batch
step matched; $nt install 0 never.nt; $nt install 1 always.nt; $nt rule-add 1 comm 'hackbench'
echo off > $D/watchdog; echo shadow > $D/mode; echo > $D/reset
hackbench -g 2 -l 20 > /dev/null; cat $D/counters
step unmatched; $nt rule-delete comm hackbench; echo > $D/reset
hackbench -g 2 -l 20 > /dev/null; cat $D/counters
step float; $nt install 0 good.nt; echo decide > $D/mode; echo float > $D/arithmetic; echo > $D/reset
hackbench -g 2 -l 20 > /dev/null; cat $D/counters
step tree; echo fixed > $D/arithmetic; $nt install 0 tree.nt; echo shadow > $D/mode; echo > $D/reset; cat $D/models
hackbench -g 2 -l 20 > /dev/null; cat $D/counters
step short; echo decide > $D/mode; echo > $D/reset
hackbench -g 2 -l 20 > /dev/null; cat $D/mode $D/counters
step watchdog; $nt install 0 never.nt; echo fixed > $D/arithmetic; echo on > $D/watchdog; echo decide > $D/mode
# Twelve busy tasks on one CPU, then set free: seven idle CPUs ask for them, and the model refuses them all.
pids=""; for j in 1 2 3 4 5 6 7 8 9 10 11 12; do taskset -c 0 sh -c 'while :; do :; done' & pids="$pids $!"; done
sleep 1; for p in $pids; do taskset -pc 0-7 $p > /dev/null; done
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; grep -q '\\[off\\]' $D/mode && break; done
kill $pids
cat $D/mode $D/refusal
step switched-off; echo decide > $D/mode; echo off > $D/mode; cat $D/mode; echo > $D/reset
hackbench -g 1 -l 10 > /dev/null; cat $D/counters
step memory; cat $D/memory
`;

describe("the control of a patched kernel", () => {
  let folder: string;
  let found: Map<string, string>;
  const step = (name: string) => found.get(name) ?? "";

  before(async function () {
    needGuest(this);
    folder = mkdtempSync(join(tmpdir(), "nicetries-guest-test-"));
    copyFileSync(await controlProgram(), join(folder, "control"));
    modelFile(folder, "good");
    modelFile(folder, "always", always(true));
    modelFile(folder, "never", always(false));
    treeFile(folder, "tree");
    writeFileSync(join(folder, "broken.nt"), "not a model");
    writeFileSync(join(folder, "long.nt"), Buffer.alloc(4097));
    const result = await bootGuest({
      bzImage: (await image("patched")).bzImage,
      script: SCRIPT,
      exchange: folder,
      timeLimit: 1200,
    });
    expect(result.outcome).to.equal("finished");
    found = new Map(
      result.output
        .split("== ")
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
    );
  });
  after(() => rmSync(folder ?? "", { recursive: true, force: true }));

  it("begins switched off, without a model", () => {
    expect(step("initial").split("\n").slice(0, 2)).to.deep.equal(["[off] shadow decide premigrate", "0"]);
  });

  it("refuses a file that is no model, and says why", () => {
    expect(step("refused")).to.match(/Invalid argument[\s\S]*(magic|length)[\s\S]*exit 1\n0/);
    expect(step("too-long")).to.match(/Argument list too long[\s\S]*exit 1/);
  });

  it("listens to nobody without CAP_SYS_ADMIN", () => {
    expect(step("unprivileged")).to.match(/Operation not permitted[\s\S]*exit 1/);
  });

  it("keeps the former model for rollback", () => {
    expect(step("installed")).to.match(/active serial 2 .*name never\nslot 0 standby serial 1 .*name good/);
    expect(step("rolled-back")).to.match(/active serial 1 .*name good\nslot 0 standby serial 2 .*name never/);
    expect(step("removed")).to.match(/^0\n.*No such file or directory/);
  });

  it("adds, changes, lists and deletes rules", () => {
    expect(step("rules")).to.match(
      /^cgroup \d+ slot 2\ncomm hack\* slot 3\ncgroup \d+ slot 2\n.*No such file or directory/,
    );
  });

  it("gives tasks the model of their rule, others that of slot 0", () => {
    const matched = parseCounters(step("matched"));
    const positive = (c: Record<string, number>) => c.cfs_0_positive + c.cfs_1_positive + c.cfs_2_positive;
    expect(matched.predicted).to.be.greaterThan(50);
    expect(positive(matched)).to.be.greaterThan(0.9 * matched.predicted);
    const unmatched = parseCounters(step("unmatched"));
    expect(unmatched.predicted).to.be.greaterThan(50);
    expect(positive(unmatched)).to.equal(0);
  });

  it("decides in floating point too", () => {
    const counters = parseCounters(step("float"));
    expect(counters.predicted).to.be.greaterThan(50);
    expect(counters.fpu_busy).to.be.at.most(counters.predicted);
  });

  it("takes a tree, and counts its predictions while it only watches", () => {
    expect(step("tree")).to.match(/active serial \d+ .* layers 0 float no name tree/);
    const counters = parseCounters(step("tree"));
    expect(counters.predicted).to.be.greaterThan(50);
    expect(counters.cfs_1_negative).to.be.within(1, counters.predicted - 1);
    expect(counters.overruled).to.equal(0);
  });

  it("lets it decide, and counts no more than the watchdog needs", () => {
    expect(step("short")).to.match(/\[decide\]/);
    const counters = parseCounters(step("short"));
    expect(counters.vetoed).to.be.greaterThan(0);
    expect(counters).to.include({ predicted: 0, calls_newly_idle: 0, no_model: 0 });
    expect(counters.overruled).to.be.at.least(counters.vetoed);
  });

  it("returns to CFS when a model refuses everything", () => {
    expect(step("watchdog")).to.match(/^\[off\][\s\S]*watchdog: (hard cases|work conservation)/m);
  });

  it("counts nothing once it is switched off", () => {
    expect(step("switched-off")).to.match(/^\[off\]/);
    expect(Object.values(parseCounters(step("switched-off"))).every((n) => n === 0)).to.equal(true);
  });

  it("accounts for the memory of its models", () => {
    const bytes = Number(/^models (\d+)/m.exec(step("memory"))?.[1]);
    expect(bytes)
      .to.be.greaterThan(0)
      .and.at.most(8 * 4096); // four models: a slot takes at most 4 KiB
  });
});
