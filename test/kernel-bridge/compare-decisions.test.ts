import { expect } from "chai";
import fc from "fast-check";
import type { EventRecording, KernelDecision } from "../../kernel-bridge/collect/decode-events.ts";
import { agrees, compareDecisions, expectedAnswer } from "../../kernel-bridge/deploy/compare-decisions.ts";
import { MODES } from "../../kernel-bridge/deploy/control.ts";
import { kernelFaults, mirrored } from "../../kernel-bridge/deploy/verify.ts";
import { fixedModel } from "../../model/fixed-model.ts";
import type { Net } from "../../model/net.ts";
import { decodeNt } from "../../model/nt-read.ts";
import { encodeNt } from "../../model/nt-write.ts";
import type { TreeModel } from "../../model/tree-model.ts";
import { TARGETS } from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";

const NET: Net = {
  target: "migrate",
  threshold: 0,
  inputs: [
    { feature: "task_util_avg", transform: "identity", clipLow: 0, clipHigh: 0, offset: 512, scale: 1 / 256 },
    { feature: "cpu_idle", transform: "flag", clipLow: 0, clipHigh: 0, offset: 0, scale: 1 },
  ],
  layers: [
    {
      inputs: 2,
      outputs: 2,
      activation: "sigmoid",
      weights: Float32Array.of(1, -0.5, 0.25, 2),
      bias: Float32Array.of(0.1, -0.2),
    },
    {
      inputs: 2,
      outputs: 1,
      activation: "identity",
      weights: Float32Array.of(2, -1),
      bias: Float32Array.of(-0.5),
    },
  ],
};
const fixed = (net: Net | TreeModel) => fixedModel(decodeNt(encodeNt(net, { name: "test" })).fixed);
const model = fixed(NET);

/** A kernel that computes rightly: the decision it would record in shadow mode. */
function shadow(util: number, idle: number, cfs: 0 | 1 | 2): KernelDecision {
  const logit = model.logit(Float64Array.of(util, idle));
  return {
    words: new BigUint64Array(33),
    logit: BigInt(logit),
    positive: logit > model.threshold ? 1 : 0,
    cfs,
    usedFloat: false,
    mode: MODES.indexOf("shadow"),
    serial: 1,
    migration: cfs,
  };
}

const calls = fc.array(
  fc.record({
    util: fc.nat(1024),
    idle: fc.nat(1),
    cfs: fc.constantFrom(0 as const, 1 as const, 2 as const),
  }),
  { minLength: 1, maxLength: 20 },
);
type Call = { util: number; idle: number; cfs: 0 | 1 | 2 };
const record = (list: readonly Call[]): EventRecording => ({
  table: tableFromRows(list.map(({ util, idle }) => ({ task_util_avg: util, cpu_idle: idle }))),
  decisions: list.map(({ util, idle, cfs }) => shadow(util, idle, cfs)),
});

describe("comparing a kernel's decisions with TypeScript", () => {
  it("agrees with a kernel that computes rightly", () => {
    fc.assert(
      fc.property(calls, (list) => {
        const found = compareDecisions(record(list), () => model);
        expect(found).to.include({ decisions: list.length, wrongLogits: 0, wrongSigns: 0, wrongAnswers: 0 });
        expect(agrees(found)).to.equal(true);
      }),
    );
  });

  it("sees a single logit that is off by one", () => {
    fc.assert(
      fc.property(calls, fc.nat(), fc.constantFrom(1n, -1n), (list, at, off) => {
        const recording = record(list);
        recording.decisions[at % list.length].logit += off;
        const found = compareDecisions(recording, () => model);
        expect(found.wrongLogits).to.equal(1);
        expect(found.examples[0]).to.contain(`row ${(at % list.length) + 1}`);
        expect(agrees(found)).to.equal(false);
      }),
    );
  });

  it("sees an answer that does not follow", () => {
    const recording = record([{ util: 1, idle: 0, cfs: 1 }]);
    recording.decisions[0].migration = 0;
    expect(compareDecisions(recording, () => model).wrongAnswers).to.equal(1);
  });

  it("sees a prediction of a model that was never installed", () => {
    expect(compareDecisions(record([{ util: 1, idle: 0, cfs: 1 }]), () => undefined).wrongLogits).to.equal(1);
  });

  it("sees calls in which the kernel forgot to predict, and does not mind refusals", () => {
    const recording = record([
      { util: 1, idle: 0, cfs: 1 },
      { util: 2, idle: 0, cfs: 0 },
    ]);
    Object.assign(recording.decisions[0], { positive: -1, cfs: -1 });
    expect(compareDecisions(recording, () => model).unpredicted).to.equal(0);
    Object.assign(recording.decisions[1], { positive: -1 });
    expect(compareDecisions(recording, () => model).unpredicted).to.equal(1);
  });

  it("calls nothing at all no agreement", () => {
    expect(agrees(compareDecisions(record([]), () => model))).to.equal(false);
  });
});

describe("the answer of a patched kernel", () => {
  const every = fc.record({
    target: fc.constantFrom(...TARGETS),
    positive: fc.boolean(),
    cfs: fc.constantFrom(0 as const, 1 as const, 2 as const),
  });
  const answer = (
    mode: (typeof MODES)[number],
    c: { target: (typeof TARGETS)[number]; positive: boolean; cfs: 0 | 1 | 2 },
  ) => expectedAnswer(MODES.indexOf(mode), c.target, c.positive, c.cfs);

  it("is CFS's in the modes off and shadow", () => {
    fc.assert(
      fc.property(every, (c) => {
        expect(answer("off", c)).to.equal(c.cfs);
        expect(answer("shadow", c)).to.equal(c.cfs);
      }),
    );
  });

  it("never keeps in premigrate what CFS would move", () => {
    fc.assert(
      fc.property(every, (c) => {
        expect(answer("premigrate", c) > 0).to.equal(c.cfs > 0 || c.positive);
      }),
    );
  });

  it("calls a move forced exactly when the task is hot", () => {
    fc.assert(
      fc.property(every, fc.constantFrom("decide" as const, "premigrate" as const), (c, mode) => {
        const got = answer(mode, c);
        if (got > 0) expect(got).to.equal(c.cfs === 1 ? 1 : 2);
      }),
    );
  });

  it("is the model's alone for the target migrate", () => {
    fc.assert(
      fc.property(every, (c) => {
        expect(answer("decide", { ...c, target: "migrate" }) > 0).to.equal(c.positive);
      }),
    );
  });
});

describe("the mirror image of a model", () => {
  it("differs in every logit", () => {
    const mirror = fixed(mirrored(NET));
    fc.assert(
      fc.property(fc.nat(1024), fc.nat(1), (util, idle) => {
        const values = Float64Array.of(util, idle);
        expect(mirror.logit(values) * mirror.logitUnit).not.to.be.closeTo(
          model.logit(values) * model.logitUnit,
          1e-3,
        );
      }),
    );
  });
});

describe("faults in a kernel's log", () => {
  it("are told from ordinary lines", () => {
    const faults = [
      "[ 1.0] BUG: KASAN: slab-out-of-bounds in nt_prepare+0x1/0x2",
      "[ 1.0] WARNING: possible circular locking dependency detected",
      "[ 1.0] WARNING: CPU: 1 PID: 2 at kernel/sched/core.c:1 foo+0x1/0x2",
      "[ 1.0] INFO: possible recursive locking detected",
      "kmemleak: unreferenced object 0xffff (size 64):",
      "[ 1.0] Kernel panic - not syncing: Fatal exception",
    ];
    const fine = [
      '[ 1.0] PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug',
      "[ 1.0] kmemleak: Kernel memory leak detector initialized",
      "[ 1.0] ml_migrate: back to CFS (hard cases: refuses where balancing keeps failing)",
    ];
    expect(kernelFaults([...fine, ...faults].join("\n"))).to.deep.equal(faults);
  });
});
