import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { simulateFile } from "../../lab/simulate-file.ts";
import { trainFile } from "../../lab/train-file.ts";
import { exportTrace } from "../../traces/export/export-trace.ts";
import { importTrace } from "../../traces/import.ts";
import { labelFile } from "../../traces/label-file.ts";
import { mergeTraces, sampleTrace, splitTrace } from "../../traces/transform.ts";
import { inputErrorOf } from "../traces/support.ts";
import { command, ROOT, shell } from "./run-process.ts";

const TRACE = `${ROOT}traces/real/stress-mix.parquet`;

/** What writes a file of that name. */
const WRITERS: Record<string, (path: string) => Promise<unknown>> = {
  "x.csv.gz": (path) => exportTrace(TRACE, "csv", path),
  "x.csv": (path) => exportTrace(TRACE, "csv", path),
  "x.ftrace": (path) => exportTrace(TRACE, "ftrace", path),
  "x.report.txt": (path) => exportTrace(TRACE, "report", path),
  "x.pftrace": (path) => exportTrace(TRACE, "perfetto", path),
  "label.parquet": (path) => labelFile(TRACE, path),
  "sample.parquet": (path) => sampleTrace(TRACE, path, 10_000, "1"),
  "import.parquet": (path) => importTrace(TRACE, path),
  "merge.parquet": (path) => mergeTraces([TRACE], path),
  "simulated.csv.gz": (path) => simulateFile("hackbench", { durationNs: 250e6, out: path }),
  "simulated.csv": (path) => simulateFile("hackbench", { durationNs: 150e6, out: path }),
  "simulated.ftrace": (path) => simulateFile("hackbench", { durationNs: 40e6, timeline: path }),
  "simulated.pftrace": (path) => simulateFile("hackbench", { durationNs: 40e6, timeline: path }),
};

/** A file system of so many bytes; undefined where this user may not mount one. */
function smallDisk(folder: string, bytes: number): (() => void) | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder], { stdio: "ignore" });
    return () => execFileSync("umount", ["-l", folder]);
  } catch {
    return undefined;
  }
}

describe("on a full disk", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-full-"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const [name, write] of Object.entries(WRITERS))
    it(`writing ${name} says so with the file and what to do`, async () => {
      const path = join(dir, name);
      symlinkSync("/dev/full", path);
      const error = await inputErrorOf(() => write(path));
      expect(error.message)
        .to.contain(path)
        .and.to.contain("ENOSPC")
        .and.to.match(/Free some, or name another place/);
    });

  it("nothing half-written is left, and what is left over is nothing", async function () {
    const disk = mkdtempSync(join(tmpdir(), "nicetries-small-"));
    const unmount = smallDisk(disk, 16_384);
    if (!unmount) this.skip(); // needs root; /dev/full above needs nothing
    try {
      for (const [name, write] of Object.entries(WRITERS)) {
        const error = await inputErrorOf(() => write(join(disk, name)));
        expect(error.message, name).to.contain("ENOSPC");
        expect(readdirSync(disk), name).to.deep.equal([]);
      }
      await inputErrorOf(() => splitTrace(TRACE, [join(disk, "1.parquet"), join(disk, "2.parquet")]));
      expect(readdirSync(disk), "split").to.deep.equal([]);
    } finally {
      unmount!();
      rmSync(disk, { recursive: true });
    }
  });

  it("a model, its card and its golden vectors are written together or not at all", async function () {
    const trace = join(dir, "t.parquet");
    await simulateFile("numeric", { durationNs: 300e6, out: trace });
    const disk = mkdtempSync(join(tmpdir(), "nicetries-small-"));
    const unmount = smallDisk(disk, 16_384);
    if (!unmount) this.skip();
    try {
      const options = {
        target: "migrate",
        preset: "best",
        seed: "1",
        split: "none",
        config: { epochs: 2 },
      } as const;
      const error = await inputErrorOf(() => trainFile([trace], { ...options, out: join(disk, "m.nt") }));
      expect(error.message).to.contain("ENOSPC");
      expect(readdirSync(disk).filter((name) => !name.endsWith(".checkpoint"))).to.deep.equal([]);
    } finally {
      unmount!();
      rmSync(disk, { recursive: true });
    }
  });

  it("the command ends with 1 and without a stack", async () => {
    symlinkSync("/dev/full", join(dir, "full.csv.gz"));
    const done = await shell(
      command("trace", "export", TRACE, "--to", "csv", "--out", join(dir, "full.csv.gz")),
    );
    expect(done.code).to.equal(1);
    expect(done.stderr).to.match(/^nicetries: .*full\.csv\.gz: cannot be written \(ENOSPC\).*\n$/);
  });
});
