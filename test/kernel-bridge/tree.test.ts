import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { patchedPaths, shapeTree, unpackTree } from "../../kernel-bridge/build/tree.ts";

const patch = (file: string, before: string, after: string) =>
  `about it\n\n--- a/${file}\n+++ b/${file}\n@@ -1,3 +1,3 @@\n first\n-${before}\n+${after}\n third\n`;

describe("the source tree of the variants", () => {
  let folder: string;
  let tree: string;
  const inTree = (name: string) => readFileSync(join(tree, name), "utf8");
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "nicetries-tree-"));
    tree = join(folder, "tree");
    mkdirSync(join(folder, "linux/kernel"), { recursive: true });
    for (const name of ["a.c", "kernel/b.c"])
      writeFileSync(join(folder, "linux", name), "first\nsecond\nthird\n");
    execFileSync("tar", ["cf", join(folder, "linux.tar"), "-C", folder, "linux"]);
    await unpackTree(tree, { tarball: join(folder, "linux.tar"), sha256: "1" }, () => {});
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("goes from stock to patched and back to the very same text (T3)", async () => {
    const hooks = file("hooks.patch", patch("a.c", "second", "hooked"));
    await shapeTree(tree, [hooks], new Map([["new/c.c", file("c.c", "new\n")]]));
    expect(inTree("a.c")).to.equal("first\nhooked\nthird\n");
    expect(inTree("new/c.c")).to.equal("new\n");
    await shapeTree(tree, [], new Map());
    expect(inTree("a.c")).to.equal("first\nsecond\nthird\n");
    expect(existsSync(join(tree, "new/c.c"))).to.equal(false);
  });

  it("applies a changed patch to the unchanged text, not to the old patch's result (T3)", async () => {
    await shapeTree(tree, [file("p", patch("a.c", "second", "one way"))], new Map());
    await shapeTree(tree, [file("p", patch("a.c", "second", "another"))], new Map());
    expect(inTree("a.c")).to.equal("first\nanother\nthird\n");
  });

  it("leaves alone what does not change (T2)", async () => {
    const common = file("common.patch", patch("kernel/b.c", "second", "numbered"));
    const hooks = file("hooks.patch", patch("a.c", "second", "hooked"));
    const added = new Map([["c.c", file("c.c", "new\n")]]);
    await shapeTree(tree, [common, hooks], added);
    const long = new Date("2001-01-01");
    for (const name of ["a.c", "kernel/b.c", "c.c"]) utimesSync(join(tree, name), long, long);
    await shapeTree(tree, [common], added);
    expect(statSync(join(tree, "kernel/b.c")).mtime).to.deep.equal(long);
    expect(statSync(join(tree, "c.c")).mtime).to.deep.equal(long);
    expect(statSync(join(tree, "a.c")).mtime).not.to.deep.equal(long);
  });

  it("changes nothing when a patch does not fit", async () => {
    const good = file("good.patch", patch("a.c", "second", "hooked"));
    const bad = file("bad.patch", patch("kernel/b.c", "something else", "x"));
    let message = "";
    await shapeTree(tree, [good, bad], new Map()).catch((error) => {
      message = error.message;
    });
    expect(message).to.contain("bad.patch").and.contain("does not fit this kernel source");
    expect(inTree("a.c")).to.equal("first\nsecond\nthird\n");
  });

  it("unpacks again only for another source (T1)", async () => {
    writeFileSync(join(tree, "a.o"), "object");
    await unpackTree(tree, { tarball: join(folder, "linux.tar"), sha256: "1" }, () => {});
    expect(existsSync(join(tree, "a.o"))).to.equal(true);
    await unpackTree(tree, { tarball: join(folder, "linux.tar"), sha256: "2" }, () => {});
    expect(existsSync(join(tree, "a.o"))).to.equal(false);
  });

  it("names the files of a patch", () => {
    expect(patchedPaths(patch("a.c", "x", "y") + patch("kernel/b.c", "x", "y"))).to.deep.equal([
      "a.c",
      "kernel/b.c",
    ]);
  });
});
