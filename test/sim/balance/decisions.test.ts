import { expect } from "chai";
import fc from "fast-check";
import { type CoreListener, SchedulerCore, stockRule, type Task } from "../../../sim/core.ts";
import type { MigrationQuery, Policy, Verdict } from "../../../sim/policy/policy.ts";
import type { TraceRow } from "../../../traces/schema.ts";
import { CHIPS, Laboratory, steps } from "../random-operations.ts";

const chip = fc.nat(CHIPS.length - 1);
const MIGRATION_COST = 500_000;

/** The stock rule of can_migrate_task() from nothing but a row's columns. */
function byRule(row: TraceRow): { migration: number; reason: string } {
  if (!row.task_affine) return { migration: 0, reason: "affinity" };
  if (row.task_running) return { migration: 0, reason: "running" };
  if (row.lb_active) return { migration: 1, reason: "active" };
  const hot =
    row.task_policy !== 5 &&
    !row.sd_share_capacity &&
    ((row.task_buddy === 1 && row.dst_rq_nr_running > 0) || row.delta < MIGRATION_COST);
  if (!hot) return { migration: 1, reason: "cold" };
  return row.sd_nr_balance_failed > row.sd_cache_nice_tries
    ? { migration: 2, reason: "forced" }
    : { migration: 0, reason: "hot_refused" };
}

function rowsOf(
  topology: number,
  tasks: number,
  sequence: Parameters<Laboratory["do"]>[0][],
  policy?: Policy,
): TraceRow[] {
  const rows: TraceRow[] = [];
  const listener: CoreListener = { onDecision: (row) => rows.push({ ...row }) };
  const lab = new Laboratory(CHIPS[topology], {}, tasks, listener, policy);
  for (const step of sequence) lab.do(step);
  return rows;
}

describe("decisions of can_migrate_task()", () => {
  it("follow from the columns of their rows", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(chip, fc.nat(40), steps, (topology, tasks, sequence) => {
        for (const row of rowsOf(topology, tasks, sequence)) {
          const { migration, reason } = byRule(row);
          expect([row.migration, row.reason], JSON.stringify(row)).to.deep.equal([migration, reason]);
          if (row.detached) expect(row.migration, "only who may go goes").to.be.greaterThan(0);
          seen.set(reason, (seen.get(reason) ?? 0) + 1);
        }
      }),
    );
    for (const reason of ["affinity", "running", "cold", "hot_refused"]) {
      expect(seen.get(reason) ?? 0, reason).to.be.greaterThan(0);
    }
  });

  it("say detached exactly as often as the balancer moved a task, and count as /proc/schedstat does", () => {
    fc.assert(
      fc.property(chip, fc.nat(40), steps, (topology, tasks, sequence) => {
        let moved = 0;
        let detached = 0;
        let forced = 0;
        let passes = 0;
        const lab = new Laboratory(CHIPS[topology], {}, tasks, {
          onMigrate: (_task, _from, _to, kind) => {
            if (kind === "balance" || kind === "active") moved++;
          },
          onDecision: (row) => {
            detached += row.detached;
            if (row.detached && row.migration === 2) forced++;
          },
          onBalance: () => passes++,
        });
        for (const step of sequence) lab.do(step);
        expect(detached).to.equal(moved);
        let gained = 0;
        let hot = 0;
        let count = 0;
        for (const cpu of lab.core.schedstat()) {
          for (const domain of cpu.domains) {
            for (const lb of [domain.idle, domain.busy, domain.newlyIdle]) {
              gained += lb.lbGained;
              hot += lb.lbHotGained;
              count += lb.lbCount;
              expect(lb.lbCount).to.be.at.least(lb.lbBalanced + lb.lbFailed);
              expect(lb.lbBalanced).to.be.at.least(lb.lbNobusyg + lb.lbNobusyq);
            }
          }
        }
        expect([gained, hot, count]).to.deep.equal([moved, forced, passes]);
      }),
    );
  });

  it("are the same when the stock rule decides as a policy", () => {
    const asPolicy: Policy = {
      name: "cfs",
      decide: (q) => stockRule(q.activeBalance, q.hot, q.nrBalanceFailed, q.cacheNiceTries),
    };
    fc.assert(
      fc.property(chip, fc.nat(40), steps, (topology, tasks, sequence) => {
        expect(rowsOf(topology, tasks, sequence, asPolicy)).to.deep.equal(rowsOf(topology, tasks, sequence));
      }),
      { numRuns: 80 },
    );
  });

  it("are left to a policy once the hard refusals are passed", () => {
    const never = policyOf(() => 0);
    const always = policyOf((q) => (q.hot ? 2 : 1));
    fc.assert(
      fc.property(chip, fc.nat(40), steps, (topology, tasks, sequence) => {
        for (const row of rowsOf(topology, tasks, sequence, never)) {
          expect(row.migration).to.equal(0);
          expect(row.detached).to.equal(0);
        }
        for (const row of rowsOf(topology, tasks, sequence, always)) {
          if (row.task_affine && !row.task_running) expect(row.migration).to.be.greaterThan(0);
        }
      }),
      { numRuns: 80 },
    );
  });
});

function policyOf(decide: (query: MigrationQuery) => Verdict): Policy {
  return { name: "test", decide };
}

describe("heat and force", () => {
  /** CPU 0 of two caches is crowded by tasks pinned to it until all are hot; then they may go to CPU 1. */
  function crowded(nice: number): { core: SchedulerCore; tasks: Task[]; rows: TraceRow[] } {
    const rows: TraceRow[] = [];
    const core = new SchedulerCore({
      topology: CHIPS[1],
      tunables: { nohz: false, migrationCostNs: 100_000_000 },
      listener: { onDecision: (row) => rows.push({ ...row }) },
    });
    const tasks = [0, 1, 2].map(() => core.newTask({ nice, affinity: [0] }));
    for (const task of tasks) core.wakeNew(task, 0);
    let now = 0;
    for (let i = 0; i < 30; i++) {
      now += 4_000_000;
      core.advanceTo(now);
      core.tick();
    }
    for (const task of tasks) core.setAffinity(task, [0, 1]);
    rows.length = 0;
    for (let i = 0; i < 200; i++) {
      now += 4_000_000;
      core.advanceTo(now);
      core.tick();
    }
    return { core, tasks, rows };
  }

  it("keep hot tasks where they are until the domain has failed more than cache_nice_tries times", () => {
    const { tasks, rows } = crowded(0);
    const first = rows.findIndex((row) => row.migration === 2);
    expect(first).to.be.greaterThan(0);
    for (const row of rows.slice(0, first)) {
      expect(row.reason).to.be.oneOf(["hot_refused", "running", "affinity"]);
      expect(row.sd_nr_balance_failed).to.be.at.most(1 + row.sd_cache_nice_tries);
    }
    const forced = rows[first];
    expect([forced.reason, forced.sd_nr_balance_failed, forced.detached]).to.deep.equal(["forced", 2, 1]);
    expect(tasks.reduce((sum, task) => sum + task.nrForcedMigrations, 0)).to.be.greaterThan(0);
    expect(tasks.some((task) => task.cpu === 1)).to.equal(true);
  });
});

describe("active balance", () => {
  it("pushes a running task off a core whose sibling is busy when only that is left", () => {
    // two tasks on the threads of one core, three idle cores: nothing waits, so nothing can be pulled
    const kinds: string[] = [];
    const core = new SchedulerCore({
      topology: CHIPS[0],
      tunables: { nohz: false },
      listener: { onMigrate: (_task, _from, _to, kind) => kinds.push(kind) },
    });
    const tasks = [0, 1].map((cpu) => core.newTask({ affinity: [cpu] }));
    tasks.forEach((task, cpu) => {
      core.wakeNew(task, cpu);
    });
    let now = 4_000_000;
    core.advanceTo(now);
    core.tick();
    for (const task of tasks) core.setAffinity(task, [0, 1, 2, 3, 4, 5, 6, 7]);
    for (let i = 0; i < 300 && !kinds.includes("active"); i++) {
      now += 4_000_000;
      core.advanceTo(now);
      core.tick();
    }
    expect(kinds).to.include("active");
    expect(tasks[0].cpu >> 1).not.to.equal(tasks[1].cpu >> 1);
    const pushed = core.schedstat().flatMap((cpu) => cpu.domains.map((domain) => domain.albPushed));
    expect(pushed.reduce((a, b) => a + b)).to.equal(1);
  });
});

describe("a per-CPU kernel thread", () => {
  it("is moved by no balancer, which says why before it looks at its CPUs", () => {
    const rows: TraceRow[] = [];
    const core = new SchedulerCore({
      topology: CHIPS[1],
      listener: { onDecision: (row) => rows.push({ ...row }) },
    });
    const make = (perCpuKthread: boolean) => {
      const task = core.newTask({ affinity: [0], perCpuKthread });
      core.wake(task, 0);
      return task;
    };
    const [own, bound] = [make(true), make(false)];
    make(false);
    for (let tick = 1; tick <= 100; tick++) {
      core.advanceTo(tick * 4_000_000);
      core.tick();
    }
    const reasons = (pid: number) => new Set(rows.filter((row) => row.pid === pid).map((row) => row.reason));
    expect([...reasons(own.pid)]).to.deep.equal(["percpu_kthread"]);
    expect([...reasons(bound.pid)]).to.include("affinity");
    expect(rows.every((row) => row.task_percpu_kthread === (row.pid === own.pid ? 1 : 0))).to.equal(true);
    expect(own.cpu).to.equal(0);
  });

  it("leaves its CPU to the task that it wakes", () => {
    for (const perCpuKthread of [false, true]) {
      const core = new SchedulerCore({ topology: CHIPS[1] });
      const task = core.newTask({ cpu: 0 });
      const thread = core.newTask({ affinity: [0], perCpuKthread });
      core.wake(task, 0);
      core.advanceTo(1_000_000);
      core.block(0);
      core.wake(thread, 0);
      core.wake(task, 0);
      expect(task.cpu === 0).to.equal(perCpuKthread);
    }
  });

  it("has one CPU", () => {
    const core = new SchedulerCore({ topology: CHIPS[1] });
    expect(() => core.newTask({ affinity: [0, 1], perCpuKthread: true })).to.throw(
      /per-CPU kernel thread has one CPU/,
    );
  });
});
