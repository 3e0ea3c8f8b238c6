import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { lockTree } from "../../kernel-bridge/build/build-kernel.ts";

describe("the lock of a source tree", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nicetries-lock-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("lets one build at a time into a tree, and another one into another tree", () => {
    const unlock = lockTree(join(folder, "a"));
    expect(() => lockTree(join(folder, "a"))).to.throw(/another build is under way in this tree/);
    const other = lockTree(join(folder, "b"));
    other();
    unlock();
    lockTree(join(folder, "a"))();
    expect(existsSync(join(folder, "a.building"))).to.equal(false);
  });

  it("is taken over from a process that is gone", () => {
    mkdirSync(join(folder, "a.building"));
    writeFileSync(join(folder, "a.building", "pid"), "999999999");
    lockTree(join(folder, "a"))();
  });
});
