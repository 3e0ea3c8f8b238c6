import { expect } from "chai";
import fc from "fast-check";
import { nameOf, readRuns, readTraces } from "../../lab/read-traces.ts";
import { examplesRuns } from "../../model/examples.ts";
import { splitRows } from "../../model/split.ts";
import { TraceChecker } from "../../traces/check.ts";
import { exportTrace } from "../../traces/export/export-trace.ts";
import { labelTable } from "../../traces/label.ts";
import { labelFile } from "../../traces/label-file.ts";
import { mergeTraces } from "../../traces/merge.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import { readTrace } from "../../traces/read-trace.ts";
import { separateRuns } from "../../traces/runs.ts";
import type { TraceTable } from "../../traces/schema.ts";
import { summarizeTrace } from "../../traces/summarize.ts";
import { concatTables, tableFromRows } from "../../traces/table.ts";
import { headTrace, sampleTrace, splitTrace } from "../../traces/transform.ts";
import { ruleTrace } from "../model/traces.ts";
import { plausibleTable } from "./arbitraries.ts";
import { type Call, oneLifeCalls } from "./label-properties.ts";
import { expectSameTable, scratchFolder } from "./support.ts";

const ones = (labels: Uint8Array) => labels.reduce((sum, y) => sum + y, 0);

describe("merged traces", () => {
  const scratch = scratchFolder();
  const out = () => scratch("out.parquet");
  const [a, b] = [1, 2].map((seed) =>
    plausibleTable(
      600,
      seed,
      traceMetadata({ source: "sim", seed: String(seed), workload: `w${seed}`, lostRecords: seed }),
    ),
  );
  before(() => {
    writeParquet(scratch("a.parquet"), a);
    writeParquet(scratch("b.parquet"), b);
  });
  const write = (calls: readonly (readonly Call[])[]) =>
    calls.map((each, i) => {
      const path = scratch(`part-${i}.parquet`);
      writeParquet(path, tableFromRows(each));
      return path;
    });

  it("are labelled as their recordings are by themselves, whatever the recordings", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(oneLifeCalls, { minLength: 1, maxLength: 3 }), async (calls) => {
        const paths = write(calls);
        await mergeTraces(paths, out());
        const merged = await readParquet(out());
        const labels = merged.rows === 0 ? new Uint8Array(0) : labelTable(merged, "forced_eventually");
        const own = calls.filter((each) => each.length > 0);
        const names = [...new Set(merged.text.run)];
        expect(names.length).to.equal(calls.length === 1 ? Math.min(1, own.length) : own.length);
        for (const [i, path] of paths.entries()) {
          const table = await readParquet(path);
          const name = calls.length === 1 ? "" : `part-${i}`;
          const mine = labels.filter((_, row) => merged.text.run[row] === name);
          expect([...mine]).to.deep.equal(
            table.rows === 0 ? [] : [...labelTable(table, "forced_eventually")],
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  it("of the repository's recordings have the labels of the parts, no more and no fewer", async () => {
    const paths = ["stress-matrix", "stress-mix", "sysbench-threads", "hackbench-threads-pipes"].map(
      (name) => `traces/real/${name}.parquet`,
    );
    let expected = 0;
    for (const path of paths) expected += ones(labelTable(await readTrace(path), "forced_eventually"));
    const same = (await readTrace(paths[0])).meta;
    const alike = await Promise.all(
      paths.map(async (path, i) => {
        const table = await readTrace(path);
        const copy = scratch(`real-${i}.parquet`);
        writeParquet(copy, { ...table, meta: { ...table.meta, kernel: same.kernel, chip: same.chip } });
        return copy;
      }),
    );
    await mergeTraces(alike, out());
    const { labelled, rows } = await labelFile(out(), scratch("labelled.parquet"));
    expect(labelled).to.equal(expected);
    const summary = await summarizeTrace(out());
    expect(summary.positives.forced_eventually).to.equal(expected);
    expect(Object.values(summary.runs).reduce((x, y) => x + y)).to.equal(rows);
    const checker = new TraceChecker();
    checker.observe(await readParquet(out()));
    expect(checker.finish()).to.include({ rows, clockErrors: 0 });
  });

  it("name each run after its file, none twice, and keep what differs in the metadata", async () => {
    await mergeTraces([scratch("a.parquet"), scratch("b.parquet")], scratch("ab.parquet"));
    const { text, meta } = await readParquet(scratch("ab.parquet"));
    expect([...new Set(text.run)].sort()).to.deep.equal(["a", "b"]);
    expect(meta).to.include({ workload: "w1 + w2", seed: null, lostRecords: 3 });
    expect(meta.runs).to.deep.equal({
      a: { workload: "w1", seed: "1", lostRecords: 1 },
      b: { workload: "w2", seed: "2", lostRecords: 2 },
    });
    await mergeTraces([scratch("ab.parquet"), scratch("a.parquet")], out());
    const three = await readParquet(out());
    expect([...new Set(three.text.run)].sort()).to.deep.equal(["a", "a-2", "b"]);
    expect(three.meta.runs).to.have.keys("a", "a-2", "b");
    expect(
      separateRuns(three)
        .map(({ table }) => table.meta.seed)
        .sort(),
    ).to.deep.equal(["1", "1", "2"]);
  });

  it("keep their runs through head, sample, split, labels and CSV", async () => {
    await mergeTraces([scratch("a.parquet"), scratch("b.parquet")], scratch("ab.parquet"));
    const whole = await readParquet(scratch("ab.parquet"));
    await headTrace(scratch("ab.parquet"), out(), 100);
    expect((await readParquet(out())).text.run).to.deep.equal(whole.text.run.slice(0, 100));
    await sampleTrace(scratch("ab.parquet"), out(), 5000, "1");
    expectSameTable(await readParquet(out()), whole);
    await labelFile(scratch("ab.parquet"), out());
    expectSameTable(await readParquet(out()), whole);
    await exportTrace(scratch("ab.parquet"), "csv", scratch("ab.csv"));
    expect((await readTrace(scratch("ab.csv"))).text.run).to.deep.equal(whole.text.run);
    const halves = [scratch("h-1.parquet"), scratch("h-2.parquet")];
    await splitTrace(scratch("ab.parquet"), halves);
    await mergeTraces(halves, out());
    expectSameTable(await readParquet(out()), whole);
  });

  it("become one recording again where they are parts of one, in any order and in steps", async () => {
    const parts = [1, 2, 3].map((i) => scratch(`third-${i}.parquet`));
    await splitTrace(scratch("a.parquet"), parts);
    await mergeTraces([parts[2], parts[0]], scratch("two.parquet"));
    expect(new Set((await readParquet(scratch("two.parquet"))).text.run)).to.deep.equal(new Set([""]));
    await mergeTraces([parts[1], scratch("two.parquet")], out());
    expectSameTable(await readParquet(out()), a);
    const quarters = [1, 2].map((i) => scratch(`quarter-${i}.parquet`));
    await splitTrace(parts[0], quarters);
    await mergeTraces([...quarters, parts[1], parts[2]], out());
    expectSameTable(await readParquet(out()), a);
    await mergeTraces([quarters[0], parts[1], parts[2]], scratch("holed.parquet"));
    await mergeTraces([scratch("holed.parquet"), parts[0]], out());
    expect(new Set((await readParquet(out())).text.run)).to.deep.equal(new Set([""]));
    await mergeTraces(quarters, scratch("whole-third.parquet"));
    expectSameTable(await readParquet(scratch("whole-third.parquet")), await readParquet(parts[0]));
  });

  it("are one recording where the user says so", async () => {
    await mergeTraces([scratch("a.parquet"), scratch("b.parquet")], out(), { oneRecording: true });
    const merged = await readParquet(out());
    expect(new Set(merged.text.run)).to.deep.equal(new Set([""]));
    expect(merged.meta).not.to.have.property("runs");
  });

  it("are learnt from and split run by run", async () => {
    const meta = { tunables: { migration_cost_ns: 500_000 } };
    const tables = [1, 2, 3].map((seed) => ruleTrace(200, seed, meta));
    const paths = tables.map((table, i) => {
      writeParquet(scratch(`m${i}.parquet`), table);
      return scratch(`m${i}.parquet`);
    });
    await mergeTraces(paths, out());
    const read = await readRuns([out()]);
    expect(read.map(nameOf).sort()).to.deep.equal([0, 1, 2].map((i) => `out.parquet, run m${i}`));
    const byName = read.sort((x, y) => x.run.localeCompare(y.run)).map(({ table }) => table);
    const plain = (table: TraceTable): TraceTable => ({
      ...table,
      text: { ...table.text, run: table.text.run.map(() => "") },
    });
    expectSameTable(concatTables(byName.map(plain)), concatTables(tables), false);
    const seeds = byName.map((table) => table.meta.seed);
    expect(seeds).to.deep.equal(["1", "2", "3"]);
    const runs = examplesRuns(await readTraces([out()]));
    const { test } = splitRows(runs, { kind: "seed", value: "2" }, () => 0);
    expect(test.length).to.equal(200);
    const { train } = splitRows(runs, { kind: "run", fraction: 0.34 }, Math.random);
    expect(train.length).to.equal(200);
  });
});

describe("clocks of a file of several recordings", () => {
  it("are compared within each run", () => {
    const row = { pid: 1, migration: 0, src_cpu: 1 };
    const rows = [
      { ...row, ts: 10, run: "a" },
      { ...row, ts: 5, run: "b" },
      { ...row, ts: 4, run: "b" },
    ];
    const checker = new TraceChecker();
    checker.observe(tableFromRows(rows));
    expect(checker.finish()).to.include({ clockErrors: 1 });
  });
});
