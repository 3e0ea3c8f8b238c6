import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { SCHED_FIFO, SchedulerCore } from "../../../sim/core.ts";
import type { Pull, PullQuery } from "../../../sim/policy/pull.ts";
import { checkCore } from "../invariants.ts";
import { allSteps, CHIPS, Laboratory } from "../random-operations.ts";

const MS = 1_000_000;

/** A core of eight CPUs whose policy places all tasks on CPU 0, where they may run there. */
function crowded(pull: (query: PullQuery) => Pull | undefined) {
  const core = new SchedulerCore({
    topology: presetTopology("8x1"),
    policy: { name: "test", place: ({ allowed, stock }) => (allowed(0) ? 0 : stock()), pull },
  });
  const fork = (options: Parameters<SchedulerCore["newTask"]>[0] = {}) => {
    const task = core.newTask(options);
    core.wakeNew(task, 0);
    return task;
  };
  return { core, fork };
}

describe("a policy's pull()", () => {
  it("sees who waits and which CPUs are idle, and moves a task at once, again and again until it has enough", () => {
    const seen: unknown[] = [];
    const { core, fork } = crowded(({ now, idle, waiting }) => {
      seen.push([now, idle.length, waiting.map(({ pid, cpu }) => [pid, cpu])]);
      return core.now < MS ? undefined : { task: waiting[0], cpu: idle.at(-1)!.cpu };
    });
    const tasks = [1, 2, 3].map(() => fork());
    expect(tasks.map(({ cpu }) => cpu)).to.deep.equal([0, 0, 0]);
    expect(seen.at(-1)).to.deep.equal([
      0,
      7,
      [
        [2, 0],
        [3, 0],
      ],
    ]);
    core.advanceTo(MS);
    seen.length = 0;
    core.tick();
    expect(seen).to.deep.equal([
      [
        MS,
        7,
        [
          [2, 0],
          [3, 0],
        ],
      ],
      [MS, 6, [[3, 0]]],
    ]);
    expect(tasks.map(({ cpu }) => cpu)).to.deep.equal([0, 7, 6]);
    expect(core.cpus[7].curr).to.equal(tasks[1]);
  });

  it("is not asked where nobody waits, no CPU is idle, or who waits may not go", () => {
    const { core, fork } = crowded(() => expect.fail("asked"));
    fork({ affinity: [0] });
    fork({ affinity: [0] });
    fork({ affinity: [0], perCpuKthread: true });
    fork({ policy: SCHED_FIFO, rtPriority: 1, affinity: [0] });
    core.tick();
  });

  it("that names what it may not is a fault of the policy", () => {
    for (const wrong of [
      ({ waiting }: PullQuery) => ({ task: waiting[0], cpu: 0 }),
      ({ waiting }: PullQuery) => ({ task: waiting[0], cpu: 5 }),
      ({ waiting, idle }: PullQuery) => ({ task: { ...waiting[0] }, cpu: idle[0].cpu }),
    ]) {
      const { fork } = crowded(wrong);
      fork();
      expect(() => fork({ affinity: [0, 1] })).to.throw(
        RangeError,
        /does not wait, or a CPU that is not idle or not allowed/,
      );
    }
  });

  it("leaves the scheduler whole, whatever it moves", () => {
    fc.assert(
      fc.property(
        allSteps,
        fc.nat(CHIPS.length - 1),
        fc.array(fc.nat(1000), { minLength: 10, maxLength: 40 }),
        (steps, chip, numbers) => {
          let at = 0;
          const draw = (n: number) => numbers[at++ % numbers.length] % n;
          const pull = ({ waiting, idle }: PullQuery) => {
            if (draw(3) === 0) return undefined;
            const task = waiting[draw(waiting.length)];
            const cpus = idle.filter(({ cpu }) => task.allowed(cpu));
            return { task, cpu: cpus[draw(cpus.length)].cpu };
          };
          const laboratory = new Laboratory(CHIPS[chip], {}, 12, {}, { name: "random", pull });
          for (const step of steps) {
            laboratory.do(step);
            checkCore(laboratory.core, laboratory.tasks, true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
