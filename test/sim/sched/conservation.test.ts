import { expect } from "chai";
import fc from "fast-check";
import type { CoreListener, Task } from "../../../sim/core.ts";
import { checkCore, checkSnapshot } from "../invariants.ts";
import { CHIPS, groupSteps, Laboratory, steps } from "../random-operations.ts";

/** By index: a counterexample shall print short. */
const chip = fc.nat(CHIPS.length - 1);

/** Watches one CPU's occupation from outside and adds up the time in which a task was on it. */
class Meter implements CoreListener {
  busy = 0;
  now = 0;
  readonly since = new Map<number, number>();

  onSwitch(cpu: number, prev: Task | null, next: Task | null): void {
    if (prev !== null) {
      this.busy += this.now - this.since.get(cpu)!;
      this.since.delete(cpu);
    }
    if (next !== null) this.since.set(cpu, this.now);
  }

  total(): number {
    let total = this.busy;
    for (const start of this.since.values()) total += this.now - start;
    return total;
  }
}

describe("whatever is done to the core", () => {
  it("no task is lost and every structure keeps its invariants", () => {
    fc.assert(
      fc.property(chip, fc.boolean(), fc.nat(40), steps, (topology, nohz, tasks, sequence) => {
        const lab = new Laboratory(CHIPS[topology], { nohz }, tasks);
        checkCore(lab.core, lab.tasks);
        sequence.forEach((step, i) => {
          lab.do(step);
          checkCore(lab.core, lab.tasks);
          if (i % 8 === 0) checkSnapshot(lab.core);
        });
        checkSnapshot(lab.core);
      }),
    );
  });

  it("so it is with groups, weights, quotas and tasks that move between them", () => {
    fc.assert(
      fc.property(chip, fc.boolean(), fc.nat(30), groupSteps, (topology, nohz, tasks, sequence) => {
        const lab = new Laboratory(CHIPS[topology], { nohz }, tasks);
        sequence.forEach((step, i) => {
          lab.do(step);
          checkCore(lab.core, lab.tasks, true);
          if (i % 8 === 0) checkSnapshot(lab.core);
        });
        checkSnapshot(lab.core);
      }),
    );
  });

  it("run times add up to the time in which CPUs were busy", () => {
    fc.assert(
      fc.property(chip, fc.boolean(), fc.nat(40), steps, (topology, nohz, tasks, sequence) => {
        const meter = new Meter();
        const lab = new Laboratory(CHIPS[topology], { nohz }, tasks, meter);
        const ended = new Set<Task>();
        for (const step of sequence) {
          meter.now = lab.now + step.dt;
          const before = [...lab.tasks];
          lab.do(step);
          for (const task of before) if (task.dead) ended.add(task);
        }
        let ran = 0;
        for (const task of [...lab.tasks, ...ended]) ran += task.se.sumExecRuntime;
        for (const cpu of lab.core.cpus) {
          if (cpu.curr !== null) ran += lab.core.machine.clock - cpu.curr.se.execStart;
        }
        expect(ran).to.equal(meter.total());
      }),
    );
  });

  it("min_vruntime never goes back (F3)", () => {
    fc.assert(
      fc.property(chip, fc.boolean(), fc.nat(40), steps, (topology, nohz, tasks, sequence) => {
        const lab = new Laboratory(CHIPS[topology], { nohz }, tasks);
        const low = lab.core.machine.cpus.map((rq) => rq.cfs.minVruntime);
        for (const step of sequence) {
          lab.do(step);
          lab.core.machine.cpus.forEach((rq, cpu) => {
            expect(rq.cfs.minVruntime).to.be.at.least(low[cpu]);
            low[cpu] = rq.cfs.minVruntime;
          });
        }
      }),
    );
  });

  it("the same operations give the same state, switch by switch", () => {
    fc.assert(
      fc.property(chip, fc.boolean(), fc.nat(40), steps, (topology, nohz, tasks, sequence) => {
        const record = () => {
          const log: string[] = [];
          const lab = new Laboratory(CHIPS[topology], { nohz }, tasks, {
            onSwitch: (cpu, prev, next) => log.push(`${cpu} ${prev?.pid} ${next?.pid}`),
            onMigrate: (task, from, to, kind) => log.push(`${task.pid} ${from} ${to} ${kind}`),
            onDecision: (row) => log.push(JSON.stringify(row)),
          });
          for (const step of sequence) lab.do(step);
          return [
            ...log,
            ...lab.tasks.map((t) => `${t.pid} ${t.se.vruntime} ${t.se.sumExecRuntime} ${t.se.avg.loadAvg}`),
          ];
        };
        expect(record()).to.deep.equal(record());
      }),
      { numRuns: 60 },
    );
  });

  it("observers change nothing", () => {
    fc.assert(
      fc.property(chip, fc.nat(40), steps, (topology, tasks, sequence) => {
        const run = (listener: CoreListener) => {
          const lab = new Laboratory(CHIPS[topology], {}, tasks, listener);
          for (const step of sequence) lab.do(step);
          return lab.tasks.map((t) => [
            t.cpu,
            t.se.vruntime,
            t.se.sumExecRuntime,
            t.se.nrMigrations,
            t.se.avg.utilAvg,
          ]);
        };
        expect(run({ onDecision: () => {}, onBalance: () => {}, onIpi: () => {} })).to.deep.equal(run({}));
      }),
      { numRuns: 60 },
    );
  });
});
