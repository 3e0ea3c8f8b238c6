import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import {
  openParquet,
  ParquetTraceWriter,
  readChunks,
  readParquet,
  writeParquet,
} from "../../traces/parquet.ts";
import { FILE_ORDER, NUMERIC_NAMES, type NumericColumn, TEXT_NAMES } from "../../traces/schema.ts";
import { concatTables, rowAt, sliceTable, tableFromRows } from "../../traces/table.ts";
import { expectPinned } from "../golden/expect.ts";
import * as arbitrary from "./arbitraries.ts";
import { expectSameTable, scratchFolder } from "./support.ts";

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("Parquet traces", () => {
  const scratch = scratchFolder();
  const path = () => scratch("t.parquet");

  it("give back every table as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary.table, async (table) => {
        writeParquet(path(), table);
        expectSameTable(await readParquet(path()), table);
      }),
      { numRuns: 100, verbose: false },
    );
  });

  it("give back their row groups as chunks", async () => {
    const table = arbitrary.plausibleTable(1000);
    const writer = new ParquetTraceWriter(path(), table.meta, { rowGroupRows: 300 });
    writer.write(table);
    writer.close();
    const chunks = [];
    for await (const chunk of readChunks(path())) chunks.push(chunk);
    expect(chunks.map((c) => c.rows)).to.deep.equal([300, 300, 300, 100]);
    expectSameTable(concatTables(chunks, table.meta), table);
  });

  it("have the same bytes however the rows came in (P1)", async () => {
    const table = arbitrary.plausibleTable(500);
    const write = (fill: (writer: ParquetTraceWriter) => void) => {
      const writer = new ParquetTraceWriter(path(), table.meta, { rowGroupRows: 128 });
      fill(writer);
      writer.close();
      return sha256(path());
    };
    const whole = write((w) => w.write(table));
    const byRow = write((w) => {
      for (let i = 0; i < table.rows; i++) w.append(rowAt(table, i));
    });
    expect(byRow).to.equal(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(500), { maxLength: 6 }), (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), table.rows];
        const pieces = write((w) => {
          for (let b = 1; b < borders.length; b++) w.write(sliceTable(table, borders[b - 1], borders[b]));
        });
        expect(pieces).to.equal(whole);
      }),
      { numRuns: 30, verbose: false },
    );
  });

  it("have bytes that do not change from version to version unnoticed", () => {
    writeParquet(path(), arbitrary.plausibleTable(5000, 42));
    expectPinned(
      fileURLToPath(new URL("../golden/parquet.json", import.meta.url)),
      "plausible",
      sha256(path()),
    );
  });

  it("are read by hyparquet's own reader with the same values", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary.table, async (table) => {
        fc.pre(table.rows > 0);
        writeParquet(path(), table);
        const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path()) });
        expect(rows).to.have.length(table.rows);
        rows.forEach((row, i) => {
          for (const name of NUMERIC_NAMES)
            expect(row[name] === null ? Number.NaN : Number(row[name]) + 0).to.deep.equal(
              table.numeric[name][i] + 0,
            );
          for (const name of TEXT_NAMES) expect(row[name] ?? "").to.equal(table.text[name][i]);
        });
      }),
      { numRuns: 40, verbose: false },
    );
  });

  it("can be read in part: columns not asked for are unknown", async () => {
    const table = arbitrary.plausibleTable(200);
    writeParquet(path(), table);
    await fc.assert(
      fc.asyncProperty(fc.subarray([...FILE_ORDER]), async (columns) => {
        const part = await readParquet(path(), { columns });
        for (const name of FILE_ORDER) {
          const found = [...(part.numeric[name as NumericColumn] ?? part.text[name as "comm"])];
          const whole = [...(table.numeric[name as NumericColumn] ?? table.text[name as "comm"])];
          const unknown = whole.map((v) => (typeof v === "string" ? "" : Number.NaN));
          expect(found, name).to.deep.equal(columns.includes(name) ? whole : unknown);
        }
      }),
      { numRuns: 30, verbose: false },
    );
  });

  it("may be empty", async () => {
    writeParquet(path(), tableFromRows([]));
    const table = await readParquet(path());
    expect(table.rows).to.equal(0);
    expect(openParquet(path()).groups).to.equal(0);
  });

  it("keep label columns beside the trace's own, and readers pass over them", async () => {
    const table = arbitrary.plausibleTable(300);
    const labels = Uint8Array.from({ length: 300 }, (_, i) => i % 2);
    writeParquet(path(), table, { forced_now: labels });
    expectSameTable(await readParquet(path()), table);
    expect(openParquet(path()).columns).to.include("label_forced_now");
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(path()),
      columns: ["label_forced_now"],
    });
    expect(rows.map((r) => r.label_forced_now)).to.deep.equal([...labels]);
  });

  it("take their last metadata on closing, when the losses are known", async () => {
    const writer = new ParquetTraceWriter(path(), arbitrary.plausibleTable(0).meta);
    writer.close({ lostRecords: 12 });
    expect((await readParquet(path())).meta.lostRecords).to.equal(12);
  });

  it("refuse numbers that the schema does not allow (S1), leaving no file", () => {
    const other = scratch("refused.parquet");
    for (const bad of [0.5, Number.POSITIVE_INFINITY, 2 ** 54])
      expect(() => writeParquet(other, tableFromRows([{ ts: bad }]))).to.throw(/column ts/);
    expect(() => readFileSync(other)).to.throw(/ENOENT/);
  });
});
