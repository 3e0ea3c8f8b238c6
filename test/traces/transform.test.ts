import { existsSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { readTraces } from "../../lab/read-traces.ts";
import { labelTable } from "../../traces/label.ts";
import { labelFile } from "../../traces/label-file.ts";
import { openParquet, readParquet, writeParquet } from "../../traces/parquet.ts";
import { readTrace } from "../../traces/read-trace.ts";
import { concatTables, rowAt, sliceTable, takeRows } from "../../traces/table.ts";
import { headTrace, mergeTraces, sampleTrace, splitTrace } from "../../traces/transform.ts";
import { plausibleTable } from "./arbitraries.ts";
import { expectSameTable, inputErrorOf, scratchFolder } from "./support.ts";

describe("files made from traces", () => {
  const scratch = scratchFolder();
  const path = () => scratch("t.parquet");
  const out = () => scratch("out.parquet");
  const table = plausibleTable(1000);
  before(() => writeParquet(path(), table));

  it("head keeps the first rows, all where there are no more", async () => {
    for (const [asked, kept] of [
      [0, 0],
      [10, 10],
      [1000, 1000],
      [5000, 1000],
    ]) {
      expect(await headTrace(path(), out(), asked)).to.equal(kept);
      const first = sliceTable(table, 0, asked);
      const changes = [{ command: "trace head", rows: asked }];
      if (kept < table.rows) first.meta = { ...first.meta, changes };
      expectSameTable(await readParquet(out()), first);
    }
  });

  it("split and merge are each other's inverse", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), async (parts) => {
        const names = Array.from({ length: parts }, (_, p) => scratch(`part-${p}.parquet`));
        const sizes = await splitTrace(path(), names);
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1);
        expectSameTable(concatTables(await Promise.all(names.map((n) => readParquet(n))), table.meta), table);
        expect(await mergeTraces([...names].reverse(), out())).to.equal(1000);
        expectSameTable(await readParquet(out()), table);
      }),
      { numRuns: 7 },
    );
  });

  it("split refuses more parts than there are rows, writing none", async () => {
    writeParquet(scratch("few.parquet"), sliceTable(table, 0, 3));
    const names = (parts: number) => Array.from({ length: parts }, (_, p) => scratch(`few-${p}.parquet`));
    const error = await inputErrorOf(() => splitTrace(scratch("few.parquet"), names(4)));
    expect(error.message).to.match(/few\.parquet: .*\(option parts\); found 4; expected at most 3/);
    expect(existsSync(scratch("few-0.parquet"))).to.equal(false);
    expect(await splitTrace(scratch("few.parquet"), names(3))).to.deep.equal([1, 1, 1]);
    writeParquet(scratch("none.parquet"), sliceTable(table, 0, 0));
    expect(await splitTrace(scratch("none.parquet"), names(1))).to.deep.equal([0]);
  });

  it("merge orders interleaved parts by their clocks", async () => {
    const even = [...Array(500).keys()].map((i) => 2 * i);
    writeParquet(scratch("a.parquet"), takeRows(table, even));
    writeParquet(
      scratch("b.parquet"),
      takeRows(
        table,
        even.map((i) => i + 1),
      ),
    );
    await mergeTraces([scratch("a.parquet"), scratch("b.parquet")], out());
    const { ts } = (await readParquet(out())).numeric;
    expect([...ts]).to.deep.equal([...table.numeric.ts].sort((a, b) => a - b));
  });

  it("merge refuses parts of different machines, and adds up losses", async () => {
    const a = { ...table, meta: { ...table.meta, lostRecords: 2, workload: "x" } };
    const b = { ...table, meta: { ...table.meta, lostRecords: 3, workload: "y" } };
    writeParquet(scratch("a.parquet"), a);
    writeParquet(scratch("b.parquet"), b);
    await mergeTraces([scratch("a.parquet"), scratch("b.parquet")], out());
    expect((await readParquet(out())).meta).to.include({ lostRecords: 5, workload: "x + y" });
    writeParquet(scratch("b.parquet"), { ...b, meta: { ...b.meta, tunables: { migration_cost_ns: 1 } } });
    const error = await inputErrorOf(() => mergeTraces([scratch("a.parquet"), scratch("b.parquet")], out()));
    expect(error.message).to.match(/b\.parquet: .*same conditions \(field tunables\)/);
  });

  it("sample draws that many rows, in order, each seed its own, each row as likely", async () => {
    const hits = new Float64Array(1000);
    const ids = new Map([...table.numeric.ts].map((ts, i) => [`${ts}/${table.numeric.task_vruntime[i]}`, i]));
    for (let seed = 0; seed < 40; seed++) {
      expect(await sampleTrace(path(), out(), 100, String(seed))).to.equal(100);
      const { numeric } = await readParquet(out());
      let last = -1;
      for (let i = 0; i < 100; i++) {
        const id = ids.get(`${numeric.ts[i]}/${numeric.task_vruntime[i]}`)!;
        expect(id).to.be.greaterThan(last);
        last = id;
        hits[id]++;
      }
    }
    // 4 hits each on average, standard deviation 1.9; thirds of the trace: 1333 each, standard deviation about 30
    for (const [from, to] of [
      [0, 333],
      [333, 666],
      [666, 999],
    ])
      expect(hits.slice(from, to).reduce((a, b) => a + b)).to.be.within(1333 - 150, 1333 + 150);
    expect(await sampleTrace(path(), out(), 5000, "1")).to.equal(1000);
    expectSameTable(await readParquet(out()), table);
  });

  it("label writes the labels beside the rows, and labelling a labelled file changes nothing", async () => {
    const result = await labelFile(path(), out());
    const eventually = labelTable(table, "forced_eventually");
    expect(result).to.deep.equal({
      rows: 1000,
      labelled: eventually.reduce((a, b) => a + b, 0),
      forced: [...table.numeric.migration].filter((m) => m === 2).length,
      targets: ["migrate", "forced_eventually", "forced_now", "forced_detached"],
    });
    expectSameTable(await readParquet(out()), table);
    expect(openParquet(out()).columns).to.include("label_forced_eventually");
    expect(await labelFile(out(), scratch("again.parquet"))).to.deep.equal(result);
  });

  it("label leaves out what the trace cannot tell, and refuses where there are no keys", async () => {
    const unknown = new Float64Array(1000).fill(Number.NaN);
    const bare = { ...table, numeric: { ...table.numeric, detached: unknown } };
    writeParquet(scratch("bare.parquet"), bare);
    expect((await labelFile(scratch("bare.parquet"), out())).targets).to.not.include("forced_detached");
    writeParquet(scratch("bare.parquet"), { ...bare, numeric: { ...bare.numeric, dst_cpu: unknown } });
    expect((await inputErrorOf(() => labelFile(scratch("bare.parquet"), out()))).message).to.match(
      /no values of dst_cpu/,
    );
  });

  it("label refuses a row without a decision, naming it", async () => {
    for (const decision of [3, Number.NaN]) {
      const migration = table.numeric.migration.slice();
      migration[700] = decision;
      writeParquet(scratch("bare.parquet"), { ...table, numeric: { ...table.numeric, migration } });
      const error = await inputErrorOf(() => labelFile(scratch("bare.parquet"), scratch("none.parquet")));
      expect(error.message).to.match(
        /bare\.parquet: row 701 has no decision \(field migration\).*Leave out the rows/,
      );
      expect((await inputErrorOf(() => readTraces([path(), scratch("bare.parquet")]))).message).to.match(
        /bare\.parquet: row 701 has no decision/,
      );
    }
    expect(await readTraces([scratch("bare.parquet")], ["pid"])).to.have.length(1);
  });

  it("a file may be replaced by what is made from it", async () => {
    writeParquet(scratch("same.parquet"), table);
    await headTrace(scratch("same.parquet"), scratch("same.parquet"), 7);
    expect(rowAt(await readTrace(scratch("same.parquet")), 6)).to.deep.equal(rowAt(table, 6));
  });
});
