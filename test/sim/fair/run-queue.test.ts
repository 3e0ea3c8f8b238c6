import { expect } from "chai";
import fc from "fast-check";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { SCHED_BATCH, SCHED_IDLE, SCHED_NORMAL, SchedulerCore, type Task } from "../../../sim/core.ts";
import { NaiveQueue, NaiveTask } from "./naive-queue.ts";

const step = fc.record({
  dt: fc.oneof(
    fc.integer({ min: 0, max: 3000 }),
    fc.integer({ min: 0, max: 4_000_000 }),
    fc.nat(300_000_000),
  ),
  op: fc.constantFrom("fork", "wake", "wake", "wake", "block", "block", "yield", "tick", "tick", "tick"),
  which: fc.nat(1000),
  nice: fc.oneof(fc.constant(0), fc.integer({ min: -20, max: 19 })),
  policy: fc.constantFrom(SCHED_NORMAL, SCHED_NORMAL, SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE),
});

/** The core on one CPU and the naive queue, taken through the same operations. */
class Pair {
  readonly core = new SchedulerCore({
    topology: regularTopology("one", 1, 1, 1, 1),
    tunables: { nohz: false },
  });
  readonly naive = new NaiveQueue();
  readonly tasks: { real: Task; naive: NaiveTask }[] = [];

  do({ dt, op, which, nice, policy }: typeof step extends fc.Arbitrary<infer S> ? S : never): void {
    const { core, naive } = this;
    core.advanceTo(core.now + dt);
    naive.clock += BigInt(dt);
    if (op === "fork" && this.tasks.length < 20) {
      const pair = { real: core.newTask({ nice, policy }), naive: new NaiveTask(nice, policy) };
      this.tasks.push(pair);
      core.wakeNew(pair.real, 0);
      naive.fork(pair.naive);
    } else if (op === "wake") {
      const asleep = this.tasks.filter((t) => !t.naive.runnable);
      const chosen = asleep[which % Math.max(1, asleep.length)];
      if (!chosen) return;
      expect(core.wake(chosen.real, 0)).to.equal(true);
      naive.wake(chosen.naive);
    } else if (op === "block" && naive.curr) {
      expect(core.block(0)).to.equal(true);
      naive.block();
    } else if (op === "yield" && naive.curr) {
      expect(core.yieldCpu(0)).to.equal(true);
      naive.yieldCpu();
    } else if (op === "tick") {
      core.tick();
      naive.tick();
    }
  }

  compare(): void {
    const { naive, tasks } = this;
    const { cfs, curr } = this.core.machine.cpus[0];
    const at = (task: Task | null) => tasks.findIndex((t) => t.real === task);
    const naiveAt = (task: NaiveTask | null) => tasks.findIndex((t) => t.naive === task);
    expect({
      curr: at(curr),
      minVruntime: BigInt(cfs.minVruntime),
      weight: BigInt(cfs.load / 1024),
      nrRunning: cfs.nrRunning,
      buddies: [cfs.next, cfs.last, cfs.skip].map((se) => at(se?.task ?? null)),
      vruntimes: tasks.map((t) => BigInt(t.real.se.vruntime)),
      run: tasks.map((t) => BigInt(t.real.se.sumExecRuntime)),
    }).to.deep.equal({
      curr: naiveAt(naive.curr),
      minVruntime: naive.minVruntime,
      weight: naive.weight,
      nrRunning: naive.tasks.length,
      buddies: [naive.next, naive.last, naive.skip].map(naiveAt),
      vruntimes: tasks.map((t) => t.naive.vruntime),
      run: tasks.map((t) => t.naive.sum),
    });
  }
}

describe("the run queue", () => {
  it("picks, places, preempts and accounts as a naive one does (F1 to F3)", () => {
    let preempted = 0;
    let buddies = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 150, size: "max" }), (steps) => {
        const pair = new Pair();
        for (const s of steps) {
          const before = pair.naive.curr;
          pair.do(s);
          pair.compare();
          if (before?.runnable && pair.naive.curr !== before) preempted++;
          if (pair.naive.next || pair.naive.last || pair.naive.skip) buddies++;
        }
      }),
    );
    expect(preempted).to.be.greaterThan(100);
    expect(buddies).to.be.greaterThan(100);
  });
});
