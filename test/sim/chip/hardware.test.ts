import { expect } from "chai";
import fc from "fast-check";
import { HARDWARE_PARAMETERS, hardware, smtShare } from "../../../sim/chip/hardware.ts";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { simulate } from "../../../sim/simulator.ts";
import { constant } from "../../../sim/workload/distributions.ts";
import { Channel } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import { InputError } from "../../../traces/input-error.ts";
import { IDEAL, MS, oneCpu, simulateIdeal, task, workload } from "../run/helpers.ts";

const oneCore = regularTopology("core", 1, 2, 1, 1);
const pinnedPair = (cpuA: number, cpuB: number) =>
  workload(({ spawn }) => {
    spawn(task("a", [S.run(100 * MS)], { affinity: [cpuA] }));
    spawn(task("b", [S.run(50 * MS)], { affinity: [cpuB] }));
  });

describe("hardware", () => {
  it("has unit, default, source and an off value in range for each parameter", () => {
    for (const [name, p] of Object.entries(HARDWARE_PARAMETERS)) {
      for (const text of [p.unit, p.about, p.source]) expect(text, name).to.not.equal("");
      expect(hardware({ [name]: p.value })).to.deep.equal(hardware());
      expect(
        () => hardware({ [name]: p.off === 0 && name.endsWith("PerUs") ? 1 : p.off }),
        name,
      ).to.not.throw();
    }
  });

  it("refuses unknown names, fractions and values out of range", () => {
    expect(() => hardware({ nonsense: 1 } as never)).to.throw(InputError, /nonsense/);
    for (const value of [-1, 0.5, 1001, Number.NaN])
      expect(() => hardware({ smtSharePermille: value }), String(value)).to.throw(InputError, /1\.\.1000/);
    expect(() => hardware({}, ["heat" as never])).to.throw(
      InputError,
      /smt, cache, costs, inference, jitter/,
    );
  });

  it("switches effects off one by one", () => {
    expect(hardware({}, ["smt"])).to.deep.equal({ ...hardware(), smtSharePermille: 1000 });
    expect(hardware({}, ["inference"])).to.deep.equal({ ...hardware(), inferenceNs: 0 });
    const none = hardware({}, IDEAL);
    // the kernel's own threads are switched off as a whole: sim/run/background.ts
    for (const [name, p] of Object.entries(HARDWARE_PARAMETERS))
      if (/Ns$/.test(name) && !/Decay|^(kworker|ksoftirqd|unbound|rcu)/.test(name))
        expect(none[name as keyof typeof none], name).to.equal(p.off);
  });

  it("lets SMT siblings share their core, exactly by the share, and gives it back when one ends", () => {
    const r = simulateIdeal(pinnedPair(0, 1), {
      topology: oneCore,
      hardware: { ...hardware({}, IDEAL), smtSharePermille: 625 },
    });
    // b works at 5/8 until it is done at 50 / 0.625 = 80 ms; a has done 50 by then and 50 more alone.
    expect(r.tasks.map((t) => t.exitNs)).to.deep.equal([130 * MS, 80 * MS]);
  });

  it("slows SMT threads by the same factor with each doubling of busy ones, and not at all when sharing is off", () => {
    const at = (smtSharePermille: number, busy: number) =>
      smtShare({ ...hardware(), smtSharePermille }, busy);
    expect([1, 2, 4, 8].map((n) => at(600, n))).to.deep.equal([1000, 600, 360, 216]);
    expect(at(600, 3)).to.equal(440); // (1200 + 1440) / 2 for three
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 128 }), (share, n) => {
        expect(at(1000, n)).to.equal(1000);
        expect(at(share, n + 1)).to.be.within(1, at(share, n));
        // a core with one more busy thread gets no less done, but for the truncation of each share
        if (share >= 500) expect((n + 1) * (at(share, n + 1) + 2)).to.be.at.least(n * at(share, n));
      }),
    );
  });

  it("lets eight threads of one core do what the law gives, all together", () => {
    const eight = workload(({ spawn }) => {
      for (let cpu = 0; cpu < 8; cpu++) spawn(task(`t${cpu}`, [S.run(10 * MS)], { affinity: [cpu] }));
    });
    const r = simulateIdeal(eight, {
      topology: regularTopology("core", 1, 8, 1, 1),
      hardware: { ...hardware({}, IDEAL), smtSharePermille: 500 },
    });
    expect(r.tasks.map((t) => t.exitNs)).to.deep.equal(new Array(8).fill(80 * MS));
  });

  it("gives cores of their own the full speed, and SMT siblings too when sharing is off", () => {
    for (const [topology, cpuB] of [
      [regularTopology("cores", 2, 1, 2, 2), 1],
      [oneCore, 1],
    ] as const) {
      const r = simulateIdeal(pinnedPair(0, cpuB), { topology });
      expect(r.tasks.map((t) => t.exitNs)).to.deep.equal([100 * MS, 50 * MS]);
    }
  });

  it("gives who is alone the work of all where CPUs share one stream of instructions", () => {
    const r = simulateIdeal(pinnedPair(0, 3), { hardware: { ...hardware({}, IDEAL), oneStream: 1 } });
    // two of eight are busy, in turns: four times as fast until b is done, at some 12.5 ms; a is alone then, and eight times as fast
    expect(r.tasks[0].exitNs).to.equal(18.75 * MS);
    expect(r.tasks[1].exitNs).to.be.within(11 * MS, 13.5 * MS);
    const all = workload(({ spawn }) => {
      for (let cpu = 0; cpu < 8; cpu++) spawn(task(`t${cpu}`, [S.run(10 * MS)], { affinity: [cpu] }));
    });
    const busy = simulateIdeal(all, { hardware: { ...hardware({}, IDEAL), oneStream: 1 } });
    const ends = busy.tasks.map((t) => t.exitNs);
    expect(Math.max(...ends)).to.equal(10 * MS); // of all turns together, one after the other
    expect(Math.min(...ends)).to.be.at.least(6 * MS);
  });

  it("takes costs from the one stream of instructions, those of an idle CPU too", () => {
    const oneStream = { ...hardware({}, IDEAL), oneStream: 1, contextSwitchNs: 800 };
    const r = simulateIdeal(pinnedPair(0, 3), { hardware: oneStream });
    // both are switched to; when b ends, its CPU's switch to idle holds up a
    expect(r.tasks[0].exitNs).to.equal(18.75 * MS + 3 * 800);
    expect(r.tasks.map((t) => t.lostNs)).to.deep.equal([800, 800]);
  });

  it("charges a switch, a tick and a system call as lost time of the task on the CPU, to the ns", () => {
    const alone = (h: Parameters<typeof hardware>[0]) =>
      simulateIdeal(
        workload(({ spawn }) => spawn(task("a", [S.yieldCpu(), S.run(MS)]))),
        {
          topology: oneCpu(),
          hardware: { ...hardware({}, IDEAL), ...h },
        },
      );
    expect(alone({}).tasks[0]).to.include({ exitNs: MS, lostNs: 0 });
    expect(alone({ contextSwitchNs: 700 }).tasks[0]).to.include({ exitNs: MS + 700, lostNs: 700 });
    expect(alone({ syscallNs: 90 }).tasks[0]).to.include({ exitNs: MS + 90, lostNs: 90 });
    const ticked = simulateIdeal(
      workload(({ spawn }) => spawn(task("a", [S.run(10 * MS)]))),
      {
        topology: oneCpu(),
        hardware: { ...hardware({}, IDEAL), tickNs: 1000 },
      },
    );
    expect(ticked.tasks[0].exitNs).to.equal(10 * MS + 2 * 1000); // ticks at 4 and 8 ms
  });

  it("charges the inference of a learned policy once per decision, and only when asked to", () => {
    const run = (chargeInference: boolean) =>
      simulate({
        workload: workload(({ spawn }) => {
          for (let i = 0; i < 11; i++) spawn(task(`t${i}`, [S.forever(S.run(3 * MS), S.sleep(MS))]));
        }),
        topology: regularTopology("cores", 8, 1, 8, 8),
        seed: "1",
        durationNs: 200 * MS,
        hardware: { ...hardware({}, IDEAL), inferenceNs: 1000 },
        policy: () => ({ name: "all", decide: () => 1 }),
        chargeInference,
      });
    const free = run(false);
    expect(free.totals.lostNs).to.equal(0);
    expect(free.policyCalls).to.be.greaterThan(0);
    const paid = run(true);
    // Idle CPUs absorb what they compute; the rest is lost time.
    expect(paid.totals.lostNs).to.be.within(1, paid.policyCalls * 1000);
  });
});

describe("cache warmth", () => {
  const warm = { ...hardware({}, IDEAL), privateRefillNsPerKib: 50, sharedRefillNsPerKib: 100 };
  const mover = (to: number[], bytes: number) =>
    workload(({ spawn }) =>
      spawn(
        task("a", [S.run(10 * MS), S.setAffinity(to), S.run(10 * MS)], {
          affinity: [0],
          workingSetBytes: bytes,
        }),
      ),
    );
  const refill = (to: number[], bytes: number, h = warm) =>
    simulateIdeal(mover(to, bytes), { topology: regularTopology("chip", 4, 2, 2, 4), hardware: h }).totals
      .refillNs;

  it("costs nothing between SMT siblings", () => {
    expect(refill([1], 1 << 20)).to.equal(0);
  });

  it("costs the private part between cores of one last-level cache", () => {
    expect(refill([2], 100 * 1024)).to.equal(100 * 50);
    expect(refill([2], 1 << 20)).to.equal(512 * 50);
  });

  it("costs both parts between last-level caches, each up to the size of its cache", () => {
    expect(refill([4], 100 * 1024)).to.equal(100 * 50 + 100 * 100);
    expect(refill([4], 1 << 30)).to.equal(512 * 50 + 6144 * 100);
  });

  it("costs nothing when switched off, and nothing for a task without a working set", () => {
    expect(refill([4], 1 << 20, hardware({}, IDEAL))).to.equal(0);
    expect(refill([4], 0)).to.equal(0);
  });

  it("is lost linearly to others who run on the core, and not to idleness", () => {
    const absence = (otherNs: number) =>
      simulateIdeal(
        workload(({ spawn }) => {
          spawn(
            task("a", [S.run(MS), S.sleep(20 * MS), S.run(MS)], {
              affinity: [0],
              workingSetBytes: 100 * 1024,
            }),
          );
          if (otherNs > 0) spawn(task("b", [S.sleep(2 * MS), S.run(constant(otherNs))], { affinity: [0] }));
        }),
        { topology: oneCpu(), hardware: warm },
      ).tasks[0].refillNs;
    expect(absence(0)).to.equal(0);
    // 1 of 4 ms of decay in the private cache; 1 of 200 in the shared one.
    expect(absence(MS)).to.equal(100 * 50 * 0.25 + 100 * 100 * 0.005);
    expect(absence(10 * MS)).to.equal(100 * 50 + 100 * 100 * 0.05);
  });
});

describe("interrupts", () => {
  it("cost the task they interrupt", () => {
    // The timer of the sleeper fires on the CPU on which it last ran, where the other one works meanwhile.
    const r = simulateIdeal(
      workload(({ spawn }) => {
        const never = new Channel("never", 1, false);
        spawn(task("sleeper", [S.sleep(5 * MS), S.send(never)], { affinity: [0], nice: 19 }));
        spawn(task("worker", [S.run(7 * MS)], { affinity: [0], nice: -10 }));
      }),
      { topology: oneCpu(), hardware: { ...hardware({}, IDEAL), ipiNs: 400 } },
    );
    expect(r.tasks[1].lostNs).to.equal(400);
  });
});
