import { expect } from "chai";
import fc from "fast-check";
import { Semaphore } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import type { TimelineState, TimelineTask } from "../../../traces/timeline.ts";
import type { Claim } from "../../../traces/timelines/claim.ts";
import { History } from "../../../traces/timelines/history.ts";
import type { HistoryListener } from "../../../traces/timelines/history-listener.ts";
import type { Cause } from "../../../traces/timelines/life.ts";
import { MS, simulateIdeal, task, twoCpus, workload } from "../../sim/run/helpers.ts";
import { timelines } from "./dialects.ts";

const named = (pid: number): TimelineTask => ({ pid, comm: pid === 0 ? "swapper/0" : `t${pid}`, prio: 120 });
const at = (time: number, cpu: number) => ({ time, cpu, account: -1 });
const switched = (time: number, cpu: number, prev: number, state: TimelineState, next: number): Claim => ({
  type: "switch",
  ...at(time, cpu),
  prev: named(prev),
  prevState: state,
  next: named(next),
});
const waking = (time: number, cpu: number, pid: number, context?: "hardirq"): Claim => ({
  type: "waking",
  ...at(time, cpu),
  task: named(pid),
  targetCpu: 0,
  context,
});
const wakeup = (time: number, cpu: number, pid: number, isNew = false): Claim => ({
  type: "wakeup",
  ...at(time, cpu),
  task: named(pid),
  targetCpu: 0,
  isNew,
});

/** The history of claims, and what it told. */
function historyOf(claims: readonly Claim[]) {
  const wakes: [number, number, Cause, number | undefined][] = [];
  const runs: [number, number, number, number][] = [];
  const listener: HistoryListener = {
    ran: (life, cpu, from, to) => runs.push([life.pid, cpu, from, to]),
    wakes: (life, time, cause, waker) => wakes.push([life.pid, time, cause, waker?.pid]),
  };
  const history = new History(listener);
  for (const claim of claims) history.add(claim);
  history.end();
  return { history, wakes, runs, life: (pid: number) => history.lives.find((l) => l.pid === pid)! };
}

describe("the history of a recording", () => {
  it("of a simulation is the simulation's: CPU time, waits, switches, wake-ups and moves of every task", () => {
    const go = new Semaphore("go");
    const busy = workload(({ spawn }) => {
      const child = task("child", [S.run(3 * MS), S.sleep(2 * MS), S.run(MS)]);
      spawn(task("woken", [S.loop(20, S.semaphoreWait(go), S.run(2 * MS))]));
      spawn(task("waker", [S.loop(20, S.run(3 * MS), S.semaphorePost(go), S.run(MS))]));
      for (let i = 0; i < 3; i++) spawn(task(`hog${i}`, [S.fork(child), S.run(40 * MS)]));
      spawn(task("tick", [S.loop(30, S.sleep(4 * MS), S.run(MS))]));
    });
    const { tasks, timeline, totals } = simulateIdeal(busy, { topology: twoCpus() });
    const { history } = historyOf(
      timeline.flatMap((e): Claim[] =>
        e.type === "decision" || e.type === "group" ? [] : [{ ...e, account: -1 }],
      ),
    );
    expect(history.flaws.contradictions).to.equal(0);
    const lives = history.lives.filter((l) => l.pid < 1000);
    expect(lives.map((l) => [l.pid, l.comm, l.runNs, l.waitNs, l.switches, l.wakeups])).to.have.deep.members(
      tasks.map((t) => [t.pid, t.comm, t.runNs, t.waitNs, t.switches, t.wakeups]),
    );
    expect(lives.reduce((n, l) => n + l.runNs, 0)).to.equal(totals.runNs);
  });

  it("believes a switch, and takes who was thought to run for gone (H1)", () => {
    const { history, runs } = historyOf([
      switched(10, 0, 0, "R", 1),
      waking(20, 0, 3, "hardirq"),
      switched(50, 0, 2, "S", 0),
    ]);
    expect(history.flaws.contradictions).to.equal(1);
    expect(runs).to.deep.equal([
      [1, 0, 10, 20],
      [2, 0, 20, 50],
    ]);
  });

  it("has a task on one CPU at a time (H2)", () => {
    const { history, runs } = historyOf([
      switched(10, 0, 0, "R", 1),
      switched(30, 1, 0, "R", 1),
      switched(50, 1, 1, "S", 0),
    ]);
    expect(history.flaws.contradictions).to.equal(1);
    expect(runs).to.deep.equal([[1, 1, 30, 50]]);
    expect(history.lives[0].moves).to.equal(1);
  });

  it("finds the wake-up of who runs without one, of unknown cause (H3)", () => {
    const { wakes } = historyOf([switched(10, 0, 1, "S", 0), switched(30, 0, 0, "R", 1)]);
    expect(wakes).to.deep.equal([[1, 30, "unknown", undefined]]);
  });

  it("keeps a waking that comes before its task has left (H4), not one that it saw while it ran", () => {
    const before = [switched(0, 0, 0, "R", 1), switched(0, 1, 0, "R", 2)];
    const early = historyOf([...before, waking(90, 1, 1), switched(100, 0, 1, "S", 0), wakeup(110, 1, 1)]);
    expect(early.wakes).to.deep.equal([[1, 100, "task", 2]]);
    const seen = historyOf([...before, waking(80, 1, 1), wakeup(81, 1, 1), switched(100, 0, 1, "S", 0)]);
    expect(seen.wakes).to.deep.equal([]);
    const stale = historyOf([...before, waking(80, 1, 1), switched(5_000_000, 0, 1, "S", 0)]);
    expect(stale.wakes).to.deep.equal([]);
  });

  it("takes a pid that is used again for another task (H5)", () => {
    const { history } = historyOf([
      switched(10, 0, 0, "R", 1),
      switched(20, 0, 1, "X", 0),
      wakeup(30, 0, 1, true),
      switched(40, 0, 0, "R", 1),
      switched(60, 0, 1, "S", 0),
    ]);
    expect(history.lives.map((l) => [l.pid, l.runNs])).to.deep.equal([
      [1, 10],
      [1, 20],
    ]);
  });

  it("knows causes: a task, an interrupt by its flag or because the CPU is idle, a timer by its own event", () => {
    const { wakes } = historyOf([
      switched(0, 0, 0, "R", 1),
      waking(10, 0, 5),
      waking(20, 0, 6, "hardirq"),
      switched(30, 0, 1, "S", 0),
      waking(40, 0, 7),
      { type: "interrupt", time: 50, cpu: 0, what: "timer" },
      waking(51, 0, 1),
    ]);
    expect(wakes).to.deep.equal([
      [5, 10, "task", 1],
      [6, 20, "interrupt", undefined],
      [7, 40, "interrupt", undefined],
      [1, 51, "timer", undefined],
    ]);
  });

  it("of any claims whatever has no task on two CPUs and no CPU with two tasks", () =>
    fc.assert(
      fc.property(timelines, (events) => {
        const { history, runs } = historyOf(events.map((e) => ({ ...e, account: -1 })));
        for (const key of [0, 1]) {
          const byKey = new Map<number, number>();
          for (const run of runs) {
            expect(run[2]).to.be.at.least(byKey.get(run[key]) ?? 0);
            expect(run[3]).to.be.above(run[2]);
            byKey.set(run[key], run[3]);
          }
        }
        expect(history.counts.switches).to.equal(events.filter((e) => e.type === "switch").length);
      }),
      { numRuns: 200 },
    ));
});
