import { writeFileSync } from "node:fs";
import { expect } from "chai";
import type { KernelDecision } from "../../kernel-bridge/collect/decode-events.ts";
import type { Recording } from "../../kernel-bridge/collect/record.ts";
import { inParts, type MeasureOptions } from "../../kernel-bridge/measure/parts.ts";
import { judged, type ShadowNetwork } from "../../kernel-bridge/measure/shadow.ts";
import { fixedModel } from "../../model/fixed-model.ts";
import type { Net } from "../../model/net.ts";
import { decodeNt } from "../../model/nt-read.ts";
import { encodeNt } from "../../model/nt-write.ts";
import { tableFromRows } from "../../traces/table.ts";
import { scratchFolder } from "../traces/support.ts";

describe("a measurement of the kernel", () => {
  const scratch = scratchFolder();
  const options = (changes: Partial<MeasureOptions> = {}): MeasureOptions => ({
    dir: scratch("parts"),
    bzImage: "/cache/kernel/patched-1/bzImage",
    release: "6.1.0",
    quick: false,
    say: () => {},
    ...changes,
  });

  it("goes on where it stopped, and makes again what was made of something else or with another kernel", async () => {
    const made: string[] = [];
    const part = (name: string, of: unknown) => ({
      name,
      of,
      make: async () => {
        made.push(name);
        return { name, of };
      },
    });
    const run = (of: number, changes?: Partial<MeasureOptions>) =>
      inParts("m", options(changes), [part("a", 1), part("b", of)]);
    expect(await run(2)).to.deep.equal([
      { name: "a", of: 1 },
      { name: "b", of: 2 },
    ]);
    await run(2, { dir: scratch("parts"), bzImage: "/elsewhere/kernel/patched-1/bzImage" });
    expect(made).to.deep.equal(["a", "b"]);
    await run(3);
    expect(made).to.deep.equal(["a", "b", "b"]);
    await run(3, { bzImage: "/cache/kernel/patched-2/bzImage" });
    expect(made).to.deep.equal(["a", "b", "b", "a", "b"]);
    writeFileSync(scratch("parts/parts/m-a.json"), '{"key":');
    await run(3, { bzImage: "/cache/kernel/patched-2/bzImage" });
    expect(made.slice(5)).to.deep.equal(["a"]);
    await inParts("m", options(), [part("zoo/e1", 1)]);
    await inParts("m", options(), [part("zoo/e1", 1)]);
    expect(made.slice(6)).to.deep.equal(["zoo/e1"]);
  });
});

/** Says yes where the task's utilisation is above `cut`. */
const network = (cut: number): Net => ({
  target: "migrate",
  threshold: 0,
  inputs: [
    { feature: "task_util_avg", transform: "identity", clipLow: 0, clipHigh: 0, offset: cut, scale: 1 / 256 },
  ],
  layers: [
    { inputs: 1, outputs: 1, activation: "identity", weights: Float32Array.of(1), bias: Float32Array.of(0) },
  ],
});

describe("networks in mode shadow", () => {
  const scratch = scratchFolder();

  it("are judged each on the calls in which it was installed, and outside on all that any was asked in", () => {
    const cuts = [500, 900];
    const networks = cuts.map((cut, i): ShadowNetwork => {
      const model = scratch(`${i}.nt`);
      writeFileSync(model, encodeNt(network(cut), { name: "test" }));
      return { benchmark: "numeric", target: "migrate", preset: `cut ${cut}`, model, turns: i + 1 };
    });
    // one cycle: the first network, then the second twice
    const calls = [
      { serial: 1, util: 600, cfs: 1 },
      { serial: 2, util: 600, cfs: 1 },
      { serial: 3, util: 1000, cfs: 1 },
      { serial: 4, util: 400, cfs: 0 },
      { serial: 5, util: 100, cfs: -1 }, // refused: nobody is asked
    ] as const;
    const table = tableFromRows(
      calls.map(({ util, cfs }, ts) => ({ ts, task_util_avg: util, migration: cfs > 0 ? 1 : 0 })),
    );
    const fixed = cuts.map((cut) => fixedModel(decodeNt(encodeNt(network(cut), { name: "test" })).fixed));
    const decisions = calls.map(({ serial, util, cfs }, row): KernelDecision => {
      const model = fixed[[0, 1, 1][(serial - 1) % 3]];
      const value = model.logit(Float64Array.of(util));
      return {
        words: new BigUint64Array(33),
        logit: BigInt(value + (row === 3 ? 1 : 0)), // one that the kernel got wrong
        positive: cfs < 0 ? -1 : value > model.threshold ? 1 : 0,
        cfs,
        usedFloat: false,
        mode: 1,
        serial,
        migration: Math.max(0, cfs),
      };
    });
    const [first, second] = judged(networks, [{ table, decisions } as Recording]);
    expect(first.inKernel).to.include({ tp: 1, fp: 0, tn: 1, fn: 0, balancedAccuracy: 1 });
    expect(first.outside).to.include({ tp: 3, fp: 0, tn: 1, fn: 0 });
    expect(first.wrongLogits).to.equal(1);
    // both of its calls move: nothing to balance
    expect(second.inKernel).to.deep.equal({
      tp: 1,
      fp: 0,
      tn: 0,
      fn: 1,
      balancedAccuracy: null,
      interval: null,
    });
    expect(second.outside).to.include({ tp: 1, fp: 0, tn: 1, fn: 2 });
    expect(second.wrongLogits).to.equal(0);
  });
});
