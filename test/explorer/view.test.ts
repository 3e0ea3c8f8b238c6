import { expect } from "chai";
import fc from "fast-check";
import { TableRows } from "../../explorer/data/columns.ts";
import { SLICE_COLUMNS } from "../../explorer/data/run.ts";
import { firstDifference, numbersOf, pairTasks } from "../../explorer/view/compare.ts";
import { levelsOf, partsOf, waitingOf } from "../../explorer/view/levels.ts";
import { cpuList, duration, moment, parseMoment, plural } from "../../explorer/view/numbers.ts";
import { packOverview, unpackOverview } from "../../explorer/view/overview.ts";
import { firstAt, Grouped, IndexedRun } from "../../explorer/view/runs.ts";
import { mostTelling } from "../../explorer/view/story.ts";
import { imbalanceWords, reasonWords } from "../../explorer/view/words.ts";
import { REASONS } from "../../traces/schema.ts";
import { open } from "./runs.ts";

describe("numbers on the page", () => {
  it("have the unit that fits, and three digits", () => {
    for (const [ns, text] of [
      [0, "0 s"],
      [310_000, "0.31 ms"],
      [500_000, "0.5 ms"],
      [1_234_567, "1.23 ms"],
      [12_345, "12.3 us"],
      [1, "1 ns"],
      [1.5e9, "1.5 s"],
      [-2e6, "-2 ms"],
      [Number.NaN, "–"],
    ] as const)
      expect(duration(ns)).to.equal(text);
    expect(moment(1_230_417_000)).to.equal("1.230417 s");
    expect(plural(1, "try", "tries")).to.equal("1 try");
    expect(cpuList([8, 0, 1, 2])).to.equal("0-2,8");
  });

  it("are read as people type them", () => {
    for (const text of ["1.23", "1.23s", "1230ms", " 1230000 us "])
      expect(parseMoment(text)).to.equal(1.23e9);
    for (const text of ["", "s", "1.2.3", "worker-1", "-1"]) expect(parseMoment(text)).to.equal(undefined);
  });
});

describe("a lane at every zoom", () => {
  const lane = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 900 }), fc.nat(5)), {
    maxLength: 80,
  });
  const tableOf = (stretches: readonly (readonly [number, number, number])[]) => {
    const rows = new TableRows(SLICE_COLUMNS);
    let at = 0;
    for (const [gap, length, task] of stretches) {
      rows.add({ cpu: 0, task, start: at + gap, length, state: 0 });
      at += gap + length;
    }
    return { table: rows.toTable(), end: at + 1 };
  };

  it("is busy as long at each level as its slices are", () => {
    fc.assert(
      fc.property(lane, (stretches) => {
        const { table, end } = tableOf(stretches);
        const all = Int32Array.from({ length: table.rows }, (_, i) => i);
        const levels = levelsOf(all, table, end);
        const total = Array.from(table.length as Float64Array).reduce((sum, each) => sum + each, 0);
        for (const [k, busy] of levels.busy.entries()) {
          const ns = busy.reduce((sum, share) => sum + share, 0) * levels.partNs * 2 ** k;
          expect(ns).to.be.closeTo(total, 1e-3 * Math.max(1, total));
          for (const [i, share] of busy.entries()) expect(share > 0).to.equal(levels.task[k][i] >= 0);
        }
      }),
    );
  });

  it("looks from afar as it does near by, within what a byte tells apart", async () => {
    const run = await open("numeric", { durationNs: 1e9 });
    const { lanes, ...head } = unpackOverview(packOverview(run));
    const indexed = new IndexedRun(run);
    const telling = mostTelling(indexed);
    expect(head).to.deep.equal({
      ...{ title: run.title, durationNs: run.durationNs, cpus: run.cpus },
      ...(telling === undefined ? {} : { tellingNs: run.decisions.time[telling] }),
    });
    for (const cpu of run.cpus.keys()) {
      const { levels, waitLevels } = lanes[cpu];
      const grid = { partNs: levels.partNs, parts: levels.busy[0].length };
      const [runs, waits] = [
        partsOf(indexed.slicesOfCpu.of(cpu), run.slices, grid),
        partsOf(indexed.waitsOfCpu.of(cpu), run.waits, grid),
      ];
      expect([...levels.task[0]]).to.deep.equal([...runs.task]);
      for (const [i, share] of runs.busy.entries())
        expect(levels.busy[0][i]).to.be.within(Math.min(1, share - 1e-6), share + 1 / 255);
      for (const [i, n] of waits.busy.entries())
        expect(waitLevels.busy[0][i]).to.be.within(Math.min(5, n - 1e-5), n + 1 / 50);
    }
  });

  it("counts who waits as one that looks at every moment does", () => {
    const stretch = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 30 }), (stretches) => {
        const sorted = [...stretches].sort((a, b) => a[0] - b[0]);
        const start = Float64Array.from(sorted, ([from]) => from);
        const length = Float64Array.from(sorted, ([, ns]) => ns);
        const { times, counts } = waitingOf(Int32Array.from(sorted.keys()), { start, length });
        for (let t = 0; t < 100; t++) {
          const expected = sorted.filter(([from, ns]) => from <= t && t < from + ns).length;
          const i = times.findLastIndex((time) => time <= t);
          expect(i < 0 ? 0 : counts[i]).to.equal(expected);
        }
      }),
    );
  });
});

describe("rows in groups", () => {
  it("are those of the group, in their order, and found by time", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 4 })), fc.nat(40), (keys, sought) => {
        const grouped = new Grouped(Int32Array.from(keys), 5);
        for (let group = 0; group < 5; group++)
          expect([...grouped.of(group)]).to.deep.equal([...keys.keys()].filter((i) => keys[i] === group));
        const time = Float64Array.from(keys, (_, i) => 2 * i);
        const rows = grouped.of(1);
        expect(firstAt(rows, time, sought)).to.equal([...rows].filter((row) => 2 * row < sought).length);
      }),
    );
  });
});

describe("two runs beside each other", () => {
  it("do not differ where they are equal, and do from a moment on where seeds are not", async () => {
    const options = { durationNs: 5e8 };
    const [a, again, b] = [
      await open("numeric", options),
      await open("numeric?seed=1", options),
      await open("numeric?seed=2", options),
    ];
    expect(firstDifference(a, again)).to.equal(undefined);
    const at = firstDifference(a, b)!;
    expect(at).to.be.greaterThan(0);
    const earlier = ({ slices: s, tasks }: typeof a) =>
      [...s.start.keys()]
        .filter((i) => s.start[i] < at)
        .map((i) => `${s.start[i]} ${s.cpu[i]} ${tasks[s.task[i]].comm}`);
    expect(earlier(a).sort()).to.deep.equal(earlier(b).sort());
    const pairs = pairTasks(new IndexedRun(a), new IndexedRun(b));
    expect(pairs.length).to.equal(a.tasks.length);
    expect(pairs.every(({ a: i, b: j }) => i >= 0 && j >= 0)).to.equal(true);
    const numbers = numbersOf(new IndexedRun(a));
    expect(pairs.map(({ numbersA }) => numbersA)).to.deep.equal(numbers);
  });
});

describe("reasons in words", () => {
  it("say of every decision what the kernel asked, with the numbers that decided", async () => {
    const run = await open("numeric", { durationNs: 5e9 });
    const { decisions: d } = run;
    const seen = new Map<string, string>();
    for (let i = 0; i < d.rows; i++) {
      const words = reasonWords(run, i);
      expect(words).not.to.match(/NaN|undefined|unknown/);
      if (d.detached[i] === 1) expect(words).to.match(/^(may go|goes by force)/);
      else expect(words).to.match(/^stays|but stayed/);
      seen.set(REASONS[d.reason[i]], words);
    }
    expect(seen.get("hot_refused")).to.match(/^stays, hot: ran .* ago, cost 0\.5 ms; failed \d of 1 try$/);
    expect(seen.get("forced")).to.match(
      /^goes by force, hot: .*; but the domain failed \d times, with 1 try allowed/,
    );
  });

  it("name what an imbalance counts", () => {
    expect(imbalanceWords(2, 1)).to.equal("1 task (migrate_task)");
    expect(imbalanceWords(0, 1234)).to.equal("1,234 of load (migrate_load)");
    expect(imbalanceWords(-1, 3)).to.equal("unknown");
  });
});
