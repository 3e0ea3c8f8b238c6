import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { SOURCE_TARBALL } from "../../kernel-bridge/build/source.ts";
import { addedFiles, patches } from "../../kernel-bridge/build/variants.ts";
import { BRIDGE, cacheRoot, filesUnder } from "../../kernel-bridge/cache.ts";

const SCRIPTS = ["checkpatch.pl", "spelling.txt", "const_structs.checkpatch"].map(
  (name) => `scripts/${name}`,
);

describe("the kernel's checkpatch", () => {
  let folder: string | undefined;
  let script: string;

  /** From a tree that `kernel build` has unpacked, else out of Debian's tarball. */
  before(function () {
    const tree = join(cacheRoot(), "kernel", "linux-source-6.1");
    script = join(tree, SCRIPTS[0]);
    if (SCRIPTS.every((name) => existsSync(join(tree, name)))) return;
    if (!existsSync(SOURCE_TARBALL)) {
      console.log(`      skipped: ${SOURCE_TARBALL} is missing; type: sudo apt-get install linux-source-6.1`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "nicetries-checkpatch-"));
    const names = SCRIPTS.map((name) => `linux-source-6.1/${name}`);
    execFileSync("tar", ["xf", SOURCE_TARBALL, "-C", folder, "--strip-components=1", ...names]);
    script = join(folder, SCRIPTS[0]);
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  const verdict = (words: string[], input?: string) =>
    spawnSync("perl", [script, "--no-tree", ...words], { encoding: "utf8", input }).stdout;

  it("finds nothing in what is added to the kernel, and nothing in what runs beside it", () => {
    const beside = filesUnder(BRIDGE)
      .filter((name) => /^collect\/.*\.[ch]$/.test(name))
      .map((name) => join(BRIDGE, name));
    for (const path of [...addedFiles("patched").values(), ...beside])
      if (/\.[ch]$/.test(path)) expect(verdict(["-f", path]), path).to.match(/total: 0 errors, 0 warnings/);
  });

  it("finds nothing in the patches", () => {
    for (const path of patches("patched"))
      expect(verdict(["--no-signoff", "-"], readFileSync(path, "utf8")), path).to.match(
        /total: 0 errors, 0 warnings/,
      );
  });

  it("would find something", () => {
    expect(verdict(["-"], "--- a/x.c\n+++ b/x.c\n@@ -1 +1,2 @@\n int a;\n+int b; \n")).to.match(
      /total: [1-9]/,
    );
  });
});
