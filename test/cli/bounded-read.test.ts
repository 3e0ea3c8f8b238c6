import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readDump, readScenario } from "../../cli/lockstep-files.ts";
import { readBounded } from "../../lab/files/bounded-read.ts";
import { openChip, openWorkload } from "../../lab/sources.ts";
import { InputError } from "../../traces/input-error.ts";

describe("reading with a bound", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "bounded-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  it("gives the bytes of a file up to the bound and refuses longer ones", () => {
    const path = join(directory, "file");
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => i % 251));
      writeFileSync(path, bytes);
      expect(readBounded(path, length, "a test").equals(bytes), `${length}`).to.equal(true);
      if (length > 0)
        expect(() => readBounded(path, length - 1, "a test")).to.throw(
          InputError,
          new RegExp(`file: the file is too long to be a test.*at most ${length - 1}`),
        );
    }
  });

  it("does not believe a device that says it is empty", () => {
    const endless = /\/dev\/zero: the file is too long to be/;
    expect(() => openWorkload(["/dev/zero"])).to.throw(InputError, endless);
    expect(() => openChip("/dev/zero")).to.throw(InputError, endless);
    expect(() => readScenario("/dev/zero")).to.throw(InputError, endless);
    expect(() => readDump("/dev/zero")).to.throw(InputError, endless);
  });

  it("says that a directory is one", () => {
    expect(() => openWorkload([`${directory}/`])).to.throw(InputError, /a directory; expected a workload/);
  });
});
