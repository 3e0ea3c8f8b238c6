import { expect } from "chai";
import fc from "fast-check";
import { hardware } from "../../../sim/chip/hardware.ts";
import type { Topology } from "../../../sim/chip/topology.ts";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { ReplayBuilder } from "../../../sim/workload/replay/builder.ts";
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
});
