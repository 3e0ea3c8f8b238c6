import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { randomStream } from "../../../sim/engine/random.ts";
import { simulate } from "../../../sim/simulator.ts";
import type { Tunables } from "../../../sim/tunables.ts";
import { exponential, heavyTail, naturalLog, spread, uniform } from "../../../sim/workload/distributions.ts";
import { MODELS, modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { defaultOn, REFERENCE_CPUS } from "../../../sim/workload/models/model.ts";
import { TaskRandom } from "../../../sim/workload/task-random.ts";
import { InputError } from "../../../traces/input-error.ts";

const run = (
  name: string,
  seconds: number,
  parameters: Record<string, number> = {},
  tunables: Partial<Tunables> = {},
) =>
  simulate({
    workload: modelNamed(name).workload(parameters),
    tunables,
    topology: presetTopology("i5-1035g1"),
    seed: "1",
    durationNs: seconds * 1e9,
  });

describe("benchmark models", () => {
  it("document every parameter: unit or count, range, meaning, source", () => {
    for (const m of MODELS) {
      for (const text of [m.about, m.standsFor]) expect(text.length, m.name).to.be.greaterThan(10);
      for (const [name, p] of Object.entries(m.parameters)) {
        expect(p.about, name).to.not.equal("");
        expect(p.source, name).to.not.equal("");
        expect(p.value, name).to.be.within(p.min, p.max);
      }
    }
  });

  it("refuse unknown parameters and values out of range", () => {
    for (const m of MODELS) {
      expect(() => m.workload({ nonsense: 1 }), m.name).to.throw(InputError, /no such parameter/);
      for (const [name, p] of Object.entries(m.parameters))
        for (const value of [p.min - 1, p.max + 1, p.min + 0.5, Number.NaN])
          expect(() => m.workload({ [name]: value }), `${name}=${value}`).to.throw(
            InputError,
            /out of range/,
          );
    }
    expect(() => modelNamed("nope")).to.throw(InputError, /hackbench, database/);
  });

  it("hackbench sends every message: groups x senders x receivers x loops", () => {
    const r = run("hackbench", 10, { groups: 2, fds: 4, loops: 30 });
    expect(r.work).to.include({ units: 2 * 4 * 4 * 30, created: 17, exited: 17 });
    expect(r.work.makespanNs).to.be.greaterThan(0);
  });

  it("configure forks processes that live for some milliseconds, one or two at a time, and ends", () => {
    const born = new Map<number, number>();
    const lives: number[] = [];
    const workload = modelNamed("configure").workload({ checks: 40 });
    const r = simulate({
      workload,
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      onTimeline: (e) => {
        if (e.type === "newtask") born.set(e.task.pid, e.time);
        if (e.type === "exit") lives.push(e.time - (born.get(e.task.pid) ?? 0));
      },
    });
    expect(r.work).to.include({ units: 40, exited: r.work.created });
    expect(r.work.created).to.be.greaterThan(40 * 4);
    const busy = r.cpus.reduce((sum, cpu) => sum + cpu.busyNs, 0);
    expect(busy / r.work.makespanNs!).to.be.within(1, 1.3);
    lives.sort((a, b) => a - b);
    expect(lives[Math.floor(lives.length / 2)]).to.be.within(1e6, 1e7);
    expect(run("configure", 60, { checks: 10, scripts: 3 }).work.units).to.equal(30);
  });

  // What each load brings about on the default chip within these simulated seconds. A database's tasks are seldom hot by the
  // kernel's own migration cost, on a real kernel too (pgbench in traces/real/virtual-time: 1 forced call in 10,000).
  for (const [name, seconds, migrationCostNs] of [
    ["convolution", 20, 500_000],
    ["numeric", 15, 500_000],
    ["database", 20, 4_000_000],
    ["compression", 20, 500_000],
    ["weights", 20, 4_000_000],
  ] as const) {
    it(`${name} meets cold, hot and forced tasks within ${seconds} s`, () => {
      const r = run(name, seconds, {}, { migrationCostNs });
      for (const reason of ["running", "cold", "hot_refused", "forced"] as const)
        expect(r.decisions[reason], reason).to.be.greaterThan(0);
      expect(r.detached.forced).to.be.greaterThan(0);
      expect(r.work.units).to.be.greaterThan(100);
    });
  }

  const on = (chip: string, name: string, seconds: number, parameters: Record<string, number> = {}) =>
    simulate({
      workload: modelNamed(name).workload(parameters),
      topology: presetTopology(chip),
      seed: "1",
      durationNs: seconds * 1e9,
    });
  const calls = (decisions: Record<string, number>) => Object.values(decisions).reduce((a, b) => a + b, 0);

  it("have as many tasks as before on 8 CPUs, more on larger chips and fewer on smaller ones", () => {
    for (const m of MODELS)
      for (const [name, p] of Object.entries(m.parameters)) {
        expect(defaultOn(REFERENCE_CPUS, p), `${m.name} ${name}`).to.equal(p.value);
        if (!p.on) continue;
        expect(defaultOn(256, p), `${m.name} ${name}`).to.be.greaterThan(4 * p.value);
        for (let cpus = 1; cpus < 4096; cpus = 2 * cpus + 1)
          expect(defaultOn(cpus, p), `${m.name} ${name}`)
            .to.satisfy(Number.isInteger)
            .and.to.be.within(Math.max(1, p.min), p.max);
      }
  });

  it("give the balancer work on chips of 32 and 128 CPUs, and more of it than on 8", () => {
    for (const [name, seconds] of [
      ["hackbench", 0.04],
      ["database", 0.15],
      ["numeric", 0.3],
      ["convolution", 1],
      ["compression", 1],
      ["weights", 1],
    ] as const) {
      const [small, middle, large] = ["i5-1035g1", "16x2", "64x2"].map((chip) => on(chip, name, seconds));
      expect(calls(middle!.decisions), `${name}, 32 CPUs`).to.be.greaterThan(calls(small!.decisions));
      expect(calls(large!.decisions), `${name}, 128 CPUs`).to.be.greaterThan(calls(small!.decisions));
      if (name !== "hackbench") expect(large!.work.created, name).to.be.greaterThan(8 * small!.work.created);
    }
  });

  it("take a number of tasks that is given as it is, on every chip", () => {
    const few = { clients: 3, workers: 2, collectors: 1, compactors: 0 };
    for (const chip of ["i5-1035g1", "16x2"])
      expect(on(chip, "database", 0.01, few).work.created).to.equal(3 + 2 + 1 + 2);
    const given = modelNamed("database").workload({ clients: 48 });
    expect(given.definition).to.not.equal(modelNamed("database").workload().definition);
  });

  it("do more work on more cores", () => {
    for (const m of MODELS) {
      if (["hackbench", "configure"].includes(m.name)) continue; // as much work on every chip
      const [small, large] = [on("i5-1035g1", m.name, 1).work.units, on("16x2", m.name, 1).work.units];
      expect(small, m.name).to.be.greaterThan(0);
      // A kernel of `numeric` is as much more work as there are threads; the others do more of the same.
      expect(large, m.name).to.be.greaterThan(m.name === "numeric" ? 0.5 * small : 2.5 * small);
    }
  });
});

describe("distributions", () => {
  const random = () => new TaskRandom(randomStream("1", "workload"));
  const mean = (draw: (r: TaskRandom) => number, n = 20_000) => {
    const r = random();
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const x = draw(r);
      expect(Number.isInteger(x)).to.equal(true);
      expect(x).to.be.at.least(0);
      sum += x;
    }
    return sum / n;
  };

  it("have the means they promise and draw integers", () => {
    expect(mean(exponential(10_000))).to.be.within(9_700, 10_300);
    expect(mean(uniform(10, 20))).to.be.within(14.9, 15.1);
    expect(mean(spread(1000, 500))).to.be.within(990, 1010);
    expect(mean(heavyTail(1000, 1_000_000))).to.be.within(1900, 2100);
  });

  it("ln from additions and divisions alone agrees with Math.log to the last bits", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1, noNaN: true }), (x) => {
        expect(Math.abs(naturalLog(x) - Math.log(x))).to.be.at.most(
          1e-14 * Math.max(1, Math.abs(Math.log(x))),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
