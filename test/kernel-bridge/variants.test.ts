import { readFileSync } from "node:fs";
import { expect } from "chai";
import { wantedLines } from "../../kernel-bridge/build/build-kernel.ts";
import { patchedPaths } from "../../kernel-bridge/build/tree.ts";
import { addedFiles, fragments, patches, VARIANTS, variantHash } from "../../kernel-bridge/build/variants.ts";
import { FEATURES } from "../../model/features.ts";

describe("the kernel variants", () => {
  it("differ in their hashes, and so in their place in the cache", () => {
    const hashes = VARIANTS.map((variant) => variantHash(variant, "source", "gcc"));
    expect(new Set(hashes).size).to.equal(VARIANTS.length);
    expect(variantHash("stock", "source", "gcc")).to.equal(hashes[0]);
    expect(variantHash("stock", "other source", "gcc")).not.to.equal(hashes[0]);
    expect(variantHash("stock", "source", "clang")).not.to.equal(hashes[0]);
  });

  it("leave the stock scheduler as it is", () => {
    expect(addedFiles("stock").size).to.equal(0);
    const touched = patches("stock").flatMap((path) => patchedPaths(readFileSync(path, "utf8")));
    expect(touched).to.deep.equal(["arch/x86/entry/syscalls/syscall_64.tbl", "kernel/sys_ni.c"]);
  });

  it("compile the inference files of user space, byte for byte", () => {
    const added = addedFiles("patched");
    for (const name of ["nt.h", "nt_model.c", "nt_infer.c", "nt_float.c"])
      expect(added.get(`kernel/ml_migrate/${name}`)).to.match(new RegExp(`inference/${name}$`));
  });

  it("hook the scheduler in a few dozen lines", () => {
    const changed = patches("patched").flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => /^[+-](?![+-])/.test(line)),
    );
    expect(changed.length).to.be.at.most(36);
  });

  it("set no option twice with different values within a fragment", () => {
    for (const path of new Set(VARIANTS.flatMap(fragments))) {
      const values = new Map<string, string>();
      for (const [, option, value] of readFileSync(path, "utf8").matchAll(/^CONFIG_(\w+)=(.*)$/gm)) {
        expect(values.get(option) ?? value, `${path} ${option}`).to.equal(value);
        values.set(option, value);
      }
    }
  });

  it("take an option's value from the last fragment that names it", () => {
    const first = "# a comment\nCONFIG_A=y\nCONFIG_B=1\nCONFIG_C=y\n# CONFIG_D is not set\n";
    expect(wantedLines([first, 'CONFIG_B="two"\nCONFIG_C=n\n'])).to.deep.equal([
      "CONFIG_A=y",
      'CONFIG_B="two"',
    ]);
  });

  it("fill in every feature that a model may read", () => {
    const source = readFileSync(addedFiles("patched").get("kernel/sched/ml_fair.h")!, "utf8");
    for (const { name } of FEATURES)
      expect(source).to.match(new RegExp(`\\tML_FEATURE\\(${name.toUpperCase()},\\s`));
  });
});
