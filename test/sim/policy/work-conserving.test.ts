import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import type { SchedulerCore } from "../../../sim/core.ts";
import type { PullQuery } from "../../../sim/policy/pull.ts";
import { workConserving } from "../../../sim/policy/work-conserving.ts";
import { simulate } from "../../../sim/simulator.ts";
import { MODELS, modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { checkCore } from "../invariants.ts";
import { allSteps, CHIPS, Laboratory } from "../random-operations.ts";

/** A fair task that waits although a CPU is idle on which nothing forbids it. */
function wronged({ machine }: SchedulerCore): string | undefined {
  const idle = machine.cpus.filter((rq) => rq.running === rq.idle && rq.nrTasks === 0);
  for (const rq of machine.cpus)
    for (let task = rq.tasks.head; task !== null; task = task.listNext) {
      if (task === rq.running || task.se.cfsRq.throttleCount > 0) continue;
      const { affinity, group } = task;
      const free = idle.find(({ cpu }) => affinity.has(cpu) && group.queues[cpu].throttleCount === 0);
      if (free) return `${task.comm} waits on CPU ${rq.cpu} while CPU ${free.cpu} is idle`;
    }
  return undefined;
}

const policyOn = (chip: (typeof CHIPS)[number]) =>
  workConserving({
    chip: { name: "", cpus: chip.cpus.length, coreOf: chip.cpus.map((cpu) => cpu.core) },
  } as never);

describe("the work-conserving policy", () => {
  it("leaves no CPU idle while a task waits that may run there, whatever happens", () => {
    let stockErrs = 0;
    fc.assert(
      fc.property(allSteps, fc.nat(CHIPS.length - 1), (steps, chip) => {
        const policy = policyOn(CHIPS[chip]);
        const laboratory = new Laboratory(CHIPS[chip], {}, 12, {}, policy);
        const stock = new Laboratory(CHIPS[chip], {}, 12);
        for (const step of steps) {
          laboratory.do(step);
          stock.do(step);
          expect(wronged(laboratory.core)).to.equal(undefined);
          checkCore(laboratory.core, laboratory.tasks, true);
          if (wronged(stock.core) !== undefined) stockErrs++;
        }
      }),
      { numRuns: 100 },
    );
    expect(stockErrs, "moments at which stock CFS does not").to.be.greaterThan(0);
  });

  for (const { name } of MODELS)
    it(`never lets a task of ${name} wait beside an idle CPU, where stock CFS does`, () => {
      for (const chip of ["i5-1035g1", "8x1", "16x2"]) {
        const options = {
          workload: modelNamed(name).workload(),
          topology: presetTopology(chip),
          seed: "1",
          durationNs: 60_000_000,
        };
        const { conservation, policyVetoes } = simulate({ ...options, policy: workConserving });
        expect([conservation.violations, conservation.violatedNs, policyVetoes]).to.deep.equal([0, 0, 0]);
      }
    });

  it("takes the task that ran longest ago, to an idle core before the thread of a busy one, and near before far", () => {
    const chip = presetTopology("16x2");
    const policy = policyOn(chip);
    const cpus = chip.cpus.map((_, cpu) => ({
      cpu,
      idle: ![0, 1, 2, 4, 6].includes(cpu),
      domains: [
        [cpu & ~1, cpu | 1],
        ...[0, 1].filter((l) => cpu >> 4 === l).map((l) => range(16 * l, 16)),
        range(0, 32),
      ].map((members) => ({ level: "", cpus: members })),
    }));
    const task = (pid: number, delta: number, may: (cpu: number) => boolean) => ({
      pid,
      cpu: 2,
      delta,
      allowed: may,
    });
    const asked = (may: (cpu: number) => boolean) =>
      policy.pull!({
        now: 0,
        cpus,
        idle: cpus.filter(({ idle }) => idle),
        waiting: [task(1, 5, () => true), task(2, 9, may), task(3, 7, () => true)],
      } as unknown as PullQuery)!;
    expect(asked(() => true).task.pid).to.equal(2);
    expect(asked(() => true).cpu, "an idle core of its cache").to.equal(8);
    expect(asked((cpu) => cpu < 8).cpu, "its own core's other thread").to.equal(3);
    expect(asked((cpu) => cpu === 5 || cpu === 31).cpu, "an idle core elsewhere").to.equal(31);
  });
});

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
