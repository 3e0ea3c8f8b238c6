import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { generateScenario } from "../../../sim/lockstep/generate.ts";
import { SCENARIO_KINDS } from "../../../sim/lockstep/kinds.ts";
import { formatScenario, OPERATIONS, parseScenario, type Scenario } from "../../../sim/lockstep/scenario.ts";

const KINDS = Object.keys(SCENARIO_KINDS);

/** Share of each operation among the steps. */
function shares(scenarios: readonly Scenario[]): Map<string, number> {
  const steps = scenarios.flatMap((scenario) => scenario.steps);
  const count = new Map<string, number>();
  for (const { op } of steps) count.set(op, (count.get(op) ?? 0) + 1 / steps.length);
  return count;
}

describe("a generated scenario", () => {
  it("is the same for the same kind, seed and length, and another for another seed", () => {
    for (const kind of KINDS) {
      const once = formatScenario(generateScenario(kind, "1", 8));
      expect(formatScenario(generateScenario(kind, "1", 8)), kind).to.equal(once);
      expect(formatScenario(generateScenario(kind, "2", 8)), kind).not.to.equal(once);
    }
    const long = generateScenario("mixed", "1", 8, 300).steps;
    expect(generateScenario("mixed", "1", 8, 100).steps).to.deep.equal(long.slice(0, 100));
  });

  it("is a scenario: what is written can be read and is the same again", () => {
    for (const kind of KINDS)
      for (const cpus of [1, 2, 8]) {
        const made = generateScenario(kind, "7", cpus);
        expect(parseScenario(formatScenario(made), kind, cpus), `${kind} on ${cpus} CPUs`).to.deep.equal(
          made,
        );
      }
  });

  it("has the length and the tasks of its kind", () => {
    for (const kind of KINDS) {
      const { tasks, steps } = generateScenario(kind, "3", 8);
      const { tasks: count, children = 0, steps: length, draw } = SCENARIO_KINDS[kind];
      expect(steps, kind).to.have.length(length);
      if (draw !== undefined) continue; // its tasks are the seed's
      expect(
        tasks.map(({ child }) => child),
        kind,
      ).to.deep.equal([...Array(count).fill(false), ...Array(children).fill(true)]);
    }
  });

  it("is what the corpus holds under the name of its kind and seed", () => {
    const corpus = new URL("../../conformance/corpus/", import.meta.url);
    for (const folder of ["generated-smt/", "generated-mc/", "groups-smt/", "groups-mc/"])
      for (const file of readdirSync(new URL(folder, corpus)).filter((name) => name.endsWith(".scn"))) {
        const text = readFileSync(new URL(folder + file, corpus), "utf8");
        const [, kind, seed] = /^(.+)-(\d+)\.scn$/.exec(file)!;
        const steps = parseScenario(text, file, 8).steps.length;
        expect(formatScenario(generateScenario(kind!, seed!, 8, steps)), file).to.equal(text);
      }
  });

  it("has about the operations and ticks of the corpus, for the kinds that the corpus has", () => {
    const folder = new URL("../../conformance/corpus/smt/", import.meta.url);
    const names = readdirSync(folder).filter((name) => name.endsWith(".scn"));
    for (const kind of KINDS.slice(0, 9)) {
      const corpus = names
        .filter((name) => new RegExp(`^${kind}-\\d{1,2}\\.scn$`).test(name))
        .map((name) => parseScenario(readFileSync(new URL(name, folder), "utf8"), name, 8));
      const made = corpus.map((_, i) => generateScenario(kind, `${i}`, 8));
      const want = shares(corpus);
      const have = shares(made);
      for (const op of new Set([...want.keys(), ...have.keys()]))
        expect(have.get(op) ?? 0, `${kind}: ${op}`).to.be.closeTo(want.get(op) ?? 0, 0.05);
      const meanTime = (scenarios: readonly Scenario[]) =>
        scenarios.flatMap(({ steps }) => steps).reduce((sum, { dt }) => sum + dt, 0) / scenarios.length / 200;
      expect(meanTime(made) / meanTime(corpus), `${kind}: mean time of a step`).to.be.within(0.8, 1.25);
    }
  });

  it("reaches every operation, policy and shape of mask that the harness knows", () => {
    const made = KINDS.map((kind) => generateScenario(kind, "1", 8));
    const steps = made.flatMap((scenario) => scenario.steps);
    expect([...shares(made).keys()].sort()).to.deep.equal([...OPERATIONS].sort());
    const policies = new Set(made.flatMap(({ tasks }) => tasks.map(({ policy }) => policy)));
    expect([...policies].sort()).to.deep.equal([0, 1, 2, 3, 5]);
    const masks = new Set(steps.filter(({ op }) => op === "affine").map(({ b }) => b));
    expect([...masks]).to.include.members([1, 3, 12, 15, 128, 240, 255]);
  });
});
