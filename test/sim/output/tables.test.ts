import { expect } from "chai";
import { balanceCounts } from "../../../kernel-bridge/collect/schedstat.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { latencyTable } from "../../../sim/output/latency-table.ts";
import { mapTable } from "../../../sim/output/map-table.ts";
import { ms, msCut, seconds } from "../../../sim/output/ms.ts";
import { maskText, schedstatTable } from "../../../sim/output/schedstat-table.ts";
import { timehist } from "../../../sim/output/timehist.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import * as S from "../../../sim/workload/script.ts";
import { REASONS } from "../../../traces/schema.ts";
import type { TimelineListener } from "../../../traces/timeline.ts";
import { MS, oneCpu, simulateIdeal, task, workload } from "../run/helpers.ts";

/** a runs 2 ms, sleeps 10; b comes at 1 ms and has to wait for a. */
const handMade = workload(({ spawn }) => {
  spawn(task("a", [S.loop(2, S.run(2 * MS), S.sleep(10 * MS), S.done())]));
  spawn(task("b", [S.run(MS / 2), S.done()], { startNs: MS }));
});

function printed(listener: (write: (text: string) => void) => TimelineListener) {
  let out = "";
  const onTimeline = listener((t) => {
    out += t;
  });
  const result = simulateIdeal(handMade, { topology: oneCpu(), onTimeline });
  return { out, result };
}

describe("tables of perf sched", () => {
  it("timehist gives wait time, scheduling delay and run time of each stay on a CPU", () => {
    const { out } = printed((write) => timehist(write));
    expect(out.split("\n").slice(0, 3).join("\n")).to.match(
      /time +cpu +task name +wait time +sch delay +run time/,
    );
    expect(
      out
        .split("\n")
        .slice(3, -1)
        .map((line) => line.replace(/ +/g, " ").trim()),
    ).to.deep.equal([
      "0.002000 [0000] a[1] 0.000 0.000 2.000",
      "0.002500 [0000] b[2] 0.000 1.000 0.500",
      "0.014000 [0000] a[1] 10.000 0.000 2.000",
      "0.024000 [0000] a[1] 10.000 0.000 0.000",
    ]);
  });

  it("map shows who runs where after each switch and introduces each task once", () => {
    const { out } = printed((write) => mapTable([0], write));
    expect(
      out
        .split("\n")
        .slice(0, -1)
        .map((line) => line.replace(/ +/g, " ").trim()),
    ).to.deep.equal([
      "*A0 0.000000 secs A0 => a:1",
      "*B0 0.002000 secs B0 => b:2",
      "*. 0.002500 secs",
      "*A0 0.012000 secs",
      "*. 0.014000 secs",
      "*A0 0.024000 secs",
      "*. 0.024000 secs",
    ]);
  });

  it("latency is what perf prints, longest average delay first", () => {
    const { result } = printed(() => () => {});
    expect(latencyTable(result).split("\n")).to.deep.equal([
      "",
      ` ${"-".repeat(139)}`,
      "  Task                  |   Runtime ms  | Switches | Avg delay ms    | Max delay ms    | Max delay start           | Max delay end          |",
      ` ${"-".repeat(139)}`,
      "  b:2                   |      0.500 ms |        1 | avg:   1.000 ms | max:   1.000 ms | max start:     0.001000 s | max end:     0.002000 s",
      "  a:1                   |      4.000 ms |        3 | avg:   0.000 ms | max:   0.000 ms | max start:     0.000000 s | max end:     0.000000 s",
      ` ${"-".repeat(113)}`,
      "  TOTAL:                |      4.500 ms |        4 |",
      ` ${"-".repeat(51)}`,
    ]);
  });

  it("latency rounds as printf does, timehist cuts, as perf's two tables do", () => {
    expect(ms(10_556_600)).to.equal("10.557");
    expect(ms(10_556_499)).to.equal("10.556");
    expect([ms(999_999), ms(0), ms(499), ms(500)]).to.deep.equal(["1.000", "0.000", "0.000", "0.001"]);
    // Halves that binary numbers can hold go to the even neighbour, others to where the double lies.
    expect([ms(62_500), ms(187_500), ms(1_500), ms(2_500)]).to.deep.equal([
      "0.062",
      "0.188",
      "0.002",
      "0.003",
    ]);
    expect(msCut(10_556_600)).to.equal("10.556");
    expect(seconds(1_999_999_999)).to.equal("1.999999");
  });

  it("latency counts waits after preemptions as perf does", () => {
    const busy = simulateIdeal(
      workload(({ spawn }) => {
        for (const name of ["a", "b"]) spawn(task(name, [S.run(40 * MS)]));
      }),
      { topology: oneCpu() },
    );
    const waited = busy.tasks.reduce((sum, t) => sum + t.waitNs, 0);
    const counted = busy.tasks.reduce((sum, t) => sum + t.delay.meanNs * t.switches, 0);
    expect(waited).to.be.greaterThan(30 * MS);
    expect(waited - counted).to.be.within(
      0,
      busy.tasks.reduce((sum, t) => sum + t.switches, 0),
    );
  });

  it("map and timehist show the stopper by its name when it pushes a task away", () => {
    const lines: string[] = [];
    simulate({
      workload: modelNamed("numeric").workload(),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: 3e9,
      onTimeline: mapTable([0, 1, 2, 3, 4, 5, 6, 7], (text) => lines.push(text)),
    });
    expect(lines.join("")).to.match(/=> migration\/\d:\d+/);
    // nobody is switched out for himself: each CPU's line differs from its last one
    const shown = new Map<number, string>();
    for (const line of lines) {
      const cpu = line.indexOf("*");
      const name = line.slice(cpu + 1, cpu + 3);
      expect(name, line).to.not.equal(shown.get(cpu));
      shown.set(cpu, name);
    }
  });
});

describe("statistics", () => {
  it("count run time, waiting, wake-ups, switches and preemptions of a hand-made schedule", () => {
    const { result } = printed(() => () => {});
    expect(result.tasks[0]).to.include({
      comm: "a",
      runNs: 4 * MS,
      waitNs: 0,
      wakeups: 3,
      switches: 3,
      preemptions: 0,
    });
    expect(result.tasks[1]).to.include({ comm: "b", runNs: MS / 2, waitNs: MS, wakeups: 1, switches: 1 });
    expect(result.cpus[0]).to.include({
      busyNs: 4.5 * MS,
      idleNs: 24 * MS - 4.5 * MS,
      switches: 7,
      wakeups: 4,
    });
    expect(result.latency).to.include({ count: 4, maxNs: MS });
    expect(result.eventsByKind).to.include({ switches: 7, wakeups: 4, migrations: 0 });
  });
});

describe("domain counters", () => {
  it("add up to the passes and moves of the run", () => {
    const r = simulate({
      workload: modelNamed("convolution").workload(),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: 20e9,
    });
    const domains = r.schedstat.cpus.flatMap((cpu) => cpu.domains);
    const kinds = domains.flatMap((d) => [d.idle, d.busy, d.newlyIdle]);
    const sum = (of: (k: (typeof kinds)[number]) => number) => kinds.reduce((total, k) => total + of(k), 0);
    expect(new Set(domains.map((d) => d.level))).to.deep.equal(new Set(["SMT", "MC"]));
    expect(sum((k) => k.lbGained)).to.equal(r.migrations.balance + r.migrations.active);
    expect(sum((k) => k.lbHotGained)).to.equal(r.detached.forced);
    expect(sum((k) => k.lbCount)).to.equal(r.eventsByKind.balancePasses);
    for (const k of kinds) {
      // "balanced" are also the passes that are another CPU's job and those that found all tasks pinned
      expect(k.lbBalanced).to.be.at.least(k.lbNobusyg + k.lbNobusyq);
      expect(k.lbBalanced + k.lbFailed).to.be.at.most(k.lbCount);
    }
  });

  it("print as /proc/schedstat, readable by what reads the kernel's", () => {
    const r = simulate({
      workload: modelNamed("convolution").workload(),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: 20e9,
    });
    const text = schedstatTable(r);
    expect(balanceCounts(text)).to.deep.equal({
      gained: r.migrations.balance,
      hotGained: r.detached.forced,
      pushed: r.migrations.active,
    });
    const lines = text.split("\n");
    expect(lines.slice(0, 2)).to.deep.equal(["version 15", "timestamp 5000"]);
    expect(lines.filter((l) => l.startsWith("cpu"))).to.have.length(8);
    expect(lines[2].split(" ")).to.have.length(10);
    expect(lines[3].split(" ").slice(0, 2)).to.deep.equal(["domain0", "03"]);
    expect(lines[4].split(" ").slice(0, 2)).to.deep.equal(["domain1", "ff"]);
    for (const line of lines.filter((l) => l.startsWith("domain")))
      expect(line.split(" ")).to.have.length(38);
    const waited = r.cpus.reduce((sum, c) => sum + c.waitNs, 0);
    const stillWaiting = r.totals.waitNs - waited;
    expect(stillWaiting).to.be.within(0, r.tasks.length * r.simulatedNs);
    expect(r.cpus.reduce((sum, c) => sum + c.arrivals, 0)).to.equal(
      r.tasks.reduce((sum, t) => sum + t.switches, 0),
    );
  });

  it("print masks in words of 32 CPUs, the highest first", () => {
    expect(maskText([0, 1], 8)).to.equal("03");
    expect(maskText([31], 32)).to.equal("80000000");
    expect(maskText([0, 33], 34)).to.equal("2,00000001");
    expect(maskText([64], 65)).to.equal("1,00000000,00000000");
  });

  it("sum decisions to the rows a recorder sees, by reason", () => {
    const seen = Object.fromEntries(REASONS.map((reason) => [reason, 0]));
    const r = simulate({
      workload: modelNamed("numeric").workload(),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: 3e9,
      onDecision: (row) => {
        seen[row.reason]++;
      },
    });
    expect(r.decisions).to.deep.equal(seen);
    expect(r.decisions.running).to.be.greaterThan(0);
  });
});
