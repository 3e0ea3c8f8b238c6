import { expect } from "chai";
import fc from "fast-check";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import type { SimTask } from "../../../sim/run/sim-task.ts";
import { Simulation } from "../../../sim/run/simulation.ts";
import { lostTasks } from "../../../sim/run/wakers.ts";
import * as P from "../../../sim/workload/programme.ts";
import { Barrier, Channel, Condition, Mutex, Semaphore } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import { InputError } from "../../../traces/input-error.ts";
import { IDEAL, MS, task, workload } from "./helpers.ts";

/** What a random task does: steps on two resources of each kind, loops around some of them. */
type Act = [kind: number, which: number];
type Script = { loop: number; before: Act[]; body: Act[] };

const act = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 1 }));
const acts = (most: number) => fc.array(act, { maxLength: most });
const times = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 4, maxLength: 4 });
const scripts = fc.array(fc.record({ loop: fc.constantFrom(1, 2, 3, -1), before: acts(2), body: acts(5) }), {
  minLength: 1,
  maxLength: 5,
});

function setUp(list: readonly Script[], spawn: (spec: P.TaskSpec) => void): void {
  const pair = <T>(make: (name: string) => T): [T, T] => [make("0"), make("1")];
  const [mutex, condition, semaphore, channel] = [
    pair((n) => new Mutex(n)),
    pair((n) => new Condition(n)),
    pair((n) => new Semaphore(n)),
    pair((n) => new Channel(n, 1, false)),
  ];
  const barrier = pair((n) => new Barrier(n, 2));
  const child = pair((n): P.TaskSpec => task(`child${n}`, [S.run(MS), S.signal(condition[Number(n)])]));
  const instruction = ([kind, i]: Act): S.Instruction[] => {
    switch (kind) {
      case 0:
        return [S.lock(mutex[i]), S.run(MS), S.unlock(mutex[i])];
      case 1:
        return [S.unlock(mutex[i])];
      case 2:
        return [S.lock(mutex[i]), S.wait(condition[i], mutex[i]), S.unlock(mutex[i])];
      case 3:
        return [S.suspend(condition[i])];
      case 4:
        return [S.signal(condition[i])];
      case 5:
        return [S.broadcast(condition[i])];
      case 6:
        return [S.semaphoreWait(semaphore[i])];
      case 7:
        return [S.semaphorePost(semaphore[i])];
      case 8:
        return [S.send(channel[i])];
      case 9:
        return [S.receive(channel[i])];
      case 10:
        return [S.barrier(barrier[i])];
      case 11:
        return [S.fork(child[i])];
      default:
        return [S.lock(mutex[i]), S.sync(condition[i], mutex[i])];
    }
  };
  const all = (list: readonly Act[]) => list.flatMap(instruction);
  list.forEach(({ loop, before, body }, i) => {
    const delay = (i % 3) * MS;
    spawn(
      task(`t${i}`, [S.sleep(delay), ...all(before), S.loop(loop, S.run(MS), ...all(body), S.sleep(2 * MS))]),
    );
  });
}

/** Runs for a time and gives the tasks. A task that says nothing of what it may wake keeps the run from judging. */
function tasksAfter(list: readonly Script[], cpus: number, ms: number): SimTask[] | null {
  const silent: P.Programme = {
    next(step) {
      step.op = P.OP_SLEEP;
      step.ns = 1000 * MS;
    },
  };
  const simulation = new Simulation({
    workload: workload(({ spawn }) => {
      setUp(list, spawn);
      spawn({ comm: "silent", programme: () => silent });
    }),
    topology: regularTopology("flat", cpus, 1, cpus, cpus),
    seed: "1",
    durationNs: ms * MS,
    hardware: hardware({}, IDEAL),
    maxTasks: 10_000,
  });
  try {
    simulation.run();
  } catch (error) {
    // A cycle of mutexes is refused when it closes.
    if (error instanceof InputError) return null;
    throw error;
  }
  return simulation.tasks.list;
}

const judged = (tasks: readonly SimTask[]) => tasks.filter((t) => t.name !== "silent");

describe("who can still be woken", () => {
  it("calls nobody lost who runs again, and everybody who waits when nothing else is left", () => {
    let lostTasksSeen = 0;
    fc.assert(
      fc.property(scripts, fc.constantFrom(1, 8), times, (list, cpus, early) => {
        const late = tasksAfter(list, cpus, 200);
        if (late === null) return;
        for (const ms of early) {
          const { abandoned, dependent, deadlocked } = lostTasks(judged(tasksAfter(list, cpus, ms)!));
          const lost = [...abandoned, ...dependent, ...deadlocked];
          expect(new Set(lost).size, "each in one list").to.equal(lost.length);
          lostTasksSeen += lost.length;
          for (const t of lost) {
            const after = late.find((x) => x.pid === t.pid)!;
            expect([after.name, after.wakeups, after.runNs, after.exitNs], `lost at ${ms} ms`).to.deep.equal([
              t.name,
              t.wakeups,
              t.runNs,
              -1,
            ]);
          }
        }
        const left = judged(late).filter((t) => t.exitNs < 0);
        if (left.every((t) => t.waitingFor !== null)) {
          const all = lostTasks(judged(late));
          expect(all.abandoned.length + all.dependent.length + all.deadlocked.length).to.equal(left.length);
        }
      }),
    );
    expect(lostTasksSeen).to.be.greaterThan(100);
  });

  /** Names of the tasks that are lost after so many ms. */
  const lostAfter = (ms: number, setUp: (spawn: (spec: P.TaskSpec) => void) => void, cpus = 8): string[] => {
    const simulation = new Simulation({
      workload: workload(({ spawn }) => setUp(spawn)),
      topology: regularTopology("flat", cpus, 1, cpus, cpus),
      seed: "1",
      durationNs: ms * MS,
      hardware: hardware({}, IDEAL),
      maxTasks: 100,
    });
    simulation.run();
    const { abandoned, dependent, deadlocked } = lostTasks(simulation.tasks.list);
    return [...abandoned, ...dependent, ...deadlocked].map((t) => t.name);
  };

  it("counts the rounds that a loop has left", () => {
    const late = (ms: number) =>
      lostAfter(ms, (spawn) => {
        const c = new Condition("c");
        spawn(task("signals", [S.loop(3, S.signal(c), S.sleep(10 * MS)), S.sleep(100 * MS)]));
        for (const at of [1, 11, 21]) spawn(task(`from ${at}`, [S.sleep(at * MS), S.suspend(c)]));
      });
    expect(late(5), "two more signals to come").to.deep.equal([]);
    expect(late(15), "one more").to.deep.equal([]);
    expect(late(25), "none").to.deep.equal(["from 21"]);
  });

  it("knows that children may wake whom their parents do not", () => {
    const waits = (children: number) =>
      lostAfter(5, (spawn) => {
        const c = new Condition("c");
        const grandchild = task("grandchild", [S.signal(c)]);
        const child = task("child", [S.sleep(MS), S.fork(grandchild)]);
        spawn(task("parent", [S.sleep(10 * MS), ...(children > 0 ? [S.fork(child)] : []), S.sleep(10 * MS)]));
        spawn(task("waits", [S.suspend(c)]));
      });
    expect(waits(1)).to.deep.equal([]);
    expect(waits(0)).to.deep.equal(["waits"]);
  });

  it("counts on others than its owner for a mutex only where somebody unlocks what it has not locked", () => {
    const waits = (other: (m: Mutex) => S.Instruction[]) =>
      lostAfter(5, (spawn) => {
        const m = new Mutex("m");
        spawn(task("owner", [S.lock(m), S.run(MS)]));
        spawn(task("other", [S.sleep(20 * MS), ...other(m)]));
        spawn(task("waits", [S.sleep(MS), S.lock(m)]));
      });
    expect(waits((m) => [S.unlock(m)])).to.deep.equal([]);
    expect(waits((m) => [S.lock(m), S.unlock(m), S.unlock(m)])).to.deep.equal([]);
    expect(() => waits((m) => [S.lock(m), S.unlock(m)])).to.throw(InputError, /has ended with it locked/);
  });

  it("knows that a sender who was let in again has its message yet to send", () => {
    const lost = new Set<string>();
    for (let ms = 1; ms < 40; ms++) {
      const names = lostAfter(
        ms,
        (spawn) => {
          const pipe = new Channel("pipe", 1, false);
          spawn(task("hog", [S.sleep(MS), S.run(1000 * MS)], { nice: -20 }));
          spawn(task("sender", [S.send(pipe), S.send(pipe), S.run(MS)], { nice: 19 }));
          spawn(
            task("reader", [S.sleep(2 * MS), S.receive(pipe), S.receive(pipe), S.run(MS)], { nice: -20 }),
          );
        },
        1,
      );
      for (const name of names) lost.add(`${name} after ${ms} ms`);
    }
    expect([...lost]).to.deep.equal([]);
  });

  it("looks at each step of a script once, however many tasks share it", () => {
    const never = new Semaphore("never");
    const steps = Array.from({ length: 1000 }, () => S.run(1));
    const simulation = new Simulation({
      workload: workload(({ spawn }) => {
        const spec = task("t", [S.semaphoreWait(never), ...steps, S.semaphorePost(never)]);
        for (let i = 0; i < 20_000; i++) spawn(spec);
      }),
      topology: presetTopology("8x1"),
      seed: "1",
      durationNs: MS,
      hardware: hardware({}, IDEAL),
      maxTasks: 20_000,
    });
    expect(() => simulation.run()).to.throw(
      InputError,
      /deadlock.*and 19984 more; cycle: t\[1\] → semaphore "never" → t\[1\]/,
    );
    expect(lostTasks(simulation.tasks.list).deadlocked).to.have.length(20_000);
  });
});
