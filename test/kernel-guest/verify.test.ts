import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Workload } from "../../kernel-bridge/benchmarks/benchmarks.ts";
import { ROUNDS } from "../../kernel-bridge/deploy/rounds.ts";
import { shortPhases, type VerifyResult, verifyModel } from "../../kernel-bridge/deploy/verify.ts";
import { guestClock } from "../../kernel-bridge/guest/clock.ts";
import { zooFile } from "../../model/zoo.ts";
import { halfAndHalf, image, modelFile, needGuest, treeFile } from "./support.ts";

/** Of each workload: more than one round of them gives where the guest is slow. */
const DECISIONS = 200;

/** Several times, with pauses: the swaps are spread over seconds, and must not find all decisions in one burst. */
const hackbench = (words: string): Workload => ({
  name: "hackbench",
  definition: "",
  command: ["sh", "-c", `for i in 1 2 3 4 5 6; do hackbench -g 2 ${words} || exit 1; sleep 0.3; done`],
});

const MESSAGES = [hackbench("-l 40"), hackbench("-T -l 20"), hackbench("-p -l 20")];

/** Twelve busy loops for eight CPUs, of which some are hot when balancing finds them. */
const LOOPS: Workload = {
  name: "loops",
  definition: "",
  command: [
    "sh",
    "-c",
    "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do timeout 3 sh -c 'while :; do :; done' & done; wait",
  ],
};

/** Verifies the model in three workloads, with so many swaps and hostile files. */
async function verified(
  model: string,
  swaps: number,
  fuzz: number,
  { workloads = MESSAGES, decisions = DECISIONS } = {},
): Promise<VerifyResult> {
  return verifyModel({
    model,
    workloads,
    decisions,
    swaps,
    fuzz,
    fuzzSeed: 1,
    tool: "test",
    boot: {
      bzImage: (await image("patched")).bzImage,
      clock: guestClock({ clock: "auto" }),
      timeLimit: 1200,
    },
  });
}

function expectEqual({ total, phases }: VerifyResult): void {
  expect(total.examples).to.deep.equal([]);
  for (const { mode, name, comparison, lost } of phases) {
    const where = `${name} in mode ${mode}`;
    expect(comparison, where).to.include({ wrongLogits: 0, wrongSigns: 0, wrongAnswers: 0, unpredicted: 0 });
    expect(lost, where).to.equal(0);
  }
}

describe("a patched kernel beside TypeScript", () => {
  let folder: string;
  let result: VerifyResult;
  before(async function () {
    needGuest(this);
    folder = mkdtempSync(join(tmpdir(), "nicetries-guest-test-"));
    result = await verified(modelFile(folder, "verified", halfAndHalf), 2000, 3000);
  });
  after(() => rmSync(folder ?? "", { recursive: true, force: true }));

  it("computes the same logit, sign and answer in every decision of every mode", () => {
    expectEqual(result);
    expect(result.phases.map((phase) => phase.mode)).to.deep.equal([
      "shadow",
      "decide",
      "premigrate",
      "shadow",
    ]);
  });

  it("runs every workload until it has given the decisions asked for", () => {
    expect(shortPhases(result.phases.slice(0, 3), DECISIONS)).to.deep.equal([]);
    for (const { rounds } of result.phases) expect(rounds).to.be.within(1, ROUNDS);
    expect(result.phases[3].comparison.decisions).to.be.greaterThan(20);
  });

  it("decides with many installations while models are swapped, with one otherwise", () => {
    const installations = result.phases.map((phase) => phase.installations);
    expect(installations.slice(0, 3)).to.deep.equal([1, 1, 1]);
    expect(installations[3]).to.be.greaterThan(5);
  });

  it("finds both answers", () => {
    expect(result.total.positive).to.be.greaterThan(0);
    expect(result.total.positive).to.be.lessThan(result.total.decisions);
  });

  it("answers hostile files with errors and goes on", () => {
    expect(result.fuzz["Invalid argument"]).to.be.greaterThan(500);
    expect(Object.values(result.fuzz).reduce((sum, n) => sum + n, 0)).to.equal(3000);
    expect(result.faults).to.deep.equal([]);
  });
});

describe("a tree in a patched kernel", () => {
  let folder: string;
  let result: VerifyResult;
  before(async function () {
    needGuest(this);
    folder = mkdtempSync(join(tmpdir(), "nicetries-guest-test-"));
    result = await verified(treeFile(folder, "tree"), 0, 0);
  });
  after(() => rmSync(folder ?? "", { recursive: true, force: true }));

  it("has the same logit from copied words and the same sign from words read on the way, in every mode", () => {
    expectEqual(result);
    expect(result.phases.map((phase) => phase.mode)).to.deep.equal(["shadow", "decide", "premigrate"]);
    expect(shortPhases(result.phases, DECISIONS)).to.deep.equal([]);
  });

  it("decides both ways", () => {
    for (const { comparison } of result.phases.slice(0, 2))
      expect(comparison.positive).to.be.within(1, comparison.decisions - 1);
    expect(result.faults).to.deep.equal([]);
  });
});

/** The model `forced_now` is asked of hot tasks alone, of which hackbench has none to speak of. */
const HOT = { workloads: [LOOPS, LOOPS, LOOPS], decisions: 5 };

for (const [name, asked] of [
  ["zoo/e1", {}],
  ["zoo/e2", {}],
  ["zoo/e3", HOT],
] as const)
  describe(`the model ${name} in a patched kernel`, () => {
    let result: VerifyResult;
    before(async function () {
      needGuest(this);
      result = await verified(zooFile(name)!, 0, 0, asked);
    });

    it("has every logit, sign and answer that TypeScript has, in every mode", () => {
      expectEqual(result);
      expect(shortPhases(result.phases, HOT.decisions)).to.deep.equal([]);
      expect(result.faults).to.deep.equal([]);
    });
  });
