import { expect } from "chai";
import fc from "fast-check";
import { hardware } from "../../../sim/chip/hardware.ts";
import type { Topology } from "../../../sim/chip/topology.ts";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { SCHED_IDLE } from "../../../sim/core.ts";
import { ReplayBuilder } from "../../../sim/workload/replay/builder.ts";
import { isLong, kindOf, payloadOf, STEP_RUN, STEP_WAKE_SYNC } from "../../../sim/workload/replay/tape.ts";
import { rtAppText } from "../../../sim/workload/replay/to-rtapp.ts";
import { type ReplayChoice, replayWorkload } from "../../../sim/workload/replay/workload.ts";
import { Semaphore } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import type { Claim } from "../../../traces/timelines/claim.ts";
import { History } from "../../../traces/timelines/history.ts";
import { timelines } from "../../traces/timelines/dialects.ts";
import { IDEAL, MS, rtApp, simulateIdeal, task, twoCpus, workload } from "../run/helpers.ts";

const ideal = hardware({}, IDEAL);

/** What a recording of these claims makes. */
function replayOf(
  claims: readonly Claim[],
  {
    fromNs = 0,
    toNs = Number.POSITIVE_INFINITY,
    recordedOn,
  }: { fromNs?: number; toNs?: number; recordedOn?: Topology } = {},
  costs = ideal,
) {
  const builder = new ReplayBuilder({ hardware: costs, fromNs, recordedOn });
  const history = new History(builder);
  for (const claim of claims) if (claim.time <= toNs) history.add(claim);
  history.now = Math.min(history.now, toNs);
  history.end();
  return builder.finish(history.now, history.lives);
}

const played = (replay: ReturnType<typeof replayOf>, choice: ReplayChoice = {}) =>
  replayWorkload(replay, choice, { name: "recording", definition: "recording", notes: [] });

/** Two that hand each other work, one that sleeps, one that forks and renices itself, two that compete. */
const recorded = (() => {
  const go = new Semaphore("go");
  const busy = workload(({ spawn }) => {
    const child = task("child", [S.run(3 * MS), S.sleep(2 * MS), S.run(MS)]);
    spawn(task("woken", [S.loop(20, S.semaphoreWait(go), S.run(2 * MS))]));
    spawn(task("waker", [S.loop(20, S.run(3 * MS), S.semaphorePost(go), S.sleep(MS))]));
    spawn(
      task("parent", [
        S.run(5 * MS),
        S.fork(child),
        S.run(5 * MS),
        S.setNice(5),
        S.fork(child),
        S.run(5 * MS),
      ]),
    );
    spawn(task("hog", [S.run(60 * MS)], { nice: -3 }));
    spawn(task("tick", [S.loop(10, S.sleep(4 * MS), S.run(MS))]));
  });
  const { timeline, ...result } = simulateIdeal(busy, { topology: twoCpus() });
  const claims = timeline.flatMap((e): Claim[] =>
    e.type === "decision" || e.type === "group" ? [] : [{ ...e, account: -1 }],
  );
  return { claims, result };
})();

const byName = (tasks: readonly { comm: string; runNs: number; wakeups: number }[]) =>
  tasks.map((t) => [t.comm, t.runNs, t.wakeups]).sort();

describe("the replay of a recording", () => {
  it("on the machine that made it is the recording again: work, wake-ups, and when it is done", () => {
    const again = simulateIdeal(played(replayOf(recorded.claims)), { topology: twoCpus() });
    expect(again.notes).to.deep.equal([]);
    expect(again.totals.runNs).to.equal(recorded.result.totals.runNs);
    expect(again.simulatedNs).to.be.closeTo(recorded.result.simulatedNs, 8 * MS);
    const runs = (tasks: typeof again.tasks) => tasks.map((t) => [t.comm, t.runNs]).sort();
    expect(runs(again.tasks)).to.deep.equal(runs(recorded.result.tasks));
  });

  it("names causes: tasks, interrupts, forks", () => {
    const { causes } = replayOf(recorded.claims);
    expect(causes).to.include({ fork: 2, unknown: 0, device: 0 });
    expect(causes.task).to.be.within(15, 20);
    expect(causes.interrupt).to.be.at.least(25);
  });

  it("does on another chip the same work, closed: who waits for another waits for it there too", () => {
    const one = simulateIdeal(played(replayOf(recorded.claims)), {
      topology: regularTopology("one", 1, 1, 1, 1),
    });
    expect(one.totals.runNs).to.equal(recorded.result.totals.runNs);
    expect(one.simulatedNs).to.be.at.least(one.totals.runNs);
  });

  it("of some of its tasks lets them sleep where others woke them", () => {
    const some = played(replayOf(recorded.claims), { chosen: ({ comm }) => comm === "woken" });
    const alone = simulateIdeal(some, { topology: twoCpus() });
    expect(alone.tasks.map((t) => t.comm)).to.deep.equal(["woken"]);
    expect(alone.totals.runNs).to.equal(40 * MS);
    expect(alone.simulatedNs).to.be.at.least(50 * MS);
    expect(() => played(replayOf(recorded.claims), { chosen: () => false })).to.throw("nobody runs");
  });

  it("of a window does the work in it, and over again as often as asked for", () => {
    const window = { fromNs: 20 * MS, toNs: 50 * MS };
    const replay = replayOf(recorded.claims, window);
    expect(replay.lengthNs).to.equal(30 * MS);
    expect(replay.corrections.cpuNs).to.be.within(50 * MS, 60 * MS);
    const once = simulateIdeal(played(replay), { topology: twoCpus() });
    const thrice = simulateIdeal(played(replay, { loops: 3 }), { topology: twoCpus() });
    expect(once.totals.runNs).to.equal(replay.corrections.workNs);
    expect(thrice.totals.runNs).to.equal(3 * once.totals.runNs);
  });

  it("takes shared cores, lower frequencies and the costs that the simulator charges off CPU time", () => {
    const shared = regularTopology("smt", 1, 2, 1, 1);
    const smt = replayOf(recorded.claims, { recordedOn: shared }, { ...ideal, smtSharePermille: 620 });
    expect(smt.corrections.sharedNs).to.be.above(0);
    const expected = smt.corrections.cpuNs - smt.corrections.sharedNs * 0.38;
    expect(smt.corrections.workNs).to.be.closeTo(expected, 1000);
    const slow: Claim[] = [0, 1].flatMap((cpu) => [
      { type: "frequency", time: 0, cpu, khz: 2_000_000 },
      { type: "frequency", time: 0, cpu, khz: 1_000_000 },
    ]);
    const half = replayOf([...slow, ...recorded.claims]);
    expect(half.corrections.workNs).to.be.closeTo(half.corrections.cpuNs / 2, 1000);
    const costs = replayOf(recorded.claims, {}, { ...ideal, contextSwitchNs: 1000 });
    expect(costs.corrections.cpuNs - costs.corrections.workNs).to.equal(costs.corrections.costsNs);
    expect(costs.corrections.costsNs).to.be.above(30_000);
  });

  it("of any claims whatever ends, with all of its work done", () =>
    fc.assert(
      fc.property(timelines, fc.nat(2), (events, loops) => {
        const claims: Claim[] = events.map((e) => ({ ...e, cpu: e.cpu % 4, account: -1 }));
        const replay = replayOf(claims);
        fc.pre(replay.tasks.some((t) => t && t.tape.words.length > 0));
        const done = simulateIdeal(played(replay, { loops: loops + 1 }), {
          topology: twoCpus(),
          durationNs: 3_000_000_000_000,
        });
        expect(done.work.exited).to.equal(done.work.created);
        if (loops === 0) expect(done.totals.runNs).to.equal(replay.corrections.workNs);
      }),
      { numRuns: 60 },
    ));

  it("as an rt-app file simulates to the same, but for forks, which it has not", () => {
    const replay = replayOf(recorded.claims);
    const text = [...rtAppText(replay.tasks, ["*/ made by a test"])].join("");
    const direct = simulateIdeal(played(replay), { topology: twoCpus() });
    const written = simulateIdeal(rtApp(text), { topology: twoCpus() });
    expect(written.totals.runNs).to.be.closeTo(direct.totals.runNs, 1000 * direct.tasks.length);
    expect(written.simulatedNs).to.be.closeTo(direct.simulatedNs, 8 * MS);
    const shape = (tasks: typeof direct.tasks) =>
      byName(
        tasks.map((t) => ({
          ...t,
          comm: /^[a-z]+/.exec(t.comm)![0],
          runNs: Math.round(t.runNs / MS),
          wakeups: 0,
        })),
      );
    expect(shape(written.tasks)).to.deep.equal(shape(direct.tasks));
  });

  it("runs real-time tasks as such, but not those whose priority was lent", () => {
    const idle = { pid: 0, comm: "swapper/0", prio: 120 };
    const turn = (time: number, pid: number, prios: [number, number]): Claim[] =>
      [idle, { pid, comm: `t${pid}`, prio: prios[0] }].map((next, i, both) => ({
        ...{ type: "switch", cpu: 0, account: -1, prevState: "S" },
        time: time + i * MS,
        prev: { ...both[1 - i], prio: i === 0 ? prios[1] : 120 },
        next,
      }));
    const claims = [...turn(0, 7, [49, 49]), ...turn(3 * MS, 8, [49, 120]), ...turn(6 * MS, 7, [49, 49])];
    claims.push(...turn(9 * MS, 8, [120, 120]));
    const replay = replayOf(claims);
    const priorities = new Map(replay.tasks.map((t) => [t!.pid, t!.rtPriority]));
    expect([...priorities]).to.have.deep.members([
      [7, 50],
      [8, 0],
    ]);
    const policies: [string, number?, number?][] = [];
    played(replay).setUp({
      ...{ cpus: 1, cpuNumbers: [0], hardware: ideal, maxTasks: 9 },
      spawn: ({ comm, policy, rtPriority }) => policies.push([comm, policy, rtPriority]),
    });
    expect(policies).to.have.deep.members([
      ["t7", 1, 50],
      ["t8", undefined, 0],
    ]);
    expect([...rtAppText(replay.tasks, [])].join("")).to.contain(
      '"policy": "SCHED_FIFO",\n      "priority": 50',
    );
  });

  const idleTask = (cpu: number) => ({ pid: 0, comm: `swapper/${cpu}`, prio: 120 });
  const named = (pid: number, comm = `t${pid}`) => ({ pid, comm, prio: 120 });
  const switched = (time: number, cpu: number, prev: number, next: number): Claim => ({
    ...{ type: "switch", time, cpu, account: -1, prevState: "S" },
    prev: prev === 0 ? idleTask(cpu) : named(prev),
    next: next === 0 ? idleTask(cpu) : named(next),
  });

  it("wakes those at once whom one system call woke, as who should have given way and did not shows", () => {
    const wake = (time: number, pid: number, overdue: boolean): Claim => ({
      ...{ type: "waking", time, cpu: 0, account: 1, context: undefined, targetCpu: 0, overdue },
      task: named(pid),
    });
    const run = (overdue: boolean) => {
      const claims = [
        ...[2, 3, 4, 5].flatMap((pid) => [switched(pid * 10, 0, 0, pid), switched(pid * 10 + 5, 0, pid, 0)]),
        switched(MS, 0, 0, 1),
        ...[2, 3, 4, 5].map((pid) => wake(MS + pid * 100_000, pid, overdue && pid > 3)),
        switched(3 * MS, 0, 1, 2),
        ...[2, 3, 4].map((pid) => switched(3 * MS + pid * 1000, 0, pid, pid + 1)),
        switched(4 * MS, 0, 5, 0),
      ];
      const one = regularTopology("one", 1, 1, 1, 1);
      const { timeline } = simulateIdeal(played(replayOf(claims)), { topology: one });
      return timeline.flatMap((e) => (e.type === "waking" && e.context === undefined ? [e.time] : []));
    };
    expect(new Set(run(true)).size).to.equal(1);
    expect(new Set(run(false)).size).to.equal(4);
  });

  it("knows who wakes others before it sleeps by where they are placed", () => {
    /** Two of a kind wake one another from CPU 0, on which they are alone; the woken ran on CPU 1, which is busy. */
    const claims = (goesTo: number) =>
      Array.from({ length: 12 }, (_, i): Claim[] => {
        const t = i * 10 * MS;
        return [
          switched(t, 1, 0, 2),
          switched(t + MS, 1, 2, 3),
          switched(t + MS, 0, 0, 1),
          {
            ...{ type: "waking", time: t + 2 * MS, cpu: 0, account: 1, context: undefined },
            task: named(2),
            targetCpu: 1,
          },
          ...(goesTo === 1
            ? []
            : [
                {
                  ...{ type: "migrate" as const, time: t + 2 * MS, cpu: 0, account: 1, context: undefined },
                  ...{ task: named(2), origCpu: 1, destCpu: 0 },
                },
              ]),
          switched(t + 4 * MS, 1, 3, goesTo === 1 ? 2 : 0),
          switched(t + 4 * MS, 0, 1, goesTo === 1 ? 0 : 2),
          switched(t + 5 * MS, goesTo, 2, 0),
        ];
      }).flat();
    const isSync = (goesTo: number) => {
      const waker = replayOf(claims(goesTo)).tasks.find((each) => each?.pid === 1)!;
      return [...waker.tape.words].some((word) => kindOf(word) === STEP_WAKE_SYNC);
    };
    expect(isSync(0)).to.equal(true);
    expect(isSync(1)).to.equal(false);
  });

  it("lets a task of which is known that it is bound run where it ran", () => {
    const claims = [
      switched(0, 0, 0, 1),
      switched(MS, 0, 1, 0),
      switched(2 * MS, 1, 0, 1),
      switched(2 * MS, 2, 0, 2),
      switched(3 * MS, 1, 1, 0),
      switched(4 * MS, 2, 2, 0),
    ];
    const builder = new ReplayBuilder({ hardware: ideal, bound: new Set([1]) });
    const history = new History(builder);
    for (const claim of claims) history.add(claim);
    history.end();
    const replay = builder.finish(history.now, history.lives);
    const affinities: unknown[] = [];
    played(replay).setUp({
      ...{ cpus: 4, cpuNumbers: [0, 1, 2, 3], hardware: ideal, maxTasks: 9 },
      spawn: ({ comm, affinity }) => affinities.push([comm, affinity]),
    });
    expect(affinities).to.deep.equal([
      ["t1", [0, 1]],
      ["t2", undefined],
    ]);
    expect([...rtAppText(replay.tasks, [])].join("")).to.contain('"cpus": [0,1]');
  });

  it("runs a task whose policy is known under that policy", () => {
    const claims = [switched(0, 0, 0, 1), switched(MS, 0, 1, 2), switched(2 * MS, 0, 2, 0)];
    const builder = new ReplayBuilder({ hardware: ideal, policies: new Map([[2, SCHED_IDLE]]) });
    const history = new History(builder);
    for (const claim of claims) history.add(claim);
    history.end();
    const replay = builder.finish(history.now, history.lives);
    const policies: unknown[] = [];
    played(replay).setUp({
      ...{ cpus: 1, cpuNumbers: [0], hardware: ideal, maxTasks: 9 },
      spawn: ({ comm, policy }) => policies.push([comm, policy]),
    });
    expect(policies).to.deep.equal([
      ["t1", undefined],
      ["t2", SCHED_IDLE],
    ]);
    expect([...rtAppText(replay.tasks, [])].join("").match(/"policy": "\w+"/g)).to.deep.equal([
      '"policy": "SCHED_IDLE"',
    ]);
  });

  it("gives work to whose turn it was where CPUs share one stream of instructions", () => {
    const eight = regularTopology("eight", 8, 1, 8, 8);
    const claims = [
      switched(0, 0, 0, 1),
      switched(0, 1, 0, 2),
      switched(10_000, 1, 2, 3), // of CPU 1, on which two things happened so soon after each other
      switched(30_000, 1, 3, 0), // of CPU 1, too
      switched(430_000, 0, 1, 0), // of CPU 0: the other is idle
    ];
    const replay = replayOf(claims, { recordedOn: eight }, { ...ideal, oneStream: 1 });
    const workOf = ({ words }: { words: Uint32Array }) => {
      let sum = 0;
      for (let i = 0; i < words.length; i++) {
        if (kindOf(words[i]) === STEP_RUN) sum += payloadOf(words[i]);
        if (isLong(kindOf(words[i]))) i++;
      }
      return sum;
    };
    const work = new Map(replay.tasks.map((t) => [t!.pid, workOf(t!.tape)]));
    expect(work.get(3)).to.equal(8 * 20_000);
    expect(work.get(2)).to.equal(8 * 10_000);
    expect(work.get(1)).to.equal(8 * 400_000);
  });
});
