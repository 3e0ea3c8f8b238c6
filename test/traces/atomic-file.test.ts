import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "chai";
import { openAtomic, writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import { scratchFolder } from "./support.ts";

describe("atomic files", () => {
  const scratch = scratchFolder();
  const leftovers = () => readdirSync(dirname(scratch("x"))).filter((name) => name.endsWith(".tmp"));

  it("appear under their name only when they are committed (A1)", () => {
    const path = scratch("whole.bin");
    const file = openAtomic(path);
    file.write("ab");
    file.write(Uint8Array.of(99));
    expect(file.offset).to.equal(3);
    expect(existsSync(path)).to.equal(false);
    file.commit();
    expect(readFileSync(path, "utf8")).to.equal("abc");
    expect(leftovers()).to.deep.equal([]);
  });

  it("leave the old file as it was when the write is aborted (A2)", () => {
    const path = scratch("old.txt");
    writeFileAtomic(path, "old");
    const file = openAtomic(path);
    file.write("new");
    file.abort();
    file.abort();
    expect(readFileSync(path, "utf8")).to.equal("old");
    expect(leftovers()).to.deep.equal([]);
  });

  it("remove what killed processes left behind for the same target, and nothing else (A2)", () => {
    const path = scratch("victim");
    const dead = scratch(".victim.999999999-0.tmp");
    const other = scratch(".other.999999999-0.tmp");
    const own = scratch(`.victim.${process.pid}-900.tmp`);
    for (const name of [dead, other, own]) writeFileSync(name, "x");
    writeFileAtomic(path, "y");
    expect(existsSync(dead)).to.equal(false);
    expect(existsSync(other)).to.equal(true);
    expect(existsSync(own)).to.equal(true);
  });

  it("replace what a symbolic link points to, not the link (A3)", () => {
    writeFileSync(scratch("target"), "old");
    symlinkSync(scratch("target"), scratch("link"));
    writeFileAtomic(scratch("link"), "new");
    expect(readFileSync(scratch("target"), "utf8")).to.equal("new");
    expect(
      readdirSync(dirname(scratch("x")), { withFileTypes: true })
        .find((e) => e.name === "link")
        ?.isSymbolicLink(),
    ).to.equal(true);
  });

  it("write devices directly (A3)", () => {
    writeFileAtomic("/dev/null", "nothing");
    expect(readFileSync("/dev/null").length).to.equal(0);
  });

  it("say what is wrong when the folder is missing or the target is a folder", () => {
    expect(() => writeFileAtomic(scratch("missing/x"), "")).to.throw(
      InputError,
      /missing\/x: the folder to write to does not exist\. Make .*missing first/,
    );
    expect(() => writeFileAtomic(scratch("."), "")).to.throw(InputError, /cannot be written \(EISDIR\)/);
    mkdirSync(scratch("folder"));
    expect(() => writeFileAtomic(scratch("folder"), "x")).to.throw(/EISDIR/);
  });
});
