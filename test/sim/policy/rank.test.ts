import { expect } from "chai";
import fc from "fast-check";
import heaviest from "../../../examples/rank.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import type { RankedTask, RankQuery } from "../../../sim/policy/rank.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import type { TraceRow } from "../../../traces/schema.ts";
import { checkCore } from "../invariants.ts";
import { allSteps, CHIPS, Laboratory } from "../random-operations.ts";

type Rank = (query: RankQuery) => readonly RankedTask[];

/** Runs convolution, and returns questions with the decisions that followed each. */
function asked(rank: Rank, topology = presetTopology("i5-1035g1"), durationNs = 3e9) {
  const questions: { query: RankQuery; answer: readonly RankedTask[]; rows: TraceRow[] }[] = [];
  const result = simulate({
    workload: modelNamed("convolution").workload(),
    topology,
    seed: "1",
    durationNs,
    policy: () => ({
      name: "watch",
      rank(query) {
        const answer = rank(query);
        questions.push({ query, answer, rows: [] });
        return answer;
      },
    }),
    onDecision: (row) =>
      row.reason !== "active" && row.lb_active === 0 && questions.at(-1)!.rows.push({ ...row }),
  });
  return { questions, result };
}

describe("a policy's rank()", () => {
  it("says in which order a pass looks at the tasks of a queue", () => {
    const { questions } = asked(({ tasks }) => tasks.toReversed());
    for (const { answer, rows } of questions)
      expect(rows.map(({ pid }) => pid)).to.deep.equal(answer.slice(0, rows.length).map(({ pid }) => pid));
    expect(questions.filter(({ rows }) => rows.length > 1).length).to.be.greaterThan(10);
  });

  it("says where the pass stops: behind its last task", () => {
    const { questions } = asked(({ tasks }) => tasks.slice(0, 1));
    for (const { rows } of questions) expect(rows.length).to.equal(1);
    const { result } = asked(() => []);
    expect(result.migrations.balance).to.equal(0);
    const { hot_refused, cold, forced, running } = result.decisions;
    expect([hot_refused, cold, forced, running]).to.deep.equal([0, 0, 0, 0]);
    // that nobody looked does not mean that all are pinned: the domain counts a failure, and the stopper is asked in the end
    expect(result.migrations.active).to.be.greaterThan(0);
  });

  it("sees of each task what the decision on it sees", () => {
    const { questions } = asked(({ tasks }) => tasks);
    let checked = 0;
    for (const { query, rows } of questions) {
      expect(query.tasks.length).to.be.within(1, 32);
      const [row] = rows;
      if (row === undefined) continue;
      const [task] = query.tasks;
      expect(query).to.include({
        now: row.ts,
        srcCpu: row.src_cpu,
        dstCpu: row.dst_cpu,
        level: row.sd_level,
        nrBalanceFailed: row.sd_nr_balance_failed,
        cacheNiceTries: row.sd_cache_nice_tries,
        imbalance: row.imbalance,
        imbalanceOf: row.lb_migration_type.replace("migrate_", ""),
        idle: row.cpu_newly_idle ? "newly idle" : row.cpu_idle ? "idle" : "busy",
      });
      expect(task).to.include({
        pid: row.pid,
        comm: row.comm,
        nice: row.task_nice,
        policy: row.task_policy,
        load: row.task_load_avg,
        delta: row.delta,
        running: row.task_running === 1,
        buddy: row.task_buddy === 1,
        allowed: row.task_affine === 1,
      });
      if (!task.running) expect(task.hot).to.equal(row.reason === "hot_refused" || row.reason === "forced");
      checked++;
    }
    expect(checked).to.be.greaterThan(100);
  });

  it("that names a task twice, or one of another question, is a fault of the policy", () => {
    const before: RankedTask[] = [];
    for (const wrong of [
      ({ tasks }: RankQuery) => [tasks[0], tasks[0]],
      ({ tasks }: RankQuery) => {
        before.push(tasks[0]);
        return before.slice(0, 1);
      },
    ])
      expect(() => asked(wrong)).to.throw(RangeError, /not offered, or one twice/);
  });

  it("leaves the scheduler whole, whatever the order and wherever it ends", () => {
    fc.assert(
      fc.property(
        allSteps,
        fc.nat(CHIPS.length - 1),
        fc.array(fc.nat(1000), { minLength: 10, maxLength: 40 }),
        (steps, chip, numbers) => {
          let at = 0;
          const draw = () => numbers[at++ % numbers.length];
          const rank: Rank = ({ tasks }) => {
            const keyed = tasks.map((task) => ({ task, key: draw() })).sort((a, b) => a.key - b.key);
            return keyed.slice(0, draw() % (tasks.length + 1)).map(({ task }) => task);
          };
          const laboratory = new Laboratory(CHIPS[chip], {}, 12, {}, { name: "random", rank });
          for (const step of steps) {
            laboratory.do(step);
            checkCore(laboratory.core, laboratory.tasks, true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("in the example looks at no task that runs or is not allowed, and at heavy ones first", () => {
    const { result } = asked(heaviest({} as never).rank!, regularTopology("8x1", 8, 1, 8, 8));
    expect(result.decisions.running + result.decisions.affinity).to.equal(0);
    expect(result.detached.cold).to.be.greaterThan(0);
  });
});
