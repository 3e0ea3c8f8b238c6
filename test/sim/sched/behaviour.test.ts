import { expect } from "chai";
import fc from "fast-check";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { type CoreListener, SCHED_BATCH, SCHED_IDLE, SchedulerCore, type Task } from "../../../sim/core.ts";
import { BOOT_CLOCK } from "../../../sim/state/boot-clock.ts";
import { PRIO_TO_WEIGHT } from "../../../sim/state/weights.ts";
import { InputError } from "../../../traces/input-error.ts";

const TICK = 4_000_000;

/** A core with a clock that ticks. */
class Bench {
  readonly core: SchedulerCore;
  now = 0;

  constructor(cores: number, threads: number, options: { nohz?: boolean; listener?: CoreListener } = {}) {
    const { nohz = true, listener = {} } = options;
    this.core = new SchedulerCore({
      topology: regularTopology("bench", cores, threads, cores, cores),
      tunables: { nohz },
      listener,
    });
  }

  at(now: number): this {
    this.now = now;
    this.core.advanceTo(now);
    return this;
  }

  ticks(n: number): this {
    for (let i = 0; i < n; i++) {
      this.at(this.now + TICK);
      this.core.tick();
    }
    return this;
  }

  /** Forks tasks on CPU 0. */
  fork(n: number, options: Parameters<SchedulerCore["newTask"]>[0] = {}): Task[] {
    return Array.from({ length: n }, () => {
      const task = this.core.newTask(options);
      this.core.wakeNew(task, 0);
      return task;
    });
  }
}

describe("fairness on one CPU", () => {
  it("gives each task its weight's share, within two slices", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 2, maxLength: 7 }), (nices) => {
        const bench = new Bench(1, 1);
        const tasks = nices.flatMap((nice) => bench.fork(1, { nice }));
        bench.ticks(2000);
        bench.core.block(0); // accounts what runs
        const total = nices.reduce((sum, nice) => sum + PRIO_TO_WEIGHT[nice + 20], 0);
        tasks.forEach((task, i) => {
          const due = (bench.now * PRIO_TO_WEIGHT[nices[i] + 20]) / total;
          // slices are at least min_granularity, checked at ticks; light tasks can be ahead by that much each period
          expect(
            Math.abs(task.se.sumExecRuntime - due) / bench.now,
            `nice ${nices[i]} of ${nices}`,
          ).to.be.below(0.15);
        });
        const equal = nices.findIndex((nice, i) => nices.indexOf(nice) !== i);
        if (equal > 0) {
          const [a, b] = [tasks[equal], tasks[nices.indexOf(nices[equal])]];
          expect(Math.abs(a.se.sumExecRuntime - b.se.sumExecRuntime)).to.be.below(100 * TICK);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("lets SCHED_IDLE run almost only when nobody else wants to", () => {
    const bench = new Bench(1, 1);
    const [idle] = bench.fork(1, { policy: SCHED_IDLE });
    const [normal] = bench.fork(1);
    bench.ticks(1000);
    expect(idle!.se.sumExecRuntime).to.be.below(normal!.se.sumExecRuntime / 50);
    expect(idle!.se.sumExecRuntime).to.be.greaterThan(0);
  });
});

describe("wake-ups", () => {
  it("preempt a CPU hog for a sleeper, but not for a batch task", () => {
    for (const [policy, preempts] of [
      [0, true],
      [SCHED_BATCH, false],
    ] as const) {
      const bench = new Bench(1, 1);
      const [sleeper] = bench.fork(1, { policy });
      bench.core.block(0);
      bench.fork(1);
      bench.ticks(50);
      bench.at(bench.now + 1000);
      bench.core.wake(sleeper!, 0);
      expect(bench.core.cpus[0].curr === sleeper, `policy ${policy}`).to.equal(preempts);
    }
  });

  it("go to an idle core before the sibling of a busy one", () => {
    const bench = new Bench(4, 2, { nohz: false });
    const [hog, other] = bench.fork(2);
    bench.ticks(3);
    expect(hog!.cpu >> 1).not.to.equal(other!.cpu >> 1);
  });

  it("report the IPI, the move and the switch in the order in which they happen", () => {
    const log: string[] = [];
    const bench = new Bench(2, 1, {
      listener: {
        onIpi: (from, to, kind) => log.push(`${kind} ${from}>${to}`),
        onMigrate: (task, from, to, kind) => log.push(`${kind} ${task.comm} ${from}>${to}`),
        onWakeup: (task, target, waker, isNew) => log.push(`woken ${task.comm} ${waker}>${target} ${isNew}`),
        onSwitch: (cpu, prev, next, state) =>
          log.push(`switch ${cpu} ${prev?.comm ?? "-"}>${next?.comm ?? "-"} ${state}`),
      },
    });
    const a = bench.core.newTask({ comm: "a" });
    bench.core.wakeNew(a, 0);
    const b = bench.core.newTask({ comm: "b" });
    bench.core.wakeNew(b, 0);
    bench.at(1000).core.block(1);
    bench.at(2000).core.wake(b, 0);
    expect(log).to.deep.equal([
      "woken a 0>0 true",
      "switch 0 ->a 0",
      "resched 0>1",
      "woken b 0>1 true",
      "switch 1 ->b 0",
      "switch 1 b>- 1",
      "wakeup 0>1",
      "woken b 0>1 false",
      "switch 1 ->b 0",
    ]);
  });

  it("are refused to who is awake or dead", () => {
    const bench = new Bench(2, 1);
    const [task] = bench.fork(1);
    expect(bench.core.wake(task!, 1)).to.equal(false);
    expect(bench.core.exitCurrent(0)).to.equal(true);
    expect(task!.dead).to.equal(true);
    expect(bench.core.wake(task!, 1)).to.equal(false);
    expect(bench.core.exitCurrent(0)).to.equal(false);
    expect(bench.core.block(0)).to.equal(false);
    expect(bench.core.yieldCpu(0)).to.equal(false);
  });
});

describe("fork and exec", () => {
  it("spread children over idle cores first, then over threads", () => {
    const bench = new Bench(4, 2, { nohz: false });
    const tasks = bench.fork(8);
    expect(new Set(tasks.slice(0, 4).map((t) => t.cpu >> 1)).size).to.equal(4);
    expect(new Set(tasks.map((t) => t.cpu)).size).to.equal(8);
    expect(tasks.every((t) => t.se.nrMigrations === 0)).to.equal(true);
  });

  it("start a child behind its parent by a slice (START_DEBIT), with the load of its weight", () => {
    const bench = new Bench(1, 1);
    const [parent] = bench.fork(1);
    bench.at(1_000_000);
    const [child] = bench.fork(1, { nice: 5 });
    expect(child!.se.vruntime).to.be.greaterThan(parent!.se.vruntime);
    expect(child!.se.avg.loadAvg).to.equal(335);
  });

  it("moves a task at its execve to a less busy CPU", () => {
    const kinds: string[] = [];
    const bench = new Bench(4, 1, {
      nohz: false,
      listener: { onMigrate: (...[, , , kind]) => kinds.push(kind) },
    });
    const tasks = bench.fork(2, { affinity: [0] });
    for (const task of tasks) bench.core.setAffinity(task, [0, 1, 2, 3]);
    const running = bench.core.cpus[0].curr!;
    bench.at(100_000).core.exec(0);
    expect(kinds).to.deep.equal(["exec"]);
    expect(running.cpu).not.to.equal(0);
    expect(bench.core.cpus[running.cpu].curr).to.equal(running);
    expect(bench.core.cpus[0].curr).to.equal(tasks.find((t) => t !== running));
  });

  it("keep a small group on its node until the node's share of a NUMA imbalance is used up", () => {
    const core = new SchedulerCore({ topology: regularTopology("two nodes", 32, 1, 16, 16) });
    const tasks = Array.from({ length: 2 }, () => {
      const task = core.newTask();
      core.wakeNew(task, 3);
      return task;
    });
    expect(tasks.every((task) => task.cpu < 16)).to.equal(true);
    for (let i = 0; i < 14; i++) core.wakeNew(core.newTask(), 3);
    const far = core.cpus.slice(16).filter((cpu) => cpu.curr !== null).length;
    expect(far).to.be.greaterThan(0);
  });
});

describe("affinity", () => {
  it("moves a running task by the stopper, a waiting one at once, a sleeper at its wake-up", () => {
    const bench = new Bench(4, 1, { nohz: false });
    const [running, waiting] = bench.fork(2, { affinity: [0] });
    const [sleeper] = bench.fork(1, { affinity: [3] });
    bench.core.block(3);
    bench.at(5000);
    bench.core.setAffinity(waiting!, [1]);
    bench.core.setAffinity(running!, [2]);
    bench.core.setAffinity(sleeper!, [1, 2]);
    expect([running!.cpu, waiting!.cpu, sleeper!.cpu]).to.deep.equal([2, 1, 3]);
    expect([1, 2].map((cpu) => bench.core.cpus[cpu].curr?.pid)).to.deep.equal([waiting!.pid, running!.pid]);
    bench.core.wake(sleeper!, 0);
    expect(sleeper!.cpu).to.be.oneOf([1, 2]);
  });

  it("is refused where it names no CPU, or one that is not there", () => {
    const bench = new Bench(2, 1);
    const [task] = bench.fork(1);
    expect(() => bench.core.setAffinity(task!, [])).to.throw(InputError, /at least one/);
    expect(() => bench.core.setAffinity(task!, [2])).to.throw(InputError, /found 2; expected 0 to 1/);
    expect(() => bench.core.newTask({ affinity: [-1] })).to.throw(InputError);
    expect(() => bench.core.newTask({ nice: 20 })).to.throw(InputError, /-20 to 19/);
    expect(() => bench.core.newTask({ policy: 4 })).to.throw(InputError, /SCHED_BATCH/);
    expect(() => bench.at(100).core.advanceTo(99)).to.throw(RangeError);
  });
});

describe("tickless idle", () => {
  it("has an idle CPU balance for the others when it is kicked", () => {
    const kicks: number[] = [];
    const bench = new Bench(4, 1, {
      listener: { onIpi: (_from, to, kind) => kind === "nohz_kick" && kicks.push(to) },
    });
    const tasks = bench.fork(3, { affinity: [0] });
    for (const task of tasks) bench.core.setAffinity(task, [0, 1, 2, 3]);
    expect(bench.core.cpus.map((cpu) => cpu.tickStopped)).to.deep.equal([false, true, true, true]);
    bench.ticks(40);
    expect(kicks.length).to.be.greaterThan(0);
    expect(new Set(tasks.map((task) => task.cpu)).size, "each task has a CPU of its own").to.equal(3);
  });

  it("lets the load of sleeping tasks decay while their CPU sleeps", () => {
    const bench = new Bench(4, 1);
    const [sleeper] = bench.fork(1, { affinity: [3] });
    bench.fork(1, { affinity: [0] });
    bench.ticks(100);
    bench.core.block(3);
    const load = () => bench.core.machine.cpus[sleeper!.cpu].cfs.avg.loadAvg;
    const before = load();
    expect(before).to.be.greaterThan(900);
    bench.ticks(100);
    expect(load()).to.be.below(before / 50);
  });

  it("counts idle CPUs as Linux does", () => {
    const bench = new Bench(4, 2);
    const { machine } = bench.core;
    expect([machine.nohz.nrCpus, machine.cpus[0].llcShared!.nrBusyCpus]).to.deep.equal([8, 0]);
    bench.fork(3);
    bench.ticks(1);
    expect([machine.nohz.nrCpus, machine.cpus[0].llcShared!.nrBusyCpus]).to.deep.equal([5, 3]);
    for (const cpu of bench.core.cpus) bench.core.block(cpu.cpu);
    expect([machine.nohz.nrCpus, machine.cpus[0].llcShared!.nrBusyCpus]).to.deep.equal([8, 0]);
  });
});

describe("newly-idle balancing", () => {
  /** CPU 1's task sleeps and wakes in short turns while three tasks share CPU 0 and may move. */
  function pulls(cost: number, random: (() => number) | null = null): number {
    let moved = 0;
    const core = new SchedulerCore({
      topology: regularTopology("two", 2, 1, 2, 2),
      tunables: { nohz: false, newidleCost: () => cost, newidleRandom: random, migrationCostNs: 100_000 },
      listener: {
        onBalance: (_cpu, _level, idle, _outcome, _examined, n) => {
          if (idle === 2) moved += n;
        },
      },
    });
    const tasks = [0, 1, 2].map(() => core.newTask({ affinity: [0] }));
    for (const task of tasks) core.wakeNew(task, 0);
    const short = core.newTask({ affinity: [1] });
    core.wakeNew(short, 1);
    let now = 0;
    for (let i = 0; i < 200; i++) {
      for (const task of tasks) core.setAffinity(task, [0]);
      now += 300_000;
      core.advanceTo(now);
      if (i === 20) moved = 0; // avg_idle has settled
      for (const task of tasks) core.setAffinity(task, [0, 1]);
      while (core.cpus[1].curr !== short && core.cpus[1].curr !== null) core.block(1);
      core.block(1);
      now += 20_000;
      core.advanceTo(now);
      for (const task of tasks) core.wake(task, 0);
      core.wake(short, 1);
    }
    return moved;
  }

  it("gives up when it takes longer than the CPU is expected to idle", () => {
    expect(pulls(0)).to.be.greaterThan(50);
    expect(pulls(1_000_000)).to.be.below(pulls(0) / 4);
  });

  it("is done as often as it has helped, if chance decides (NI_RANDOM)", () => {
    let draws = 0;
    expect(
      pulls(0, () => {
        draws++;
        return 1023;
      }),
    ).to.equal(0);
    expect(draws).to.be.greaterThan(50);
    expect(pulls(0, () => 0)).to.equal(pulls(0));
  });
});

describe("clocks", () => {
  it("start at 0 for the caller and at a long uptime for the scheduler", () => {
    const bench = new Bench(1, 1);
    expect([bench.core.now, bench.core.machine.clock]).to.deep.equal([0, BOOT_CLOCK]);
    bench.at(123);
    expect(bench.core.now).to.equal(123);
  });
});
