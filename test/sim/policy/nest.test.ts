import { expect } from "chai";
import fc from "fast-check";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { nest } from "../../../sim/policy/nest.ts";
import type { CpuView, PlaceQuery } from "../../../sim/policy/place.ts";
import type { Policy, PolicyFactory, PolicyHost } from "../../../sim/policy/policy.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";

const TICK = 4_000_000;
const DIE = 4;

/** Two dies of four CPUs each, idle since the start; stock CFS takes the highest idle CPU, else the last one. */
class Machine {
  now = 0;
  readonly idleSince = new Array<number>(2 * DIE).fill(0);
  readonly policy: Required<Pick<Policy, "place" | "idle">>;
  constructor(parameters: Record<string, number> = {}) {
    const declared = Object.entries(nest.parameters!).map(([name, { value }]) => [name, value]);
    const host = {
      tunables: { hz: 250 },
      parameters: { ...Object.fromEntries(declared), ...parameters },
    } as unknown as PolicyHost;
    this.policy = nest(host) as typeof this.policy;
  }

  private view(cpu: number): CpuView {
    const die = Array.from({ length: DIE }, (_, i) => (cpu < DIE ? 0 : DIE) + i);
    const all = Array.from({ length: 2 * DIE }, (_, i) => i);
    const idle = this.idleSince[cpu] >= 0;
    return {
      ...{
        cpu,
        idle,
        idleSince: this.idleSince[cpu],
        nrRunning: idle ? 0 : 1,
        load: 0,
        util: 0,
        capacity: 1024,
      },
      domains: [
        { level: "MC", cpus: die },
        { level: "NUMA", cpus: all },
      ],
    };
  }

  /** Places the task, which runs there from now on. */
  place(pid: number, prevCpu: number, reason: PlaceQuery["reason"] = "wakeup", allowed?: number[]): number {
    const cpus = this.idleSince.map((_, cpu) => this.view(cpu));
    const may = (cpu: number) => allowed?.includes(cpu) ?? true;
    const cpu = this.policy.place({
      now: this.now,
      reason,
      task: { pid, comm: "t", nice: 0, policy: 0, load: 0, util: 0 },
      ...{ prevCpu, wakerCpu: prevCpu, sync: false, cpus },
      cpu: (number) => cpus[number],
      allowed: may,
      stock: () => cpus.findLast((each) => each.idle && may(each.cpu))?.cpu ?? cpus.length - 1,
    });
    this.idleSince[cpu] = -1;
    return cpu;
  }

  /** Nothing runs on the CPU any more: for how many ticks it spins. */
  leave(cpu: number, exited = false): number {
    this.idleSince[cpu] = this.now;
    return this.policy.idle({ now: this.now, cpu, exited }) / TICK;
  }

  /** CPU 7 into the primary nest: CFS chooses it (reserve), it goes idle, and is chosen again. */
  warm(): this {
    this.place(1, 0, "fork");
    this.leave(7);
    expect(this.place(1, 0)).to.equal(7);
    return this;
  }
}

describe("nest", () => {
  it("takes what CFS chooses into the reserve nest, and from there into the primary one", () => {
    const m = new Machine();
    expect(m.place(1, 0, "fork")).to.equal(7);
    expect(m.leave(7), "in the reserve nest nothing spins").to.equal(0);
    // another task, from another die, is placed on the same CPU although all others are idle
    expect(m.place(2, 0, "fork")).to.equal(7);
    expect(m.leave(7), "in the primary nest it does").to.equal(2);
  });

  it("places a task that finds its CPU taken on an idle one of the primary nest", () => {
    const m = new Machine().warm();
    expect(m.place(2, 0, "fork")).to.equal(6); // 7 is taken: CFS
    m.leave(6);
    expect(m.place(2, 7), "from the reserve nest").to.equal(6);
    m.leave(6);
    expect(m.place(1, 7), "from the primary nest, where 7 is taken").to.equal(6);
    m.leave(7);
    expect(m.place(3, 0, "fork"), "not one of the idle CPUs of its own die").to.equal(7);
  });

  it("looks from where the task was, through its own die first", () => {
    const m = new Machine();
    for (const allowed of [2, 5, 6]) {
      expect(m.place(10 + allowed, 0, "fork", [allowed])).to.equal(allowed);
      m.leave(allowed);
      expect(m.place(10 + allowed, 0, "fork", [allowed])).to.equal(allowed);
      m.leave(allowed);
    }
    expect(m.place(20, 6, "fork")).to.equal(6);
    m.leave(6);
    expect(m.place(21, 7, "fork")).to.equal(5); // 7 is in no nest: round to 4, 5
    m.leave(5);
    expect(m.place(22, 0, "fork")).to.equal(2);
  });

  it("attaches a task to the CPU that it was placed on twice in a row", () => {
    const m = new Machine().warm();
    m.leave(7);
    expect(m.place(1, 7)).to.equal(7);
    m.leave(7);
    for (const pid of [30, 31]) {
      expect(m.place(pid, 0, "fork", [2])).to.equal(2);
      m.leave(2);
    }
    expect(m.place(1, 2), "from 2, though that is in the primary nest and nearer").to.equal(7);
  });

  it("demotes a CPU that was idle for pRemove ticks, to the reserve nest if there is room", () => {
    for (const [idleNs, then] of [
      [2 * TICK - 1, 7], // nearer than 2
      [2 * TICK, 2],
    ]) {
      const m = new Machine().warm();
      m.leave(7);
      m.now += idleNs;
      m.place(3, 0, "fork", [2]);
      m.leave(2);
      m.place(3, 2, "wakeup", [2]); // 2 is in the primary nest, too
      m.leave(2);
      expect(m.place(2, 4, "fork")).to.equal(then);
    }
    const full = new Machine({ rMax: 1 });
    for (const cpu of [7, 7, 6]) {
      full.place(1, 0, "fork", [cpu]);
      full.leave(cpu); // 7 is in the primary nest, 6 in the reserve, which is full
    }
    full.now += 2 * TICK;
    expect(full.place(2, 0, "fork", [5, 7]), "7 is in no nest any more: CFS").to.equal(7);
    expect(full.leave(7)).to.equal(0);
  });

  it("demotes a CPU at once on which a task has ended, and lets it sleep", () => {
    for (const [exited, then] of [
      [false, 7], // nearer than 2
      [true, 2],
    ] as const) {
      const m = new Machine().warm();
      for (const reason of ["fork", "wakeup"] as const) {
        m.place(3, 2, reason, [2]); // 2 is in the primary nest, too
        m.leave(2);
      }
      expect(m.leave(7, exited)).to.equal(exited ? 0 : 2);
      expect(m.place(2, 4, "fork")).to.equal(then);
      m.leave(then);
      expect(m.place(2, 4, "wakeup", [7]), "and from the reserve nest back").to.equal(7);
      expect(m.leave(7)).to.equal(2);
    }
  });

  it("widens the primary nest for a task that finds its CPU taken rImpatient times", () => {
    const m = new Machine().warm(); // 1 runs on 7
    const woken = () => {
      const cpu = m.place(2, 7);
      const ticks = m.leave(cpu);
      return [cpu, ticks];
    };
    m.place(2, 0, "fork", [6]);
    m.leave(6);
    expect(woken(), "the first time").to.deep.equal([6, 2]);
    m.idleSince[6] = -1;
    expect(woken(), "the second time, CFS's choice enters the primary nest at once").to.deep.equal([5, 2]);
    const patient = new Machine({ rImpatient: 3 }).warm();
    patient.place(2, 7);
    expect(patient.leave(6)).to.equal(0);
    patient.idleSince[6] = -1;
    patient.place(2, 7);
    expect(patient.leave(5), "into the reserve only").to.equal(0);
  });

  it("keeps at most rMax CPUs in the reserve nest", () => {
    const m = new Machine({ rMax: 1 });
    expect([7, 6, 5].map((cpu) => m.place(cpu, 0, "fork"))).to.deep.equal([7, 6, 5]);
    for (const cpu of [7, 6, 5]) m.leave(cpu);
    expect(m.place(1, 0, "fork")).to.equal(7); // the reserve
    expect(m.place(2, 0, "fork", [5, 6])).to.equal(6); // CFS
    expect(m.leave(7)).to.equal(2);
    expect(m.leave(6), "it has only now entered the reserve").to.equal(0);
  });

  it("leaves a task that executes a programme where it is", () => {
    const m = new Machine();
    const cpu = m.place(1, 0, "fork");
    expect(m.place(1, cpu, "exec")).to.equal(cpu);
  });

  it("takes an idle CPU of any die where CFS finds none, and CFS's where there is none", () => {
    const m = new Machine();
    m.idleSince.fill(-1);
    m.idleSince[1] = 0;
    expect(m.place(1, 6, "wakeup")).to.equal(1);
    expect(m.place(2, 6, "wakeup")).to.equal(7);
  });

  it("always places a task where it may run, and on an idle CPU if there is one", () => {
    const op = fc.record({
      pid: fc.integer({ min: 1, max: 4 }),
      prev: fc.integer({ min: 0, max: 7 }),
      reason: fc.constantFrom("wakeup" as const, "fork" as const),
      allowed: fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 2 }),
      leaves: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 }),
      exited: fc.boolean(),
      after: fc.integer({ min: 0, max: 3 * TICK }),
    });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (ops, rMax) => {
        const m = new Machine({ rMax });
        for (const { pid, prev, reason, allowed, leaves, exited, after } of ops) {
          m.now += after;
          const idle = allowed.filter((cpu) => m.idleSince[cpu] >= 0);
          const cpu = m.place(pid, prev, reason, allowed);
          if (idle.length > 0) expect(idle).to.include(cpu);
          for (const each of leaves)
            if (m.idleSince[each] < 0) expect([0, 2]).to.include(m.leave(each, exited));
        }
      }),
    );
  });

  it("ends configure scripts sooner than CFS, on fewer and faster cores", () => {
    const run = (policy?: PolicyFactory, policyParameters = {}) =>
      simulate({
        workload: modelNamed("configure").workload({ checks: 20 }),
        topology: presetTopology("xeon-6130"),
        seed: "1",
        hardware: hardware({ frequency: 2 }),
        policy,
        policyParameters,
      });
    const [cfs, warm, idle] = [run(), run(nest), run(nest, { sMax: 0 })];
    expect(warm.work.makespanNs!).to.be.lessThan(0.95 * cfs.work.makespanNs!);
    expect(warm.frequency!.meanMhz).to.be.greaterThan(idle.frequency!.meanMhz);
    expect(idle.frequency!.meanMhz).to.be.greaterThan(cfs.frequency!.meanMhz);
    const used = (r: typeof cfs) => r.cpus.filter((cpu) => cpu.busyNs > 0).length;
    expect(used(warm)).to.be.lessThan(used(cfs) / 2);
  });
});
