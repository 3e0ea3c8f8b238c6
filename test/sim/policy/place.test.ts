import { expect } from "chai";
import spread from "../../../examples/place.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import { SCHED_FIFO, SchedulerCore, type Task, type Topology } from "../../../sim/core.ts";
import type { CpuView, PlaceQuery } from "../../../sim/policy/place.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";

const TICK = 4_000_000;

/** A core whose policy is the function given. */
const core = (place: (query: PlaceQuery) => number, topology: Topology = presetTopology("8x1")) =>
  new SchedulerCore({ topology, policy: { name: "test", place } });

const fork = (on: SchedulerCore, parent = 0, options: Parameters<SchedulerCore["newTask"]>[0] = {}): Task => {
  const task = on.newTask(options);
  on.wakeNew(task, parent);
  return task;
};

describe("a policy's place()", () => {
  it("says where a task goes at its fork, at exec and at each wake-up, and is told which it is", () => {
    const asked: unknown[] = [];
    let cpu = 5;
    const machine = core(({ reason, prevCpu, wakerCpu, sync, task, now }) => {
      asked.push({ reason, prevCpu, wakerCpu, sync, pid: task.pid, now });
      return cpu;
    });
    const task = fork(machine, 3, { nice: 2, comm: "it" });
    expect(task.cpu).to.equal(5);
    cpu = 2;
    machine.advanceTo(TICK);
    expect(machine.exec(5)).to.equal(true);
    expect(task.cpu).to.equal(2);
    machine.advanceTo(2 * TICK);
    machine.block(2);
    cpu = 7;
    machine.wake(task, 4, true);
    expect(task.cpu).to.equal(7);
    expect(asked).to.deep.equal([
      { reason: "fork", prevCpu: 3, wakerCpu: 3, sync: false, pid: 1, now: 0 },
      { reason: "exec", prevCpu: 5, wakerCpu: 5, sync: false, pid: 1, now: TICK },
      { reason: "wakeup", prevCpu: 2, wakerCpu: 4, sync: true, pid: 1, now: 2 * TICK },
    ]);
    expect(machine.machine.placesVetoed).to.equal(0);
  });

  it("is overruled by affinity: stock CFS chooses, and the veto is counted", () => {
    const machine = core((query) => {
      expect([0, 1, 2, 3].map(query.allowed)).to.deep.equal([false, true, true, false]);
      return 6;
    });
    const task = fork(machine, 0, { affinity: [1, 2] });
    const stock = new SchedulerCore({ topology: presetTopology("8x1") });
    expect(task.cpu).to.equal(fork(stock, 0, { affinity: [1, 2] }).cpu);
    expect(machine.machine.placesVetoed).to.equal(1);
  });

  it("is overruled where there is no CPU of that number", () => {
    const { cpus, ...chip } = regularTopology("gap", 2, 1, 2, 2);
    const gap = { ...chip, cpus: cpus.map((cpu, i) => ({ ...cpu, id: 2 * i })) };
    const machine = core(() => 1, gap);
    fork(machine);
    expect(machine.machine.placesVetoed).to.equal(1);
  });

  it("is not asked of tasks that have no choice, nor of real-time ones", () => {
    const machine = core(() => expect.fail("asked"));
    fork(machine, 0, { affinity: [3] });
    fork(machine, 0, { policy: SCHED_FIFO, rtPriority: 5 });
  });

  it("sees what the kernel's own search sees", () => {
    let seen: Pick<CpuView, "cpu" | "idle" | "nrRunning" | "idleSince">[] = [];
    const machine = core((query) => {
      seen = query.cpus.map(({ cpu, idle, nrRunning, idleSince }) => ({ cpu, idle, nrRunning, idleSince }));
      return query.task.nice === 1 ? 2 : query.stock();
    }, presetTopology("i5-1035g1"));
    machine.advanceTo(100);
    for (let i = 0; i < 3; i++) fork(machine, 0, { nice: 1 });
    machine.advanceTo(TICK);
    const last = fork(machine);
    expect(seen[2]).to.deep.equal({ cpu: 2, idle: false, nrRunning: 3, idleSince: -1 });
    expect(seen[5]).to.deep.equal({ cpu: 5, idle: true, nrRunning: 0, idleSince: 0 });
    expect(last.cpu).to.not.equal(2);
  });

  it("has the domains, loads and utilisations of all CPUs at hand", () => {
    const machine = core(({ cpus, cpu, task }) => {
      expect(cpu(3)).to.equal(cpus[3]);
      expect(cpu(3).domains.map(({ level }) => level)).to.deep.equal(["SMT", "MC"]);
      expect(cpu(3).domains[0].cpus).to.deep.equal([2, 3]);
      expect(cpu(3)).to.include({ load: 0, util: 0, capacity: 1024 });
      expect(task).to.include({ comm: "child", load: 1024, util: 0, nice: 0, policy: 0 });
      return 0;
    }, presetTopology("i5-1035g1"));
    fork(machine, 0, { comm: "child" });
  });

  it("may ask for the stock answer twice, and searches once; afterwards there is no question any more", () => {
    let kept: PlaceQuery | undefined;
    const machine = core((query) => {
      kept = query;
      expect(query.stock()).to.equal(query.stock());
      return query.stock();
    });
    const task = fork(machine);
    machine.block(task.cpu);
    machine.wake(task, 0);
    expect(task.nrWakeupsAffineAttempts).to.be.at.most(1);
    expect(() => kept!.stock()).to.throw(/no task is being placed: copy what you keep/);
    expect(() => kept!.task.pid).to.throw(/no task is being placed/);
  });

  it("in the example leaves no core with two tasks while another one is idle, and counts as questions", () => {
    const result = simulate({
      workload: modelNamed("database").workload(),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: 50_000_000,
      policy: spread,
    });
    expect(result).to.include({ policy: "spread", policyVetoes: 0 });
    expect(result.policyCalls).to.equal(result.eventsByKind.wakeups);
    const machine = new SchedulerCore({
      topology: presetTopology("i5-1035g1"),
      policy: spread({ chip: { coreOf: [0, 0, 1, 1, 2, 2, 3, 3] } } as never),
    });
    const cores = [0, 2, 2, 4].map((parent) => fork(machine, parent).cpu >> 1);
    expect(new Set(cores).size).to.equal(4);
  });
});
