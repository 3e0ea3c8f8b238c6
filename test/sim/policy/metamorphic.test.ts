import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import type { Policy } from "../../../sim/policy/policy.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { allSteps, CHIPS, Laboratory, type Step } from "../random-operations.ts";

/**
 * A policy that answers what stock CFS does is none: every decision, every event and every counter stays as it was, whatever the
 * workload, the chip and the seed.
 */
const STOCK: Record<string, Policy> = {
  "place() that answers the stock CPU": { name: "stock", place: (query) => query.stock() },
  "idle() that never lets a CPU spin": { name: "stock", idle: () => 0 },
  "rank() that answers the stock order": { name: "stock", rank: (query) => query.tasks },
  "pull() that leaves it to the balancer": { name: "stock", pull: () => undefined },
  "control() that sets what is set": {
    name: "stock",
    everyNs: 1_000_000,
    control: (query) => query.settings,
  },
};

const text = (value: unknown) => JSON.stringify(value);

/** All that a run is seen to do, and what came of it. */
function historyOf(model: string, chip: string, seed: number, background: number, policy?: Policy) {
  const lines: string[] = [];
  const result = simulate({
    workload: modelNamed(model).workload(),
    topology: presetTopology(chip),
    seed: String(seed),
    durationNs: 40_000_000,
    background,
    policy: policy && (() => policy),
    onDecision: (row) => lines.push(text(row)),
    onTimeline: (event) => lines.push(text(event)),
  });
  const { policy: _, policyCalls, policyVetoes, ...rest } = result;
  return { history: [...lines, text(rest)], policyCalls, policyVetoes };
}

/** The same of random operations on a core alone: groups, real-time tasks, affinities. */
function stepsOf(sequence: readonly Step[], chip: number, policy?: Policy): string[] {
  const lines: string[] = [];
  const tell =
    (name: string) =>
    (...seen: unknown[]) =>
      lines.push(text([name, ...seen.map(shown)]));
  const listener = Object.fromEntries(
    ["onSwitch", "onWakeup", "onMigrate", "onDecision", "onBalance"].map((name) => [name, tell(name)]),
  );
  const laboratory = new Laboratory(CHIPS[chip], {}, 12, listener, policy);
  const { core } = laboratory;
  for (const step of sequence) {
    laboratory.do(step);
    if (policy?.control) core.set(core.settings);
  }
  return [...lines, text(laboratory.core.schedstat())];
}

/** Tasks know the whole machine: their number will do. */
const shown = (value: unknown) =>
  typeof value === "object" && value !== null && "se" in value
    ? (value as unknown as { pid: number }).pid
    : value;

describe("a policy that answers as stock CFS", () => {
  for (const [what, policy] of Object.entries(STOCK)) {
    it(`with a ${what} changes no byte of any run`, () => {
      let asked = 0;
      fc.assert(
        fc.property(
          fc.constantFrom("hackbench", "database", "numeric", "convolution", "compression"),
          fc.constantFrom("i5-1035g1", "8x1", "16x2"),
          fc.nat(1000),
          fc.constantFrom(0, 1),
          (model, chip, seed, background) => {
            const without = historyOf(model, chip, seed, background);
            const withPolicy = historyOf(model, chip, seed, background, policy);
            expect(withPolicy.history).to.deep.equal(without.history);
            expect(withPolicy.policyVetoes).to.equal(0);
            asked += withPolicy.policyCalls;
          },
        ),
        { numRuns: 15 },
      );
      expect(asked).to.be.greaterThan(0);
    });

    it(`with a ${what} changes nothing of what random operations do, groups and real-time tasks among them`, () => {
      fc.assert(
        fc.property(allSteps, fc.nat(CHIPS.length - 1), (sequence, chip) => {
          expect(stepsOf(sequence, chip, policy)).to.deep.equal(stepsOf(sequence, chip));
        }),
        { numRuns: 60 },
      );
    });
  }
});
