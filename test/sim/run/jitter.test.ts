import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type Hardware, hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import { Jitter } from "../../../sim/run/jitter.ts";
import { simulate } from "../../../sim/simulator.ts";
import * as S from "../../../sim/workload/script.ts";
import type { TraceRow } from "../../../traces/schema.ts";
import { IDEAL, MS, rtApp, simulateIdeal, startsOf, task, twoCpus, workload } from "./helpers.ts";

const PERIOD = 4 * MS;
const BENCHMARKS = new URL("../../../kernel-bridge/benchmarks/", import.meta.url);
const file = (name: string) => rtApp(readFileSync(fileURLToPath(new URL(name, BENCHMARKS)), "utf8"));
const only = (values: Partial<Hardware>) => ({ ...hardware({}, IDEAL), ...values });

describe("jitter", () => {
  it("keeps each tick within its period, later on later CPUs, and none that is off", () => {
    const jitter = new Jitter(only({ tickOffsetNs: 250_000, tickJitterNs: 500_000 }), "1", PERIOD);
    for (let cpu = 0; cpu < 64; cpu++)
      for (let i = 0; i < 20; i++) {
        const late = jitter.tickDelay(cpu) - ((cpu * 250_000) % PERIOD);
        expect(late < 0 ? late + PERIOD : late, `CPU ${cpu}`).to.be.within(0, 500_000);
        expect(jitter.tickDelay(cpu)).to.be.within(0, PERIOD - 1);
      }
    const none = new Jitter(only({}), "1", PERIOD);
    expect([none.ticksTogether, none.kicksAtOnce]).to.deep.equal([true, true]);
    expect([none.tickDelay(5), none.timerDelay(), none.newidleCost(8, 3)]).to.deep.equal([0, 0, 0]);
  });

  it("adds a tail to the measured cost of some newly-idle passes, and lets none be free", () => {
    const jitter = new Jitter(only({ newidleTailPermille: 200, newidleTailNs: 1_600_000 }), "1", PERIOD);
    const costs = Array.from({ length: 5000 }, () => jitter.newidleCost(2, 1));
    expect(costs.filter((ns) => ns > 1).length / costs.length).to.be.closeTo(0.2, 0.03);
    expect(Math.max(...costs)).to.be.within(1_500_000, 1_600_000);
    expect(Math.min(...costs)).to.equal(1);
  });

  it("ends sleeps late by at most what it is told to, and starts tasks in time", () => {
    const sleeper = workload(({ spawn }) =>
      spawn(
        task("a", [S.loop(50, S.run(MS), S.sleep(5 * MS))], {
          startNs: 3 * MS,
        }),
      ),
    );
    const { timeline } = simulateIdeal(sleeper, {
      topology: twoCpus(),
      hardware: only({ timerJitterNs: 400_000 }),
    });
    const starts = startsOf(timeline, "a");
    expect(starts[0]).to.equal(3 * MS);
    const late = starts.slice(1).map((at, i) => at - starts[i] - 6 * MS);
    for (const ns of late) expect(ns).to.be.within(0, 400_000);
    expect(new Set(late).size).to.be.greaterThan(40);
  });

  it("lets the tick of each CPU come at a time of its own", () => {
    const busy = workload(({ spawn }) => {
      for (let i = 0; i < 6; i++) spawn(task(`t${i}`, [S.run(200 * MS)], { affinity: [i % 2] }));
    });
    const preemptions = (h: Hardware) =>
      simulateIdeal(busy, { topology: twoCpus(), hardware: h }).timeline.flatMap((e) =>
        e.type === "switch" && e.prevState === "R" ? [e.time % PERIOD] : [],
      );
    expect(new Set(preemptions(only({})))).to.deep.equal(new Set([0]));
    expect(new Set(preemptions(only({ tickOffsetNs: 1 * MS })))).to.deep.equal(new Set([0, MS]));
  });

  it("lets an idle CPU begin to balance for the others later, though no less surely", () => {
    const passes = (nohzKickJitterNs: number) => {
      const r = simulate({
        workload: file("rtapp-bursts.json"),
        topology: presetTopology("8x1"),
        seed: "1",
        durationNs: 2000 * MS,
        hardware: only({ nohzKickJitterNs }),
      });
      return r.schedstat.cpus.reduce((sum, c) => sum + c.domains[0].idle.lbCount, 0);
    };
    const [atOnce, late] = [0, 2 * MS].map(passes);
    expect(late).to.be.within(10, atOnce - 10);
  });

  it("lets hot shares lie between those at migration costs just below and above a multiple of the tick", () => {
    const hot = (migrationCostNs: number, h: Hardware) => {
      let [queued, refused] = [0, 0];
      simulate({
        workload: file("rtapp-mixed.json"),
        topology: regularTopology("8x1", 8, 1, 8, 8),
        seed: "1",
        durationNs: 8000 * MS,
        tunables: { migrationCostNs },
        hardware: h,
        onDecision: (row: TraceRow) => {
          if (row.task_running === 1) return;
          queued++;
          if (row.delta < migrationCostNs) refused++;
        },
      });
      return refused / queued;
    };
    const jump = (h: Hardware) => hot(4_100_000, h) - hot(4_000_000, h);
    const sharp = jump(only({}));
    expect(sharp).to.be.greaterThan(0.08);
    expect(Math.abs(jump(hardware({}, ["smt", "cache", "costs", "inference"])))).to.be.below(sharp / 2);
  });
});
