import { expect } from "chai";
import fc from "fast-check";
import { modelWorkload } from "../../../lab/names.ts";
import { measuredRates } from "../../../scripts/background-tables.ts";
import { HARDWARE_PARAMETERS, hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import type { SimulationResult } from "../../../sim/output/result.ts";
import { type SimulateOptions, simulate, startSimulation } from "../../../sim/simulator.ts";
import { Semaphore } from "../../../sim/workload/resources.ts";
import { forever, run, semaphoreWait, sleep } from "../../../sim/workload/script.ts";
import { TraceChecker } from "../../../traces/check.ts";
import { InputError } from "../../../traces/input-error.ts";
import { TableBuilder } from "../../../traces/table.ts";
import { IDEAL, isNamed, MS, rtApp, simulateIdeal, task, workload } from "./helpers.ts";

const SECOND = 1_000_000_000;
const numeric = () => modelWorkload(["numeric"], {});
const simulateNumeric = (more: Partial<SimulateOptions>): SimulationResult =>
  simulate({ workload: numeric(), topology: presetTopology("8x1"), seed: "1", durationNs: SECOND, ...more });

/** A machine on which nothing else runs. */
const alone = (more: Partial<SimulateOptions>) => simulateIdeal(rtApp("{}"), { durationNs: SECOND, ...more });

const KTHREAD = /^(kworker|ksoftirqd)\/\d/;

describe("the background", () => {
  it("is off by default, and then nothing is different", () => {
    expect(simulateNumeric({}).background).to.equal(null);
    const durationNs = 200 * MS;
    expect(simulateNumeric({ durationNs, background: 0 })).to.deep.equal(simulateNumeric({ durationNs }));
  });

  it("wakes up as often, and runs as long, as the hardware says, times its factor", () => {
    const kinds = [
      ["kworker", 8],
      ["ksoftirqd", 8],
      ["rcu", 1],
      ["unbound", 1],
    ] as const;
    const sleepNs = fc.integer({ min: 1_000_000, max: 50_000_000 });
    const runNs = fc.integer({ min: 1000, max: 500_000 });
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        sleepNs,
        runNs,
        fc.constantFrom(0.5, 1, 2),
        fc.string(),
        ([kind, threads], sleeps, runs, factor, seed) => {
          const values = Object.fromEntries(
            kinds.flatMap(([name]) => [
              [`${name}SleepNs`, name === kind ? sleeps : 0],
              [`${name}RunNs`, runs],
            ]),
          );
          const durationNs = 3 * SECOND;
          const { background } = alone({
            background: factor,
            durationNs,
            seed,
            hardware: hardware(values, IDEAL),
          });
          const expected = (threads * durationNs) / (sleeps / factor + runs);
          expect(background!.threads).to.equal(threads);
          // a renewal process: its standard deviation is below the root of the count, as sleeps are exponential
          expect(Math.abs(background!.wakeups - expected)).to.be.at.most(5 * Math.sqrt(expected) + threads);
          const mean = background!.runNs / background!.wakeups;
          expect(Math.abs(mean / runs - 1)).to.be.at.most(6 / Math.sqrt(expected) + 0.02);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("is none of the workload's tasks, and shares the CPUs with them", () => {
    const off = simulateNumeric({});
    const on = simulateNumeric({ background: 20 });
    expect(on.tasks.map(({ name }) => name)).to.deep.equal(off.tasks.map(({ name }) => name));
    expect(on.work.created).to.equal(off.work.created);
    expect(on.latency.count).to.equal(on.tasks.reduce((sum, t) => sum + t.latency.count, 0));
    const { runNs, wakeups } = on.background!;
    expect(wakeups).to.be.above(100);
    const busy = on.cpus.reduce((sum, cpu) => sum + cpu.busyNs, 0);
    expect(busy).to.equal(on.totals.runNs + runNs);
    expect(on.schedstat.cpus).to.have.length(8);
  });

  it("has threads that the balancer leaves on their CPUs: percpu_kthread, as the rule says", () => {
    const rows = new TableBuilder();
    const { decisions } = simulateNumeric({
      background: 100,
      durationNs: 5 * SECOND,
      onDecision: (row) => rows.append(row),
    });
    const table = rows.toTable();
    const checker = new TraceChecker();
    checker.observe(table);
    const { agree, rows: all } = checker.finish();
    expect([agree, decisions.percpu_kthread > 20]).to.deep.equal([all, true]);
    for (let i = 0; i < table.rows; i++) {
      const bound = KTHREAD.test(table.text.comm[i]);
      expect(table.numeric.task_percpu_kthread[i]).to.equal(bound ? 1 : 0);
      expect(table.text.reason[i] === "percpu_kthread").to.equal(bound);
    }
  });

  it("stands on timelines under the kernel's names, and stays on its CPUs", () => {
    const { timeline } = alone({
      background: 1,
      durationNs: 5 * SECOND,
      hardware: hardware({ kworkerSleepNs: 100 * MS, ksoftirqdSleepNs: 100 * MS }),
    });
    const names = new Set<string>();
    for (const e of timeline) {
      if (e.type === "newtask" || e.type === "exit")
        throw new Error("it is older than the run, and outlives it");
      if (e.type !== "switch" || e.next.pid === 0) continue;
      names.add(e.next.comm);
      const [, cpu] = /^\w+\/(\d+)/.exec(e.next.comm) ?? [];
      if (cpu !== undefined) expect(e.cpu).to.equal(Number(cpu));
    }
    for (const name of ["kworker/0:1", "kworker/7:1", "ksoftirqd/3", "rcu_sched", "kworker/u:0"])
      expect([...names]).to.include(name);
  });

  it("neither keeps a simulation going whose tasks have ended, nor hides that none can go on", () => {
    const ends = workload((setup) => setup.spawn(task("t", [run(5 * MS)])));
    expect(simulateIdeal(ends, { background: 50 }).simulatedNs).to.be.below(7 * MS);
    const stuck = workload((setup) => {
      const never = new Semaphore("never", 0);
      for (let i = 0; i < 3; i++) setup.spawn(task(`t${i}`, [run(MS), semaphoreWait(never)]));
    });
    for (const background of [0, 1, 50])
      expect(() => simulateIdeal(stuck, { background, durationNs: 20 * SECOND })).to.throw(
        InputError,
        /deadlock after [1-9]\d{0,8} ns: no task can go on/,
      );
  });

  it("draws the same for equal seeds, and leaves what the workload draws as it is", () => {
    const drawn = (background: number) => {
      const runs: number[] = [];
      const draws = workload((setup) => {
        const body = [
          forever(
            run((random) => runs[runs.push(random.next32() % MS) - 1]),
            sleep(MS),
          ),
        ];
        setup.spawn(task("t", body, { affinity: [0] }));
      });
      simulateIdeal(draws, { background, durationNs: 200 * MS });
      return runs;
    };
    const [without, with_] = [drawn(0), drawn(30)];
    const both = Math.min(without.length, with_.length);
    expect(both).to.be.above(50);
    expect(with_.slice(0, both)).to.deep.equal(without.slice(0, both));
    const [one, two] = ["1", "2"].map((seed) => simulateNumeric({ background: 5, seed }));
    expect(simulateNumeric({ background: 5 })).to.deep.equal(one);
    expect(two.background).not.to.deep.equal(one.background);
  });

  it("is named by the kernel's CPU numbers, and refused where its factor is none", () => {
    for (const background of [-1, Number.NaN, 1001])
      expect(() => alone({ background })).to.throw(InputError, "no such background");
    const simulation = startSimulation({
      workload: rtApp("{}"),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: SECOND,
      background: 1,
    });
    const names = simulation.background.tasks.map(({ name }) => name);
    expect(names.filter((name) => isNamed(name.replace(/[/:]/g, "-"), "ksoftirqd"))).to.have.length(8);
  });

  it("has its rates in the hardware's table, each with its source", () => {
    const own = Object.entries(HARDWARE_PARAMETERS).filter(([name]) =>
      /^(kworker|ksoftirqd|rcu|unbound)/.test(name),
    );
    expect(own).to.have.length(8);
    for (const [name, { source }] of own) expect(source, name).to.include("scripts/background");
    expect(Object.fromEntries(own.map(([name, { value }]) => [name, value]))).to.deep.equal(measuredRates());
  });
});
