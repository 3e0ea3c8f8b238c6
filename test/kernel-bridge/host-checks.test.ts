import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { hostChecks } from "../../kernel-bridge/doctor/host-checks.ts";

const GOOD: Record<string, string | Buffer> = {
  "proc/kallsyms": "0000000000000000 t can_migrate_task\n",
  "sys/kernel/btf/vmlinux": "",
  "sys/kernel/debug/kprobes/enabled": "1\n",
  "sys/kernel/kheaders.tar.xz": "",
  "proc/sys/kernel/sched_schedstats": "1\n",
  "proc/schedstat": "version 15\ncpu0 0 0 0\ndomain0 03 0\ndomain1 ff 0\ncpu1 0 0 0\n",
  "proc/config.gz": gzipSync("CONFIG_KPROBES=y\nCONFIG_SCHED_MC=y\n"),
};

describe("the doctor's look at a running kernel", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "nicetries-host-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function look(changes: Record<string, string | Buffer | null> = {}, uid = 0) {
    for (const [path, data] of Object.entries({ ...GOOD, ...changes })) {
      if (data === null) continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), data);
    }
    const checks = hostChecks({ root, uid, release: "6.1.0-test" });
    return (name: string) => checks.find((check) => check.name === name)!;
  }

  it("finds nothing wrong with a kernel that has everything", () => {
    const check = look();
    for (const name of [
      "permission",
      "can_migrate_task",
      "BTF",
      "kernel headers",
      "kprobes",
      "SCHEDSTATS",
      "scheduling domains",
    ])
      expect(check(name).status, name).to.equal("ok");
    expect(check("scheduling domains").finding).to.equal("2 above each CPU, SCHED_MC");
  });

  it("tells a renamed function from one that was inlined", () => {
    const renamed = look({ "proc/kallsyms": "0 t can_migrate_task.isra.0\n0 t can_migrate_task.cold\n" });
    expect(renamed("can_migrate_task").finding).to.equal(
      "renamed by the compiler: can_migrate_task.isra.0, can_migrate_task.cold",
    );
    const inlined = look({ "proc/kallsyms": "0 t detach_tasks\n" });
    expect(inlined("can_migrate_task").finding).to.contain("inlined");
  });

  it("gives a fix with everything that is missing", () => {
    const check = look(
      {
        "sys/kernel/btf/vmlinux": null,
        "sys/kernel/kheaders.tar.xz": null,
        "sys/kernel/debug/kprobes/enabled": "0\n",
        "proc/sys/kernel/sched_schedstats": "0\n",
        "proc/schedstat": "version 15\ncpu0 0 0 0\ncpu1 0 0 0\n",
        "proc/config.gz": gzipSync("# CONFIG_SCHED_MC is not set\n"),
      },
      1000,
    );
    expect(check("permission").fix).to.contain("sudo");
    expect(check("BTF").status).to.equal("missing");
    expect(check("kernel headers").fix).to.contain("linux-headers-6.1.0-test");
    expect(check("kprobes").fix).to.equal("echo 1 | sudo tee /sys/kernel/debug/kprobes/enabled");
    expect(check("SCHEDSTATS").fix).to.equal("sudo sysctl kernel.sched_schedstats=1");
    expect(check("scheduling domains").finding).to.equal("CONFIG_SCHED_MC is off");
  });

  it("does not tell root to become root", () => {
    const check = look({
      "sys/kernel/kheaders.tar.xz": null,
      "sys/kernel/debug/kprobes/enabled": "0\n",
      "proc/sys/kernel/sched_schedstats": "0\n",
    });
    for (const name of ["kernel headers", "kprobes", "SCHEDSTATS"])
      expect(check(name).fix, name).to.be.a("string").and.not.contain("sudo");
  });

  it("does not call kprobes missing when it only may not look", () => {
    const check = look({ "sys/kernel/debug/kprobes/enabled": null, "proc/config.gz": null }, 1000);
    expect(check("kprobes").status).to.equal("warning");
  });
});
