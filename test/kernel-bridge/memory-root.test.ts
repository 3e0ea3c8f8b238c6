import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { cpioArchive, SYMLINK } from "../../kernel-bridge/guest/initramfs.ts";
import { neededFiles, rootEntries } from "../../kernel-bridge/guest/memory-root.ts";

describe("the root of a guest that asks the host for nothing", () => {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-root-"));
  const script = join(folder, "load.sh");
  before(() => {
    writeFileSync(script, "#!/bin/sh\nexit 0\n");
    chmodSync(script, 0o755);
    mkdirSync(join(folder, "data/deep"), { recursive: true });
    writeFileSync(join(folder, "data/deep/rows"), "1");
    symlinkSync("rows", join(folder, "data/deep/link"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("has what a shell text names, with interpreters and libraries", () => {
    const files = neededFiles(`${script} 5 && 'sed' -n p`);
    expect(files).to.include.members([script, "/bin/sh", findProgram("sed")]);
    expect(
      files.some((path) => /\/libc\.so\.6$/.test(path)),
      "the C library",
    ).to.equal(true);
    expect(
      files.some((path) => /\/libgcc_s\.so\.1$/.test(path)),
      "what ends a thread",
    ).to.equal(true);
    expect(
      files.some((path) => /ld-linux/.test(path)),
      "the loader",
    ).to.equal(true);
  });

  it("has Python's own library when Python is wanted, without its tests", () => {
    const files = neededFiles("/usr/bin/python3 x.py");
    if (!files.includes("/usr/bin/python3")) return expect(findProgram("python3")).to.equal(undefined);
    expect(files.some((path) => path.endsWith("/argparse.py"))).to.equal(true);
    expect(files.some((path) => path.includes("/idlelib/") || path.includes("/dist-packages/"))).to.equal(
      false,
    );
  });

  it("has folders before their files and each name once (R1)", () => {
    const entries = rootEntries(neededFiles("true", [join(folder, "data")]));
    const seen = new Set<string>();
    const links = new Set(entries.filter(({ mode }) => mode === SYMLINK).map(({ name }) => name));
    for (const { name } of entries) {
      expect(seen.has(name), name).to.equal(false);
      const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
      if (parent !== "") expect(seen.has(parent), `${parent} before ${name}`).to.equal(true);
      expect(links.has(parent), `${name} lies in a link`).to.equal(false);
      seen.add(name);
    }
    expect(seen.has(join(folder, "data/deep/rows").slice(1))).to.equal(true);
  });

  it("has the same bytes every time (R2), in the form that cpio reads", function () {
    const archive = () => cpioArchive(rootEntries(neededFiles("true", [join(folder, "data")])));
    expect(archive().equals(archive())).to.equal(true);
    if (!findProgram("cpio")) this.skip(); // Debian package cpio
    const listing = execFileSync("cpio", ["-t", "--quiet"], { input: archive(), encoding: "utf8" });
    expect(listing).to.contain("usr/bin/true\n");
  });

  it("is refused when a file that was asked for is not there", () => {
    expect(() => neededFiles("true", ["/no/such/file"])).to.throw(/no such file/);
  });
});
