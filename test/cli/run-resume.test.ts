import { createHash } from "node:crypto";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { inputErrorText } from "../../cli/input-error-text.ts";
import { clearRun } from "../../lab/run/record.ts";
import type { RequestError } from "../../traces/input-error.ts";
import { tinyRun } from "./tiny-run.ts";

/** sha256 of each file below a folder. */
function contents(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  return Object.fromEntries(
    files
      .map((f) => join(f.parentPath, f.name))
      .sort()
      .map((path) => [path.slice(dir.length), createHash("sha256").update(readFileSync(path)).digest("hex")]),
  );
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(path, bytes);
}

describe("a run that is resumed", () => {
  let dir: string;
  let whole: string;
  let wanted: Record<string, string>;
  let copies = 0;

  /** The finished run, in a folder that may be damaged. Paths are part of a plan: the folder keeps its name. */
  const fresh = () => {
    const other = join(dir, `aside-${copies++}`);
    cpSync(whole, other, { recursive: true, preserveTimestamps: true });
    return () => {
      rmSync(whole, { recursive: true });
      cpSync(other, whole, { recursive: true, preserveTimestamps: true });
    };
  };

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-resume-"));
    whole = join(dir, "runs/tiny");
    const { said } = await tinyRun(whole);
    expect(said).to.deep.equal([]);
    wanted = contents(whole);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("keeps everything that is as it was, and says nothing", async () => {
    const times = () => Object.keys(wanted).map((path) => statSync(join(whole, path)).mtimeMs);
    const before = times();
    const { said } = await tinyRun(whole);
    expect(said).to.deep.equal([]);
    expect(times()).to.deep.equal(before);
  });

  it("notices each file that is damaged, emptied or gone, says so and makes the same bytes again", async () => {
    const restore = fresh();
    const kept = Object.keys(wanted).filter((path) => path !== "/plan.json");
    expect(kept.length).to.be.greaterThan(15);
    const damages: [string, (path: string) => void][] = [
      ["a flipped byte", flipByte],
      ["a truncated file", (path) => truncateSync(path, statSync(path).size >> 1)],
      ["an empty file", (path) => truncateSync(path)],
      ["no file", (path) => rmSync(path)],
    ];
    // every kind at once, so that one resumption mends several files
    for (let round = 0; round < 2; round++) {
      const hurt = kept.map((path, i) => [path, damages[(i + round) % damages.length]] as const);
      for (const [path, [, damage]] of hurt) damage(join(whole, path));
      const { said } = await tinyRun(whole);
      expect(contents(whole), `round ${round}`).to.deep.equal(wanted);
      expect(said.join("\n")).to.contain("made again");
    }
    restore();
  });

  for (const [what, file, damage, word] of [
    ["a trace with a flipped byte", "traces/numeric.train.parquet", flipByte, "is not what it was made as"],
    ["an empty model", "models/migrate-best.nt", (path: string) => truncateSync(path), "is empty"],
    [
      "a training card that is gone",
      "models/migrate-best.training.json",
      (path: string) => rmSync(path),
      "is missing",
    ],
    ["a kept result with a flipped byte", "steps/trace-test-numeric.json", flipByte, "is damaged"],
    ["results.json with a flipped byte", "results.json", flipByte, "is not what it was made as"],
    ["a report that is gone", "report.html", (path: string) => rmSync(path), "is missing"],
    [
      "a copy of a recording with a flipped byte",
      "inputs/openssl.parquet",
      flipByte,
      "is not what it was made as",
    ],
  ] as const)
    it(`names ${what}, and makes nothing else again`, async () => {
      damage(join(whole, file));
      const { said } = await tinyRun(whole);
      expect(said).to.have.length(1);
      expect(said[0]).to.contain(file).and.to.contain(word).and.to.contain(" again");
      expect(contents(whole)).to.deep.equal(wanted);
    });

  it("makes what depends on a file again when the file has other bytes, and says so", async () => {
    const restore = fresh();
    const step = join(whole, "steps/trace-train-numeric.json");
    const trace = join(whole, "traces/numeric.train.parquet");
    // a file that was damaged before it was read by the next step: its own step vouches for the damaged bytes
    cpSync(join(whole, "traces/numeric.test.parquet"), trace);
    const { sha256: _, ...body } = JSON.parse(readFileSync(step, "utf8"));
    body.files[trace] = createHash("sha256").update(readFileSync(trace)).digest("hex");
    const sum = createHash("sha256").update(JSON.stringify(body)).digest("hex");
    writeFileSync(step, JSON.stringify({ sha256: sum, ...body }));
    const { said } = await tinyRun(whole);
    expect(said.join("\n")).to.contain("what train-migrate-best follows from has changed: made again");
    expect(said.join("\n")).to.contain(
      "what judge-migrate-best-sim-numeric follows from has changed: made again",
    );
    restore();
  });

  it("goes on with the same options where it was stopped, a damaged checkpoint or not", async () => {
    const restore = fresh();
    for (const name of [
      "results.json",
      "report.html",
      "models/migrate-best.nt",
      "steps/train-migrate-best.json",
    ])
      rmSync(join(whole, name));
    writeFileSync(join(whole, "models/migrate-best.nt.checkpoint"), "{");
    await tinyRun(whole);
    expect(contents(whole)).to.deep.equal(wanted);
    restore();
  });

  it("writes a plan anew that is damaged or gone where the kept steps are of this plan", async () => {
    for (const damage of [flipByte, (path: string) => rmSync(path)]) {
      damage(join(whole, "plan.json"));
      const { said } = await tinyRun(whole);
      expect(said).to.have.length(1);
      expect(said[0]).to.match(/plan\.json is (damaged|missing): written again/);
      expect(contents(whole)).to.deep.equal(wanted);
    }
  });
});

describe("a run with other options in the folder of another", () => {
  let dir: string;
  let run: string;
  let before: Record<string, string>;

  const refusal = async (changes: Parameters<typeof tinyRun>[1], version?: string) => {
    const error = await tinyRun(run, changes, version).then(
      () => expect.fail("not refused"),
      (e: RequestError) => e,
    );
    expect(error.name).to.equal("RequestError");
    expect(inputErrorText(error)).to.contain("--force").and.to.contain("--name");
    expect(contents(run), "nothing has changed").to.deep.equal(before);
    return error.message;
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-other-"));
    run = join(dir, "runs/tiny");
    await tinyRun(run, { targets: [] });
    before = contents(run);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("is refused with what differs, whether that one is finished or not", async () => {
    expect(await refusal({ targets: [], seed: "7" })).to.contain("seed 1 (asked for: seed 7)");
    rmSync(join(run, "results.json"));
    before = contents(run);
    const chip = { name: "flat", cpus: 8, option: "8x1" };
    expect(await refusal({ targets: [], chip })).to.contain("chip i5-1035g1 (asked for: chip flat)");
    expect(await refusal({ targets: [], texts: {} })).to.contain("other contents");
    expect(await refusal({ targets: [] }, "9.9")).to.contain("nicetries 0 (asked for: nicetries 9.9)");
  });

  it("is refused where the plan is damaged and the kept steps are of another one", async () => {
    writeFileSync(join(run, "plan.json"), "{}");
    before = contents(run);
    expect(await refusal({ targets: [], seed: "7" })).to.contain("plan.json is damaged");
  });

  it("leaves no stale step behind once the other has been removed, and only what a run writes is removed", async () => {
    writeFileSync(join(run, "my-notes.txt"), "mine");
    const workloads = [{ name: "convolution", source: "convolution", durationNs: 300e6, train: false }];
    clearRun(run);
    expect(readdirSync(run)).to.deep.equal(["my-notes.txt"]);
    await tinyRun(run, { targets: [], workloads });
    expect(Object.keys(contents(run)).filter((path) => path.includes("numeric"))).to.deep.equal([]);
  });
});
