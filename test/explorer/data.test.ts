import { expect } from "chai";
import { packRun, unpackRun } from "../../explorer/data/pack.ts";
import type { ExplorerRun } from "../../explorer/data/run.ts";
import { IndexedRun } from "../../explorer/view/runs.ts";
import { storyOf } from "../../explorer/view/story.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { scratchFolder } from "../traces/support.ts";
import { open, sums } from "./runs.ts";

const DURATION = 5e9;

/** E1, E3 and E4 of run.ts. */
function checkInvariants(run: ExplorerRun): void {
  const { slices, waits, moves, decisions, passes } = run;
  for (const times of [slices.start, waits.start, moves.time, passes.time])
    for (let i = 1; i < times.length; i++) expect(times[i]).to.be.at.least(times[i - 1]);
  const [cpuFree, taskFree] = [new Map<number, number>(), new Map<number, number>()];
  for (let i = 0; i < slices.rows; i++) {
    const end = slices.start[i] + slices.length[i];
    expect(slices.start[i]).to.be.at.least(cpuFree.get(slices.cpu[i]) ?? 0);
    expect(slices.start[i]).to.be.at.least(taskFree.get(slices.task[i]) ?? 0);
    expect(end).to.be.at.most(run.durationNs);
    cpuFree.set(slices.cpu[i], end);
    taskFree.set(slices.task[i], end);
  }
  let next = 0;
  for (let pass = 0; pass < passes.rows; pass++) {
    expect(passes.firstDecision[pass]).to.equal(next);
    next += passes.decisionCount[pass];
    for (let i = passes.firstDecision[pass]; i < next; i++) expect(decisions.pass[i]).to.equal(pass);
  }
  expect(next).to.equal(decisions.rows);
}

/** Small numbers come back in smaller arrays. */
const listOf = (column: number | ArrayLike<number>) =>
  typeof column === "number" ? column : [...Array.from(column)];
const sum = (column: ArrayLike<number>) => Array.from(column).reduce((total, each) => total + each, 0);

describe("what the explorer shows", () => {
  const scratch = scratchFolder();
  let simulated: ExplorerRun;
  before(async () => {
    simulated = await open("numeric", { durationNs: DURATION });
  });

  it("of a simulation is what its result says, task by task", async () => {
    checkInvariants(simulated);
    const { result, records } = await simulateFile("numeric", { durationNs: DURATION });
    const { slices, waits, moves, tasks, decisions, passes } = simulated;
    expect(decisions.rows).to.equal(records);
    expect(moves.rows).to.equal(Object.values(result.migrations).reduce((sum, n) => sum + n, 0));
    const active = passes.kind.filter((kind) => kind === 3).length;
    expect(passes.rows - active).to.equal(result.eventsByKind.balancePasses);
    const ran = sums(slices.task, slices.length, tasks.length);
    const waited = sums(waits.task, waits.length, tasks.length);
    const moved = sums(moves.task, new Float64Array(moves.rows).fill(1), tasks.length);
    for (const task of result.tasks) {
      const i = tasks.findIndex(({ pid }) => pid === task.pid);
      expect(tasks[i].comm).to.equal(task.comm);
      expect(ran[i], task.comm).to.equal(task.runNs);
      expect(moved[i]).to.equal(task.migrations);
      expect(tasks[i].refillNs).to.equal(task.refillNs);
      // the wait under way at the end is in no result
      expect(waited[i]).to.be.at.least(task.waitNs);
    }
  });

  it("goes through the bytes of a page unchanged", () => {
    const back = unpackRun(packRun(simulated));
    for (const table of ["slices", "waits", "moves", "decisions", "passes", "groups"] as const)
      for (const [name, column] of Object.entries(simulated[table]))
        expect(listOf(back[table][name as "rows"]), `${table}.${name}`).to.deep.equal(listOf(column));
    expect(back.title).to.equal(simulated.title);
  });

  it("of its trace are the same decisions, in the same passes", async () => {
    await simulateFile("numeric", { durationNs: DURATION, out: scratch("t.parquet") });
    const traced = await open(scratch("t.parquet"));
    checkInvariants(traced);
    const begin = simulated.decisions.time[0];
    expect(traced.decisions.rows).to.equal(simulated.decisions.rows);
    for (const name of ["reason", "failed", "delta", "detached", "tries", "load"] as const)
      expect([...traced.decisions[name]], name).to.deep.equal([...simulated.decisions[name]]);
    expect([...traced.decisions.time]).to.deep.equal([...simulated.decisions.time].map((t) => t - begin));
    const looking = [...simulated.passes.decisionCount.keys()].filter(
      (i) => simulated.passes.decisionCount[i] > 0,
    );
    expect([...traced.passes.decisionCount]).to.deep.equal(
      looking.map((i) => simulated.passes.decisionCount[i]),
    );
    expect(traced.gaps.join(" ")).to.contain("wake-ups").and.to.contain("groups");
    expect(traced.migrationCostNs).to.equal(500_000);
  });

  it("of its recorded schedule are the same slices, waits and moves", async () => {
    await simulateFile("numeric", { durationNs: DURATION, timeline: scratch("t.ftrace") });
    const recorded = await open(scratch("t.ftrace"));
    checkInvariants(recorded);
    expect(recorded.gaps.length).to.be.greaterThan(0);
    const list = ({ slices: s, tasks, cpus }: ExplorerRun, shift: number) =>
      [...s.start.keys()]
        .map(
          (i) =>
            `${Math.round((s.start[i] - shift) / 1e4)} ${cpus[s.cpu[i]].number} ${tasks[s.task[i]].comm}`,
        )
        .sort();
    const begin = simulated.slices.start[0];
    // text of ftrace has microseconds
    const [a, b] = [list(simulated, begin), list(recorded, recorded.slices.start[0])];
    const there = new Set(b);
    expect(a.filter((each) => there.has(each)).length / a.length).to.be.greaterThan(0.95);
    expect(Math.abs(recorded.moves.rows - simulated.moves.rows) / simulated.moves.rows).to.be.lessThan(0.05);
    const total = ({ waits }: ExplorerRun) => sum(waits.length);
    expect(Math.abs(total(recorded) - total(simulated)) / total(simulated)).to.be.lessThan(0.02);
  });

  it("tells of each forced migration the failed passes before it, one for each time that the domain had failed", () => {
    const indexed = new IndexedRun(simulated);
    const { passes, decisions } = simulated;
    expect(indexed.forced.length).to.be.greaterThan(2);
    for (const decision of indexed.forced) {
      const pass = decisions.pass[decision];
      const { failed } = storyOf(indexed, pass);
      expect(failed.length).to.equal(decisions.failed[decision]);
      for (const [i, each] of failed.entries()) {
        expect(passes.failedBefore[each]).to.equal(i);
        expect(passes.failedAfter[each]).to.equal(i + 1);
        expect([passes.cpu[each], passes.level[each]]).to.deep.equal([passes.cpu[pass], passes.level[pass]]);
      }
    }
  });

  it("tells of its trace the same passes, as far as they looked at tasks, last", async () => {
    await simulateFile("numeric", { durationNs: DURATION, out: scratch("s.parquet") });
    const traced = new IndexedRun(await open(scratch("s.parquet")));
    const whole = new IndexedRun(simulated);
    const begin = simulated.decisions.time[0];
    for (const decision of traced.forced) {
      const told = storyOf(traced, traced.run.decisions.pass[decision]).failed;
      const { failed } = storyOf(whole, simulated.decisions.pass[decision]);
      const looking = failed.filter((pass) => simulated.passes.decisionCount[pass] > 0);
      // earlier ones may lie before a pass that found balance: it looked at no task, and is not in the trace
      const last = told.slice(told.length - looking.length);
      expect(last.map((pass) => traced.run.passes.time[pass])).to.deep.equal(
        looking.map((pass) => simulated.passes.time[pass] - begin),
      );
    }
  });

  it("ties each move of the balancer to the decision that allowed it", () => {
    const { moves, decisions } = simulated;
    let tied = 0;
    for (let i = 0; i < moves.rows; i++) {
      const decision = moves.decision[i];
      expect(decision >= 0).to.equal(moves.kind[i] === 2 || moves.kind[i] === 3);
      if (decision < 0) continue;
      tied++;
      expect(decisions.task[decision]).to.equal(moves.task[i]);
      expect(decisions.time[decision]).to.equal(moves.time[i]);
      expect(decisions.detached[decision]).to.equal(1);
    }
    expect(tied).to.equal(sum(decisions.detached));
  });
});
