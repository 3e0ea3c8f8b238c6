import { expect } from "chai";
import fc from "fast-check";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { SCHED_FIFO, SCHED_RR, SchedulerCore, type Task, type Tunables } from "../../../sim/core.ts";
import { CpuMask } from "../../../sim/lib/cpumask.ts";
import { findLowest, setCpuPri } from "../../../sim/rt/cpupri.ts";
import { RootDomain } from "../../../sim/state/root-domain.ts";
import { InputError } from "../../../traces/input-error.ts";
import { checkCore, checkSnapshot } from "../invariants.ts";
import { allSteps, CHIPS, Laboratory, realTimeSteps } from "../random-operations.ts";

const MS = 1_000_000;

/** Cores that share one cache, without ticks when idle; time passes with ticks and the scheduler's timers. */
class Machine {
  readonly core: SchedulerCore;
  constructor(cpus: number, tunables: Partial<Tunables> = {}) {
    this.core = new SchedulerCore({ topology: regularTopology("test", cpus, 1, cpus, cpus), tunables });
  }

  task(options: { policy?: number; rtPriority?: number; affinity?: number[]; cpu?: number }): Task {
    const task = this.core.newTask({ comm: "t", ...options });
    this.core.wake(task, options.cpu ?? 0);
    return task;
  }

  /** Runs to `ms`. */
  to(ms: number): void {
    const { core } = this;
    const end = ms * MS;
    for (;;) {
      const tick = (core.jiffies + 1) * 4 * MS;
      const next = Math.min(core.nextTimer, tick, end);
      core.advanceTo(next);
      if (next === core.nextTimer) core.fireTimer();
      else if (next === tick) core.tick();
      else return;
    }
  }

  /** What runs on each CPU. */
  get running(): (Task | null)[] {
    return this.core.cpus.map(({ curr }) => curr);
  }
}

describe("real-time tasks", () => {
  it("keep every structure's invariants, whatever is done to them", () => {
    const chip = fc.nat(CHIPS.length - 1);
    fc.assert(
      fc.property(chip, fc.boolean(), fc.nat(20), realTimeSteps, (topology, nohz, tasks, sequence) => {
        const lab = new Laboratory(CHIPS[topology], { nohz }, tasks);
        sequence.forEach((step, i) => {
          lab.do(step);
          checkCore(lab.core, lab.tasks);
          if (i % 8 === 0) checkSnapshot(lab.core);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("keep them in groups too, throttled or not", () => {
    const chip = fc.nat(CHIPS.length - 1);
    fc.assert(
      fc.property(chip, fc.boolean(), fc.nat(20), allSteps, (topology, nohz, tasks, sequence) => {
        const lab = new Laboratory(CHIPS[topology], { nohz }, tasks);
        for (const step of sequence) {
          lab.do(step);
          checkCore(lab.core, lab.tasks, true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("go before fair ones, the more urgent first, and in the order of their coming among equals", () => {
    const machine = new Machine(1);
    const { core } = machine;
    const fair = machine.task({});
    const low = machine.task({ policy: SCHED_FIFO, rtPriority: 10 });
    const first = machine.task({ policy: SCHED_FIFO, rtPriority: 20 });
    const second = machine.task({ policy: SCHED_FIFO, rtPriority: 20 });
    const order: (Task | null)[] = [];
    for (let i = 0; i < 4; i++) {
      order.push(core.cpus[0].curr);
      core.block(0);
    }
    expect(order).to.deep.equal([first, second, low, fair]);
  });

  it("of SCHED_RR take turns every 100 ms, of SCHED_FIFO none", () => {
    for (const policy of [SCHED_FIFO, SCHED_RR]) {
      const machine = new Machine(1);
      const [a, b] = [machine.task({ policy, rtPriority: 5 }), machine.task({ policy, rtPriority: 5 })];
      machine.to(99);
      expect(machine.running).to.deep.equal([a]);
      machine.to(101);
      expect(machine.running).to.deep.equal([policy === SCHED_RR ? b : a]);
      machine.to(201);
      expect(machine.running).to.deep.equal([a]);
    }
  });

  it("leave 50 ms of each second to fair ones", () => {
    const machine = new Machine(1);
    const greedy = machine.task({ policy: SCHED_FIFO, rtPriority: 1 });
    const fair = machine.task({});
    machine.to(10_000);
    expect(fair.se.sumExecRuntime / MS).to.be.closeTo(500, 50);
    expect(greedy.se.sumExecRuntime / MS).to.be.closeTo(9500, 50);
  });

  it("leave what sched_rt_runtime does not give them of each sched_rt_period, and nothing where it is all or -1", () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 500 }), fc.integer({ min: 0, max: 85 }), (periodMs, percent) => {
        const rtRuntimeNs = Math.floor((periodMs * MS * percent) / 100);
        const machine = new Machine(1, { rtPeriodNs: periodMs * MS, rtRuntimeNs });
        const greedy = machine.task({ policy: SCHED_FIFO, rtPriority: 1 });
        machine.task({});
        machine.to(20 * periodMs);
        // a tick finds it out, before the period ends; what it has had too much is taken off the next one
        const ran = greedy.se.sumExecRuntime;
        expect((ran - 20 * rtRuntimeNs) / MS).to.be.within(0, 4);
      }),
      { numRuns: 60 },
    );
    const machine = new Machine(1, { rtRuntimeNs: -1 });
    const greedy = machine.task({ policy: SCHED_FIFO, rtPriority: 1 });
    const fair = machine.task({});
    machine.to(5000);
    expect(greedy.se.sumExecRuntime).to.equal(5000 * MS);
    expect(fair.se.sumExecRuntime).to.be.below(1);
    expect(machine.core.nextTimer).to.equal(Number.POSITIVE_INFINITY);
    expect(() => new Machine(1, { rtRuntimeNs: 2000 * MS })).to.throw(InputError, "more than the period");
  });

  it("of SCHED_RR have slices of sched_rr_timeslice, in ticks rounded up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), (ms) => {
        const machine = new Machine(1, { rrTimesliceNs: ms * MS });
        const [a, b] = [0, 1].map(() => machine.task({ policy: SCHED_RR, rtPriority: 5 }));
        const slice = 4 * Math.ceil(ms / 4);
        for (const [at, who] of [
          [slice - 1, a],
          [slice + 1, b],
          [2 * slice + 1, a],
        ] as const) {
          machine.to(at);
          expect(machine.running).to.deep.equal([who]);
        }
      }),
    );
  });

  it("are throttled on an idle CPU too, and the timer stops when none is left", () => {
    const machine = new Machine(1);
    const { core } = machine;
    const greedy = machine.task({ policy: SCHED_FIFO, rtPriority: 1 });
    machine.to(990);
    expect([machine.running, core.machine.cpus[0].rt.throttled]).to.deep.equal([[null], true]);
    machine.to(1010);
    expect(machine.running).to.deep.equal([greedy]);
    core.block(0);
    machine.to(5000);
    expect(core.nextTimer).to.equal(Number.POSITIVE_INFINITY);
  });

  it("are pushed to where less urgent ones run, if they may go there", () => {
    const machine = new Machine(3);
    const here = machine.task({ policy: SCHED_FIFO, rtPriority: 50, cpu: 0, affinity: [0] });
    const fair = machine.task({ cpu: 1, affinity: [1] });
    const bound = machine.task({ policy: SCHED_FIFO, rtPriority: 40, cpu: 0, affinity: [0] });
    const free = machine.task({ policy: SCHED_FIFO, rtPriority: 30, cpu: 0, affinity: [0, 1] });
    expect(machine.running).to.deep.equal([here, free, null]);
    expect([bound.onRq, fair.onRq]).to.deep.equal([true, true]);
  });

  it("are asked for by a CPU that turns to something less urgent", () => {
    const machine = new Machine(2);
    const a = machine.task({ policy: SCHED_FIFO, rtPriority: 50, cpu: 0 });
    const b = machine.task({ policy: SCHED_FIFO, rtPriority: 50, cpu: 1 });
    const waiting = machine.task({ policy: SCHED_FIFO, rtPriority: 20, cpu: 0 });
    expect(waiting.cpu).to.equal(0);
    expect(machine.running).to.deep.equal([a, b]);
    machine.core.block(1);
    expect(machine.running).to.deep.equal([a, waiting]);
  });

  it("take capacity from fair ones, which then go where there is more", () => {
    const machine = new Machine(2);
    const greedy = machine.task({ policy: SCHED_FIFO, rtPriority: 1, affinity: [0] });
    const fair = machine.task({ cpu: 0, affinity: [0] });
    machine.to(900);
    expect(machine.core.machine.cpus[0].capacity).to.be.below(100);
    machine.core.setAffinity(fair, [0, 1]);
    machine.to(1500); // pinned tasks have made balancing rare
    expect([fair.cpu, greedy.cpu]).to.deep.equal([1, 0]);
  });

  it("become fair ones and back without losing their place or their load", () => {
    const machine = new Machine(1);
    const { core } = machine;
    const task = machine.task({});
    const other = machine.task({});
    machine.to(100);
    const load = core.machine.cpus[0].cfs.avg.loadAvg;
    core.setPolicy(task, SCHED_FIFO, 1);
    expect(machine.running).to.deep.equal([task]);
    expect(core.machine.cpus[0].cfs.avg.loadAvg).to.be.closeTo(load / 2, 100);
    core.setPolicy(task, 0);
    expect(core.machine.cpus[0].cfs.avg.loadAvg).to.be.closeTo(load, 10);
    expect(Math.abs(task.se.vruntime - other.se.vruntime)).to.be.below(24 * MS);
  });

  it("have priorities of 1 to 99, fair ones none", () => {
    const { core } = new Machine(1);
    const task = core.newTask();
    expect(() => core.setPolicy(task, SCHED_FIFO)).to.throw("no such priority");
    expect(() => core.setPolicy(task, SCHED_RR, 100)).to.throw("no such priority");
    expect(() => core.setPolicy(task, 0, 3)).to.throw("no such priority");
    expect(() => core.setPolicy(task, 6)).to.throw("no such policy");
  });
});

describe("the priorities of CPUs", () => {
  it("give the lowest ones below a task's, as looking at each CPU does (RD1)", () => {
    const prios = fc.array(fc.constantFrom(99, 98, 60, 50, 40, 0), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(prios, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 98 }),
        fc.integer({ min: 1, max: 255 }),
        (rounds, prio, mask) => {
          const rd = new RootDomain(8);
          for (const round of rounds) for (const [cpu, p] of round.entries()) setCpuPri(rd, cpu, p);
          const allowed = [0, 1, 2, 3, 4, 5, 6, 7].filter((cpu) => (mask >> cpu) & 1);
          const last = rounds.at(-1)!;
          const worst = Math.max(...allowed.map((cpu) => last[cpu]));
          const expected = worst > prio ? allowed.filter((cpu) => last[cpu] === worst) : [];
          const lowest = new CpuMask(8);
          const task = { prio, affinity: CpuMask.of(8, allowed) } as Task;
          expect(findLowest(rd, task, lowest)).to.equal(expected.length > 0);
          expect(findLowest(rd, task, null)).to.equal(expected.length > 0);
          expect(lowest.toArray()).to.deep.equal(expected);
        },
      ),
    );
  });
});
