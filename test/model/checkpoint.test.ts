import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { readCheckpoint, writeCheckpoint } from "../../model/trainer/checkpoint.ts";
import { DEFAULT_CONFIG } from "../../model/trainer/config.ts";
import { Trainer, type TrainerState } from "../../model/trainer/trainer.ts";
import { InputError } from "../../traces/input-error.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { stream } from "./random.ts";
import { ruleTrace } from "./traces.ts";

describe("checkpoints", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-checkpoint-"));
  });
  after(() => rmSync(dir, { recursive: true }));

  function someState(): TrainerState {
    const random = stream(1);
    const values = Float32Array.from({ length: 600 }, random);
    const labels = Uint8Array.from({ length: 200 }, (_, r) => (values[3 * r] > 0.5 ? 1 : 0));
    const config = { ...DEFAULT_CONFIG, hidden: [4], optimiser: "adam", batchSize: 8, epochs: 3 } as const;
    const trainer = new Trainer({ rows: 200, inputs: 3, values, labels }, null, config, {
      weights: [1, 2, 3, 4],
      order: [5, 6, 7, 8],
    });
    trainer.runEpoch();
    return trainer.state();
  }

  it("hold the state to the bit", () => {
    const path = join(dir, "whole");
    const state = someState();
    writeCheckpoint(path, state, "f");
    expect(readCheckpoint(path, "f")).to.deep.equal(state);
    const early = { ...state, best: { ...state.best, loss: Number.POSITIVE_INFINITY } };
    writeCheckpoint(path, early, "f");
    expect(readCheckpoint(path, "f")!.best.loss).to.equal(Number.POSITIVE_INFINITY);
  });

  it("that are not there are no error, those of another training are", () => {
    const path = join(dir, "other");
    expect(readCheckpoint(path, "f")).to.equal(null);
    writeCheckpoint(path, someState(), "f");
    expect(() => readCheckpoint(path, "g")).to.throw(InputError, /belongs to another training/);
  });

  it("any flipped bit or missing end is noticed", () => {
    const path = join(dir, "damaged");
    writeCheckpoint(path, someState(), "f");
    const good = readFileSync(path);
    fc.assert(
      fc.property(fc.nat(good.length - 2), fc.nat(7), fc.boolean(), (at, bit, cut) => {
        const bad = cut ? good.subarray(0, at) : Buffer.from(good);
        if (!cut) bad[at] ^= 1 << bit;
        writeFileSync(path, bad);
        expect(() => readCheckpoint(path, "f")).to.throw(InputError, /checkpoint/);
      }),
    );
  });

  for (const text of ["", "null", "7", "[]", "{}", '{"kind":"nicetries checkpoint","version":99}']) {
    it(`the text ${JSON.stringify(text)} is refused`, () => {
      const path = join(dir, "text");
      writeFileSync(path, text);
      expect(() => readCheckpoint(path, "f")).to.throw(InputError, /Remove the file/);
    });
  }
});

describe("a training killed with SIGKILL", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-kill-"));
    writeParquet(join(dir, "t.parquet"), ruleTrace(20_000, 1));
  });
  after(() => rmSync(dir, { recursive: true }));

  const train = (out: string, more: string[] = []) => {
    const options = [
      "--target",
      "forced_now",
      "--preset",
      "pytorch",
      "--hidden",
      "16",
      "--epochs",
      "400",
      "--seed",
      "5",
    ];
    const words = [
      "cli/main.ts",
      "train",
      join(dir, "t.parquet"),
      ...options,
      "--out",
      join(dir, out),
      ...more,
    ];
    const child = spawn(process.execPath, ["--import", "tsx", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (d) => (stdout += d));
    child.stderr.on("data", (d) => (stderr += d));
    const done = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
    return { child, done };
  };

  it("leaves no model, and --resume ends with the bytes of an uninterrupted run", async () => {
    expect((await train("whole.nt").done).code).to.equal(0);
    const checkpoint = join(dir, "killed.nt.checkpoint");
    for (let kills = 0; kills < 2; kills++) {
      const { child, done } = train("killed.nt", ["--resume"]);
      const before = existsSync(checkpoint) ? readFileSync(checkpoint, "utf8") : "";
      const changed = () => existsSync(checkpoint) && readFileSync(checkpoint, "utf8") !== before;
      while (child.exitCode === null && !changed()) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill("SIGKILL");
      expect((await done).code, "was killed, not done").to.equal(null);
      expect(existsSync(join(dir, "killed.nt"))).to.equal(false);
    }
    const resumed = await train("killed.nt", ["--resume", "--json"]).done;
    expect(resumed.code, resumed.stderr).to.equal(0);
    expect(JSON.parse(resumed.stdout).resumedAt).to.be.above(0);
    expect(readFileSync(join(dir, "killed.nt")).equals(readFileSync(join(dir, "whole.nt")))).to.equal(true);
    expect(readdirSync(dir).filter((n) => n.includes("checkpoint") || n.endsWith(".tmp"))).to.deep.equal([]);
  });

  it("with other options the checkpoint is refused, not mixed in", async () => {
    const { child, done } = train("mixed.nt");
    while (child.exitCode === null && !existsSync(join(dir, "mixed.nt.checkpoint"))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGKILL");
    await done;
    const refused = await train("mixed.nt", ["--resume", "--lr", "0.002"]).done;
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/belongs to another training.*Remove the file/);
  });
});
