import { expect } from "chai";
import { foretell, within } from "../../lab/experiments/jobs/foretell.ts";
import { Hindsight, HORIZONS_MS, TOLD } from "../../lab/experiments/jobs/hindsight.ts";
import { signedLog } from "../../lab/experiments/jobs/knowledge.ts";
import { forcedWithin, observe, observeRun, readObservation } from "../../lab/experiments/jobs/observe.ts";
import { Sheet } from "../../lab/experiments/jobs/sheet.ts";
import {
  PLACES,
  pendingTimers,
  placesOf,
  putSnapshot,
  throughAt,
} from "../../lab/experiments/jobs/snapshot.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { openWorkload } from "../../lab/sources.ts";
import { hardware } from "../../sim/chip/hardware.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { DumpPrinter } from "../../sim/lockstep/dump.ts";
import type { SimulateOptions } from "../../sim/run/options.ts";
import { startSimulation } from "../../sim/simulator.ts";
import { rtAppWorkload } from "../../sim/workload/rtapp/workload.ts";
import { labelTable } from "../../traces/label.ts";
import { ruleReason } from "../../traces/rule.ts";
import { TableBuilder } from "../../traces/table.ts";
import type { TimelineEvent } from "../../traces/timeline.ts";
import { expectSameTable, scratchFolder } from "../traces/support.ts";

const MIXED = "kernel-bridge/benchmarks/rtapp-mixed.json";
const RUN = {
  source: MIXED,
  chip: "i5-1035g1",
  seed: "1",
  durationNs: 2e9,
  tunables: { migrationCostNs: 4e6 },
};

const start = (options: Partial<SimulateOptions> = {}) =>
  startSimulation({
    ...{ seed: "1", durationNs: 1e9, tunables: RUN.tunables },
    workload: openWorkload([MIXED]),
    topology: presetTopology(RUN.chip),
    ...options,
  });

/** Fields of the dump's line that begins so: `nr=2 load_avg=…`. */
const fields = (lines: readonly string[], begin: string): Map<string, number> => {
  const line = lines.find((each) => each.startsWith(begin))!;
  return new Map([...line.matchAll(/(\w+)=(-?\d+)/g)].map(([, name, value]) => [name, Number(value)]));
};

describe("what the simulator knows at a call", () => {
  it("is looked at without changing the run (S1)", async () => {
    const rows = new TableBuilder();
    await simulateFile(MIXED, { ...RUN, onDecision: (row) => rows.append(row) });
    const { table, state, future } = observeRun(RUN);
    expectSameTable(table, rows.toTable(), false);
    expect([state.rows, future.rows]).to.deep.equal([table.rows, table.rows]);
    expect(table.rows).to.be.greaterThan(50);
    for (let i = 0; i < table.rows; i++) {
      expect(state.at(i, "source: load average"), `row ${i}`).to.equal(table.numeric.src_rq_load_avg[i]);
      expect(state.at(i, "destination: load average")).to.equal(table.numeric.dst_rq_load_avg[i]);
    }
    const told = Array.from({ length: table.rows }, (_, i) => ruleReason(table, i));
    expect(told, "the rule knows the migration cost").to.deep.equal(table.text.reason);
  });

  it("is what the simulator's dump says of queues, domains and the task at that moment", () => {
    const simulation = start();
    const { machine } = simulation.core;
    let calls = 0;
    machine.probe = (env, task) => {
      calls++;
      const sheet = new Sheet();
      putSnapshot(sheet, simulation, env, task);
      sheet.endRow();
      const printer = new DumpPrinter(machine, [task], null, null);
      printer.step(0, "");
      const lines = printer.take();
      placesOf(machine, env).forEach((rq, i) => {
        if (rq === undefined) return;
        const at = (name: string) => sheet.at(0, `${PLACES[i]}${name}`);
        const cpu = fields(lines, ` cpu ${rq.cpu} `);
        expect(at(": tasks")).to.equal(cpu.get("nr"));
        expect(at(": load")).to.equal(cpu.get("weight"));
        expect(at(": load average")).to.equal(cpu.get("load_avg"));
        expect(at(": utilisation")).to.equal(cpu.get("util_avg"));
        expect(at(": idle on average")).to.equal(cpu.get("avg_idle"));
        expect(at(": balances in, jiffies")).to.equal(cpu.get("next_balance")! - machine.jiffies);
        let level = 0;
        for (let sd = rq.sd; sd !== null; sd = sd.parent) {
          const domain = fields(lines, ` sd ${rq.cpu}.${level++} `);
          const name = sd.level === env.sd!.level ? ", this level" : ", another level";
          expect(at(`${name}: failures over those borne`)).to.equal(
            domain.get("failed")! - sd.cacheNiceTries,
          );
          expect(at(`${name}: interval, ms`)).to.equal(domain.get("interval"));
          expect(at(`${name}: cost of a newly idle pass`)).to.equal(domain.get("newidle_cost"));
        }
      });
      const line = fields(lines, ` task ${task.pid} `);
      const { minVruntime } = env.srcRq.cfs;
      expect(sheet.at(0, "task: vruntime over the least")).to.equal(line.get("vruntime")! - minVruntime);
      expect(sheet.at(0, "task: utilisation expected")).to.equal(line.get("util_est"));
    };
    simulation.run();
    expect(calls).to.be.greaterThan(50);
  });

  it("has the timers that are set: each sleeper wakes up when its timer is due", () => {
    const wakeUps: Extract<TimelineEvent, { type: "wakeup" }>[] = [];
    const simulation = start({
      hardware: { timerJitterNs: 0 },
      onTimeline: (event) => {
        if (event.type === "wakeup") wakeUps.push(event);
      },
    });
    let looked = 0;
    for (let now = 20e6; now < 900e6; now += 7_300_000) {
      simulation.runUntil(now);
      const pending = pendingTimers(simulation);
      const before = wakeUps.length;
      expect(pending.map(({ due }) => due)).to.deep.equal(
        pending.map(({ due }) => due).sort((a, b) => a - b),
      );
      for (const { task, due } of pending) {
        simulation.runUntil(due);
        now = due;
        expect(wakeUps.slice(before).find((event) => event.task.pid === task.pid)?.time).to.equal(due);
        looked++;
      }
    }
    expect(looked).to.be.greaterThan(50);
  });

  it("knows when what runs is through with its step: then it sleeps", () => {
    const slept: { cpu: number; time: number }[] = [];
    const tasks = { three: { instance: 3, loop: -1, run: 5000, sleep: 1000 } };
    const simulation = start({
      workload: rtAppWorkload([{ name: "three", text: JSON.stringify({ tasks }) }]),
      topology: presetTopology("8x1"),
      hardware: hardware({}, ["costs", "cache", "jitter"]),
      onTimeline: (event) => {
        if (event.type === "switch" && event.prevState === "S") slept.push(event);
      },
    });
    let looked = 0;
    for (let now = 1e6; now < 200e6; now += 7_700_000) {
      simulation.runUntil(now);
      const due = simulation.core.cpus.map(({ cpu }) => throughAt(simulation, cpu));
      const before = slept.length;
      simulation.runUntil(now + 5e6);
      due.forEach((time, cpu) => {
        if (time === Number.POSITIVE_INFINITY) return; // idle
        looked++;
        expect(slept.slice(before).find((each) => each.cpu === cpu)?.time).to.equal(time);
      });
    }
    expect(looked).to.be.greaterThan(50);
  });
});

describe("what comes after a call", () => {
  const scratch = scratchFolder();
  const task = (pid: number) => ({ pid, comm: `t${pid}`, prio: 120 });
  const moment = { event: 2, now: 100, pid: 7, cpus: [0, 1], tasks: [{ pid: 7, ranNs: 40 }] };

  it("begins behind the call, also where the clock stands (H1), and is told in ns from it (H2)", () => {
    let ranNs = 0;
    const hindsight = new Hindsight(() => ({ weight: 1024, ranNs }));
    const wakeup = (time: number, targetCpu: number) =>
      hindsight.observe({ type: "wakeup", time, cpu: 0, task: task(9), targetCpu, isNew: false });
    const sleep = (time: number, pid: number) =>
      hindsight.observe({ type: "switch", time, cpu: 0, prev: task(pid), prevState: "S", next: task(7) });
    wakeup(90, 1);
    wakeup(100, 1);
    // the call
    wakeup(100, 0);
    wakeup(100 + 1e6, 1);
    wakeup(101 + 1e6, 1);
    ranNs = 65;
    sleep(130, 7);
    const sheet = new Sheet();
    hindsight.put(sheet, moment);
    sheet.endRow();
    const at = (name: string) => sheet.at(0, name);
    expect([1, 2, 3, 4].map((n) => at(`wake-up ${n}: in`))).to.deep.equal([0, 1e6, 1 + 1e6, Infinity]);
    expect([1, 2, 3].map((n) => at(`wake-up ${n}: on`))).to.deep.equal([0, 1, 1]);
    expect(at("wakes up on destination within 1 ms")).to.equal(1);
    expect(at("wakes up on destination within 16 ms")).to.equal(2);
    expect(at("sleeps on source within 1 ms")).to.equal(1);
    expect(at("the task runs: in")).to.equal(30);
    expect([at(`${TOLD[0]} sleeps: in`), at(`${TOLD[0]} sleeps: having run`)]).to.deep.equal([30, 25]);
  });

  it("is what then happens in the run", () => {
    const events: TimelineEvent[] = [];
    start({ durationNs: RUN.durationNs, onTimeline: (event) => events.push(event) }).run();
    const { table, future } = observeRun(RUN);
    const { ts, src_cpu, dst_cpu } = table.numeric;
    const times = new Set(events.map(({ time }) => time));
    let compared = 0;
    for (let i = 0; i < table.rows; i += 3) {
      if (events.some(({ time, type }) => time === ts[i] && type !== "decision") || !times.has(ts[i]))
        continue;
      compared++;
      const after = events.filter(({ time }) => time > ts[i]);
      const wakeUps = after.filter((e) => e.type === "wakeup");
      for (const [place, cpu] of [
        ["source", src_cpu[i]],
        ["destination", dst_cpu[i]],
      ] as const) {
        const there = wakeUps.filter(({ targetCpu }) => targetCpu === cpu);
        expect(future.at(i, `first that wakes up on ${place}: in`)).to.equal(
          (there[0]?.time ?? Infinity) - ts[i],
        );
        for (const ms of HORIZONS_MS)
          expect(future.at(i, `wakes up on ${place} within ${ms} ms`)).to.equal(
            there.filter(({ time }) => time - ts[i] <= ms * 1e6).length,
          );
      }
      const asleep = after.find(
        (e) => e.type === "switch" && e.prev.pid === table.numeric.pid[i] && e.prevState !== "R",
      );
      expect(future.at(i, "the task sleeps: in")).to.equal((asleep?.time ?? Infinity) - ts[i]);
    }
    expect(compared).to.be.greaterThan(20);
  });

  it("is not seen past the horizon", () => {
    const [soon, late] = [5e5, 5e6].map((ns) => signedLog(ns));
    const future = {
      "wake-up 1: in": Float32Array.of(soon, late),
      "wake-up 1: on": Float32Array.of(1, 1),
      "sleeps on source within 1 ms": Float32Array.of(3, 3),
      "sleeps on source within 16 ms": Float32Array.of(4, 4),
    };
    const seen = within(future, 1);
    expect(Object.keys(seen)).to.not.include("sleeps on source within 16 ms");
    expect([...seen["wake-up 1: in"]]).to.deep.equal([Math.fround(soon), 50]);
    expect([...seen["wake-up 1: on"]]).to.deep.equal([1, -1]);
    expect(within(future, 16)).to.deep.equal(future);
  });

  it("holds a force within a horizon: none is what is forced or was, all is the label", () => {
    const { table } = observeRun({ ...RUN, chip: "8x1", durationNs: 6e9 });
    const label = labelTable(table, "forced_eventually");
    const counts = [0, 1, 64, 1024, 1e6].map((ms) => forcedWithin(table, ms * 1e6));
    expect([...counts[4]]).to.deep.equal([...label]);
    const { task_forced_before: before, migration } = table.numeric;
    for (let i = 0; i < table.rows; i++) {
      if (before[i] === 1 || migration[i] === 2) expect(counts[0][i], `row ${i}`).to.equal(1);
      for (let k = 1; k < counts.length; k++) expect(counts[k][i]).to.be.at.least(counts[k - 1][i]);
    }
    const total = (values: Uint8Array) => values.reduce((sum, y) => sum + y, 0);
    expect(total(counts[0])).to.be.greaterThan(0);
    expect(total(counts[3])).to.be.lessThan(total(label));
  });

  it("tells a learner all where the run is played on for long enough, and less where it is not", async () => {
    const runs = ["1", "2"].map((seed) => {
      const out = scratch(`${seed}.gz`);
      observe({ ...RUN, chip: "8x1", durationNs: 8e9, seed, out });
      return out;
    });
    expect(readObservation(runs[0]).table.rows).to.be.greaterThan(100);
    const job = (horizonMs: number) =>
      foretell({
        sight: "outcome",
        horizonMs,
        ...{ learner: "boosted", config: { trees: 20 }, seed: "1", resamples: 5 },
        train: [runs[0]],
        tests: { other: [runs[1]] },
      });
    const [all, less] = [(await job(1e6)).other, (await job(1)).other];
    expect(all.balanced.balancedAccuracy).to.equal(1);
    expect(less.balanced.balancedAccuracy).to.be.lessThan(0.95);
    expect(all.positives).to.equal(less.positives);
  });
});
