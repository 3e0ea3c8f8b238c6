import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

/** Structures with all that makes offsets hard: bit-fields, anonymous members, typedefs, qualifiers, enumerations. */
const SOURCE = `
#include <stddef.h>
#include <stdio.h>
enum cpu_idle_type { CPU_IDLE, CPU_NOT_IDLE = 5, CPU_NEWLY_IDLE = -1 };
enum { SD_A = 1, SD_SHARE_CPUCAPACITY = 128 };
struct avg { long sum; unsigned long load_avg; };
typedef const struct { char pad[3]; volatile struct avg avg; } entity;
struct task { int pid; unsigned a : 3; unsigned hot : 1; unsigned b : 7; union { long x; struct { short y; short z; }; }; entity se; enum cpu_idle_type idle; };
struct task task; int sd = SD_SHARE_CPUCAPACITY;
int main(void) {
  printf("[%zu,%zu,%zu,%zu]", offsetof(struct task, pid), offsetof(struct task, z), offsetof(struct task, se.avg.load_avg), offsetof(struct task, idle));
  return 0;
}
`;

const PYTHON = `
import json, sys
sys.path.insert(0, "kernel-bridge/collect")
import btf
types = btf.Btf(open(sys.argv[1], "rb").read())
missing = []
for path in ("nothing", "se.avg.nothing"):
    try: types.offset("task", path)
    except btf.MissingField as error: missing.append(str(error))
print(json.dumps({
    "offsets": [types.offset("task", p) for p in ("pid", "z", "se.avg.load_avg", "idle")],
    "hot": types.bits("task", "hot"), "enum": types.enum("cpu_idle_type"), "sd": types.constant("SD_SHARE_CPUCAPACITY"),
    "has": [types.has("task", "x"), types.has("task", "y.no"), types.has("nobody", "x")], "missing": missing,
}))
`;

describe("the reader of BTF", () => {
  it("finds what the compiler laid out", function () {
    if (["gcc", "pahole", "objcopy", "python3"].some((tool) => spawnSync(tool, ["--version"]).error))
      this.skip();
    const folder = mkdtempSync(join(tmpdir(), "nicetries-btf-"));
    try {
      const program = join(folder, "program");
      writeFileSync(join(folder, "program.c"), SOURCE);
      execFileSync("gcc", ["-g", "-gdwarf-4", "-o", program, join(folder, "program.c")]);
      const expected = JSON.parse(execFileSync(program).toString());
      execFileSync("pahole", ["-J", program]);
      execFileSync("objcopy", [
        "-O",
        "binary",
        "--only-section=.BTF",
        "--set-section-flags",
        ".BTF=alloc",
        program,
        `${program}.btf`,
      ]);
      const found = JSON.parse(execFileSync("python3", ["-c", PYTHON, `${program}.btf`]).toString());
      expect(found.offsets).to.deep.equal(expected);
      expect(found.hot).to.equal(8 * 4 + 3);
      expect(found.enum).to.deep.equal({ CPU_IDLE: 0, CPU_NOT_IDLE: 5, CPU_NEWLY_IDLE: -1 });
      expect(found.sd).to.equal(128);
      expect(found.has).to.deep.equal([true, false, false]);
      expect(found.missing).to.deep.equal(["nothing of struct task", "se.avg.nothing of struct task"]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("asks only for fields that the collector's program uses", () => {
    const python = readFileSync("kernel-bridge/collect/collect.py", "utf8");
    const program = readFileSync("kernel-bridge/collect/can_migrate.bpf.c", "utf8");
    const asked = [...python.matchAll(/\("([A-Z_]+)", "\w+", "[\w.]+"\)/g)].map(([, name]) => name);
    expect(asked.length).to.be.greaterThan(30);
    for (const name of asked) expect(program, name).to.contain(`OFF_${name}`);
    for (const [, name] of program.matchAll(/OFF_([A-Z_]+)/g))
      expect([...asked, "", "HOT_BYTE", "NR_FORCED", "RQ_NR_RUNNING"], name).to.include(name);
  });
});
