import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { cpioArchive, FILE_EXECUTABLE, FOLDER } from "../../kernel-bridge/guest/initramfs.ts";

describe("the initramfs archive", () => {
  before(function () {
    if (spawnSync("cpio", ["--version"]).error) this.skip(); // Debian package cpio
  });

  it("is unpacked by cpio into the very files that went in", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (contents) => {
        const folder = mkdtempSync(join(tmpdir(), "nicetries-cpio-"));
        try {
          const entries = contents.map((data, i) => ({
            name: `dir/f${"x".repeat(i)}`,
            mode: FILE_EXECUTABLE,
            data,
          }));
          const archive = cpioArchive([{ name: "dir", mode: FOLDER, data: new Uint8Array() }, ...entries]);
          const run = spawnSync("cpio", ["-id", "--quiet"], { cwd: folder, input: archive });
          expect(run.status, String(run.stderr)).to.equal(0);
          for (const { name, data } of entries) {
            expect(readFileSync(join(folder, name))).to.deep.equal(Buffer.from(data));
            expect(statSync(join(folder, name)).mode).to.equal(FILE_EXECUTABLE);
          }
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 20 },
    );
  });

  it("is the same bytes for the same files", () => {
    const entry = { name: "init", mode: FILE_EXECUTABLE, data: Buffer.from("#!/bin/sh\n") };
    expect(cpioArchive([entry]).equals(cpioArchive([entry]))).to.equal(true);
  });
});
