import { expect } from "chai";
import fc from "fast-check";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import { Simulation } from "../../../sim/run/simulation.ts";
import { simulate } from "../../../sim/simulator.ts";
import { uniform } from "../../../sim/workload/distributions.ts";
import { MODELS, modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { Channel, Mutex } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import type { TraceRow } from "../../../traces/schema.ts";
import type { TimelineEvent } from "../../../traces/timeline.ts";
import { MS, simulateIdeal, task, workload } from "./helpers.ts";

/** A few tasks of every kind: busy, sleeping, locking, talking. */
const mixture = (busy: number, sleepy: number, pairs: number) =>
  workload(({ spawn }) => {
    const mutex = new Mutex("m");
    for (let i = 0; i < busy; i++)
      spawn(
        task(`busy${i}`, [S.forever(S.run(uniform(MS, 9 * MS)))], {
          nice: (i % 5) - 2,
          workingSetBytes: 1 << 20,
        }),
      );
    for (let i = 0; i < sleepy; i++)
      spawn(
        task(`sleepy${i}`, [
          S.forever(
            S.run(uniform(0, MS)),
            S.sleep(uniform(0, 3 * MS)),
            S.lock(mutex),
            S.run(10_000),
            S.unlock(mutex),
          ),
        ]),
      );
    for (let i = 0; i < pairs; i++) {
      const pipe = new Channel(`pipe${i}`, 3, true);
      spawn(task(`write${i}`, [S.forever(S.run(uniform(1000, 90_000)), S.send(pipe))]));
      spawn(task(`read${i}`, [S.forever(S.receive(pipe), S.run(uniform(1000, 90_000)), S.done())]));
    }
  });

const small = fc.integer({ min: 0, max: 6 });

describe("conservation in the whole simulator", () => {
  it("gives every ns of every CPU to one task or to idleness", () => {
    fc.assert(
      fc.property(small, small, small, fc.constantFrom("i5-1035g1", "8x1"), (busy, sleepy, pairs, chip) => {
        const r = simulate({
          workload: mixture(busy, sleepy, pairs),
          topology: presetTopology(chip),
          seed: `${busy}`,
          durationNs: 60 * MS,
        });
        const busyNs = r.cpus.reduce((sum, c) => sum + c.busyNs, 0);
        expect(r.totals.runNs).to.equal(busyNs);
        expect(r.totals.runNs + r.totals.idleNs).to.equal(r.cpus.length * r.simulatedNs);
        for (const c of r.cpus) expect(c.busyNs).to.be.within(0, r.simulatedNs);
        for (const t of r.tasks) {
          expect(t.runNs + t.waitNs, t.comm).to.be.at.most(r.simulatedNs);
          expect(t.lostNs).to.be.at.most(t.runNs);
          expect(t.refillNs).to.be.at.least(0);
        }
        expect(r.cpus.reduce((sum, c) => sum + c.migrationsIn - c.migrationsOut, 0)).to.equal(0);
      }),
      { numRuns: 25 },
    );
  });

  it("loses no task: each is on one CPU at a time, and the timeline's switches fit together", () => {
    fc.assert(
      fc.property(small, small, small, (busy, sleepy, pairs) => {
        const running = new Map<number, number>();
        let last = 0;
        const check = (e: TimelineEvent) => {
          expect(e.time).to.be.at.least(last);
          last = e.time;
          if (e.type !== "switch") return;
          expect(running.get(e.cpu) ?? 0, "who leaves is who ran").to.equal(e.prev.pid);
          if (e.next.pid !== 0)
            for (const [cpu, pid] of running)
              if (cpu !== e.cpu) expect(pid, "on two CPUs").to.not.equal(e.next.pid);
          running.set(e.cpu, e.next.pid);
        };
        simulate({
          workload: mixture(busy, sleepy, pairs),
          topology: presetTopology("i5-1035g1"),
          seed: "2",
          durationNs: 40 * MS,
          onTimeline: check,
        });
      }),
      { numRuns: 15 },
    );
  });

  it("agrees with the scheduler's own accounting of run time: what is missing there is less than a tick", () => {
    const simulation = new Simulation({
      workload: mixture(11, 3, 2),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: 200 * MS,
      hardware: hardware(),
      maxTasks: 100,
    });
    simulation.run();
    for (const t of simulation.tasks.list) {
      const missing = t.runNs - t.task.se.sumExecRuntime;
      expect(missing, t.task.comm).to.be.within(0, 4 * MS);
      if (simulation.core.cpus[t.task.cpu].curr !== t.task) expect(missing, t.task.comm).to.equal(0);
    }
  });

  it("is work conserving on an unpinned load up to the moments between wake-up and balance", () => {
    const r = simulateIdeal(mixture(16, 0, 0), { durationNs: 500 * MS });
    expect(r.totals.idleNs).to.be.below(0.01 * 8 * r.simulatedNs);
    expect(r.conservation.violatedNs).to.be.below(0.05 * r.simulatedNs);
  });

  it("does not blame the scheduler for waiting that affinity forces, and counts it apart", () => {
    const pinned = workload(({ spawn }) => {
      for (let i = 0; i < 2; i++) spawn(task(`p${i}`, [S.run(500 * MS)], { affinity: [0] }));
    });
    const r = simulateIdeal(pinned, { durationNs: 2000 * MS });
    expect(r.conservation).to.deep.equal({
      violations: 0,
      violatedNs: 0,
      affinityForced: 1,
      affinityForcedNs: Math.min(...r.tasks.map((t) => t.exitNs)),
    });
  });

  it("tells violations from forced waiting as a look at all tasks and CPUs does, at every moment", () => {
    const masks = fc.array(fc.constantFrom([0], [1], [0, 1], [2, 3], [0, 1, 2, 3]), { maxLength: 7 });
    fc.assert(
      fc.property(masks, masks, (busy, sleepy) => {
        const allowed = new Map<number, readonly number[]>();
        const r = simulateIdeal(
          workload(({ spawn }) => {
            let pid = 0;
            const add = (affinity: readonly number[], body: S.Instruction[]) => {
              allowed.set(++pid, affinity);
              spawn(task(`t${pid}`, body, { affinity }));
            };
            for (const affinity of busy)
              add(affinity, [S.loop(3, S.run(uniform(MS, 9 * MS)), S.sleep(5 * MS))]);
            for (const affinity of sleepy)
              add(affinity, [S.forever(S.run(uniform(0, MS)), S.sleep(uniform(0, 3 * MS)))]);
          }),
          { topology: regularTopology("four", 4, 1, 2, 4), durationNs: 60 * MS },
        );
        const pids = r.tasks.map((t) => t.pid);
        const { violatedNs, affinityForcedNs } = r.conservation;
        expect([violatedNs, affinityForcedNs]).to.deep.equal(
          conservationOf(r.timeline, 4, r.simulatedNs, (pid) => allowed.get(pids.indexOf(pid) + 1)!),
        );
      }),
      { numRuns: 30 },
    );
  });
});

/** Violated and forced time, from who ran where and who waited when. */
function conservationOf(
  timeline: readonly TimelineEvent[],
  cpus: number,
  endNs: number,
  allowed: (pid: number) => readonly number[],
): [number, number] {
  const running: number[] = new Array(cpus).fill(0);
  const waiting = new Set<number>();
  const totals: [number, number] = [0, 0];
  let last = 0;
  for (const e of [...timeline, { type: "end", time: endNs } as const]) {
    if (e.time > last && waiting.size > 0 && running.includes(0)) {
      const helped = [...waiting].some((pid) => allowed(pid).some((cpu) => running[cpu] === 0));
      totals[helped ? 0 : 1] += e.time - last;
    }
    last = e.time;
    if (e.type === "wakeup") waiting.add(e.task.pid);
    if (e.type !== "switch") continue;
    running[e.cpu] = e.next.pid;
    waiting.delete(e.next.pid);
    if (e.prev.pid !== 0 && e.prevState === "R") waiting.add(e.prev.pid);
  }
  return totals;
}

describe("determinism of the whole simulator", () => {
  /** hackbench in little, and enough scripts for the balancer to be asked. */
  const SMALL: Record<string, Record<string, number>> = {
    hackbench: { groups: 2, loops: 20 },
    configure: { scripts: 12 },
  };
  const rowsOf = (seed: string, name: string) => {
    const rows: string[] = [];
    const result = simulate({
      workload: modelNamed(name).workload(SMALL[name] ?? {}),
      topology: presetTopology("i5-1035g1"),
      seed,
      durationNs: 300 * MS,
      onDecision: (row: TraceRow) => rows.push(JSON.stringify(row)),
    });
    return { rows, result };
  };

  for (const { name } of MODELS) {
    it(`gives the same rows and results for the same seed, others for another: ${name}`, () => {
      const [a, b, c] = [rowsOf("1", name), rowsOf("1", name), rowsOf("2", name)];
      expect(a.rows.length).to.be.greaterThan(0);
      expect(b.rows).to.deep.equal(a.rows);
      expect(b.result).to.deep.equal(a.result);
      expect(c.rows).to.not.deep.equal(a.rows);
    });
  }

  it("offers the same work under every policy: what a task draws does not depend on when it runs", () => {
    const work = (policy: "cfs" | "slow") => {
      const drawn = new Map<string, number[]>();
      simulate({
        workload: workload(({ spawn }) => {
          for (let i = 0; i < 12; i++) {
            const list: number[] = [];
            drawn.set(`t${i}`, list);
            const draw = (random: Parameters<ReturnType<typeof uniform>>[0]) => {
              const ns = uniform(MS, 5 * MS)(random);
              list.push(ns);
              return ns;
            };
            spawn(task(`t${i}`, [S.loop(10, S.run(draw), S.sleep(MS))]));
          }
        }),
        topology: presetTopology(policy === "cfs" ? "i5-1035g1" : "8x1"),
        seed: "5",
        durationNs: 2000 * MS,
      });
      return [...drawn];
    };
    expect(work("slow")).to.deep.equal(work("cfs"));
  });
});
