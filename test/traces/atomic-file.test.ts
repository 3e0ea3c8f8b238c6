import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "chai";
import { openAtomic, removeOwnLeftovers, writeFileAtomic } from "../../traces/atomic-file.ts";
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

  it("give way to what a process of the same number left behind (A2)", () => {
    const path = scratch("same-number");
    const probe = openAtomic(path);
    const number = Number(
      /-(\d+)\.tmp$/.exec(leftovers().find((name) => name.startsWith(".same-number"))!)![1],
    );
    probe.abort();
    for (const next of [1, 2])
      writeFileSync(scratch(`.same-number.${process.pid}-${number + next}.tmp`), "x");
    writeFileAtomic(path, "y");
    expect(readFileSync(path, "utf8")).to.equal("y");
    removeOwnLeftovers(dirname(path));
    expect(leftovers().filter((name) => name.startsWith(".same-number"))).to.deep.equal([]);
  });

  it("give up where a write fails, and name the file as the caller did (A2, A4)", () => {
    symlinkSync("/dev/full", scratch("full"));
    const file = openAtomic(scratch("full"));
    const written = () => file.write("x");
    expect(written)
      .to.throw(InputError, /full: cannot be written \(ENOSPC\): no space left on the device\. Free some/)
      .with.property("code", "ENOSPC");
    file.abort();
    const lost = openAtomic(scratch("lost"));
    lost.write("x");
    mkdirSync(scratch("lost"));
    expect(() => lost.commit()).to.throw(InputError, /lost: cannot be written \(EISDIR\): it is a folder/);
    expect(leftovers().filter((name) => name.startsWith(".lost"))).to.deep.equal([]);
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
