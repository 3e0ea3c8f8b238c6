import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readParquet } from "../../traces/parquet.ts";
import { inputErrorOf, scratchFolder } from "./support.ts";

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

describe("Parquet files of other writers", () => {
  const scratch = scratchFolder();
  const path = () => scratch("f.parquet");
  const write = (columnData: Columns) =>
    writeFileSync(path(), Buffer.from(parquetWriteBuffer({ columnData })));

  it("may hold integers as doubles with NaN for gaps, as pandas writes them", async () => {
    write([
      { name: "pid", data: [7, 8], type: "DOUBLE" },
      { name: "ts", data: [1n, 2n ** 53n], type: "INT64" },
      { name: "migration", data: [1, null], type: "INT32" },
      { name: "delta", data: [Number.NaN, -3], type: "DOUBLE" },
      { name: "cpu_idle", data: [true, false], type: "BOOLEAN" },
      { name: "comm", data: ["a", null], type: "STRING" },
    ]);
    const { numeric, text, rows, meta } = await readParquet(path());
    expect(rows).to.equal(2);
    expect([...numeric.pid]).to.deep.equal([7, 8]);
    expect([...numeric.ts]).to.deep.equal([1, 2 ** 53]);
    expect([...numeric.migration]).to.deep.equal([1, Number.NaN]);
    expect([...numeric.delta]).to.deep.equal([Number.NaN, -3]);
    expect([...numeric.cpu_idle]).to.deep.equal([1, 0]);
    expect(text.comm).to.deep.equal(["a", ""]);
    expect([...numeric.src_cpu]).to.deep.equal([Number.NaN, Number.NaN]);
    expect(meta).to.include({ schemaVersion: 2, source: "unknown", lostRecords: null });
  });

  it("may hold the signed clocks of the kernel as unsigned numbers (S2)", async () => {
    const columnData = [
      { name: "pid", data: [1n] },
      { name: "ts", data: [1n] },
      { name: "migration", data: [0n] },
      { name: "task_vruntime", data: [2n ** 64n - 1000n] },
    ];
    const schema = [
      { name: "root", num_children: 4 },
      ...columnData.map(({ name }) => ({ name, type: "INT64" as const, converted_type: "UINT_64" as const })),
    ];
    writeFileSync(path(), Buffer.from(parquetWriteBuffer({ columnData, schema })));
    const { numeric } = await readParquet(path());
    expect(numeric.task_vruntime[0]).to.equal(-1000);
  });

  const wrong: [string, Columns[number], RegExp][] = [
    [
      "an infinity",
      { name: "ts", data: [Number.POSITIVE_INFINITY], type: "DOUBLE" },
      /not an integer .*field ts.*Infinity/,
    ],
    ["a fraction", { name: "ts", data: [0.5], type: "DOUBLE" }, /not an integer .*field ts.*0\.5/],
    [
      "text where numbers belong",
      { name: "ts", data: ["soon"], type: "STRING" },
      /not an integer .*field ts.*soon/,
    ],
    ["numbers where text belongs", { name: "comm", data: [3], type: "INT32" }, /not a text .*field comm/],
    ["2^53 + 1", { name: "ts", data: [2n ** 53n + 1n], type: "INT64" }, /out of range .*9007199254740993/],
    ["-2^53 - 1", { name: "delta", data: [-(2n ** 53n) - 1n], type: "INT64" }, /out of range .*field delta/],
    ["a number beyond 2^53", { name: "ts", data: [2n ** 62n], type: "INT64" }, /out of range .*field ts/],
    [
      "a column that is not known",
      { name: "task_load_average", data: [3], type: "INT32" },
      /unknown column .*task_load_average.*perhaps task_load_avg/,
    ],
  ];
  for (const [what, column, message] of wrong)
    it(`are refused with ${what}`, async () => {
      const base: Columns = [
        { name: "pid", data: [1], type: "INT32" },
        { name: "ts", data: [1n], type: "INT64" },
        { name: "migration", data: [0], type: "INT32" },
      ];
      write([...base.filter((c) => c.name !== column.name), column]);
      const error = await inputErrorOf(() => readParquet(path()));
      expect(error.message).to.match(message);
      expect(error.message).to.contain(path());
    });

  it("are refused without the columns that make a trace, and with nested ones", async () => {
    write([{ name: "pid", data: [1], type: "INT32" }]);
    expect((await inputErrorOf(() => readParquet(path()))).message).to.match(/column ts is missing/);
    writeFileSync(
      path(),
      Buffer.from(
        parquetWriteBuffer({
          columnData: [{ name: "pid", data: [[1, 2]] }],
          schema: [
            { name: "root", num_children: 1 },
            { name: "pid", repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
            { name: "list", repetition_type: "REPEATED", num_children: 1 },
            { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
          ],
        }),
      ),
    );
    expect((await inputErrorOf(() => readParquet(path()))).message).to.match(/nested/);
  });

  it("may come from our version 0.1, and a bit flipped in its pages is noticed", async () => {
    const sample = "test/traces/samples/version-0.1.parquet";
    const table = await readParquet(sample);
    expect([table.rows, table.meta.schemaVersion]).to.deep.equal([300, 2]);
    expect([...table.numeric.task_forced_before], "which version 1 did not have").to.satisfy(
      (column: number[]) => column.every(Number.isNaN),
    );
    const whole = await readParquet("traces/real/rtapp-nine-busy-cost4ms.parquet");
    expect([...table.numeric.ts]).to.deep.equal([...whole.numeric.ts.subarray(0, 300)]);
    expect(table.text.reason).to.deep.equal(whole.text.reason.slice(0, 300));
    const bytes = readFileSync(sample);
    for (let at = 60; at < 3000; at += 211) {
      const flipped = Buffer.from(bytes);
      flipped[at] ^= 4;
      writeFileSync(path(), flipped);
      await inputErrorOf(() => readParquet(path()));
    }
  });
});
