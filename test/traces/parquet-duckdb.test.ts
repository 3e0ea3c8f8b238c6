import { DuckDBInstance } from "@duckdb/node-api";
import { expect } from "chai";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import { FILE_ORDER, NUMERIC_NAMES, TEXT_NAMES } from "../../traces/schema.ts";
import { plausibleTable } from "./arbitraries.ts";
import { expectSameTable, scratchFolder } from "./support.ts";

describe("Parquet traces and DuckDB", () => {
  const scratch = scratchFolder();
  const table = plausibleTable(70_000, 3);
  table.numeric.task_vruntime[5] = -(2 ** 53);
  table.numeric.task_vruntime[6] = 2 ** 53;
  let query: (sql: string) => Promise<Record<string, unknown>[]>;

  before(async () => {
    writeParquet(scratch("t.parquet"), table);
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    query = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
  });

  it("agree on the names, the order and the types of the columns", async () => {
    const columns = await query(`describe select * from '${scratch("t.parquet")}'`);
    expect(columns.map((c) => c.column_name)).to.deep.equal([...FILE_ORDER]);
    const types = Object.fromEntries(columns.map((c) => [c.column_name, c.column_type]));
    expect([types.ts, types.cpu_idle, types.comm]).to.deep.equal(["BIGINT", "INTEGER", "VARCHAR"]);
  });

  it("agree on every sum, every extreme and every count of unknowns", async () => {
    for (const name of NUMERIC_NAMES) {
      const [found] = await query(
        `select sum(${name})::hugeint::varchar s, min(${name}) a, max(${name}) b, count(${name}) n from '${scratch("t.parquet")}'`,
      );
      const known = [...table.numeric[name]].filter((v) => !Number.isNaN(v));
      const sum = known.reduce((total, v) => total + BigInt(v), 0n);
      expect(Number(found.n), name).to.equal(known.length);
      if (known.length === 0) continue;
      expect(found.s, name).to.equal(String(sum));
      expect(Number(found.a), name).to.equal(known.reduce((a, b) => Math.min(a, b)));
      expect(Number(found.b), name).to.equal(known.reduce((a, b) => Math.max(a, b)));
    }
    for (const name of TEXT_NAMES) {
      const found = await query(`select ${name} v, count(*) n from '${scratch("t.parquet")}' group by 1`);
      const counts = new Map<unknown, number>();
      for (const v of table.text[name]) counts.set(v || null, (counts.get(v || null) ?? 0) + 1);
      expect(new Map(found.map((f) => [f.v, Number(f.n)]))).to.deep.equal(counts);
    }
  });

  it("agree on single rows, in order", async () => {
    const found = await query(`select ts, pid, comm from '${scratch("t.parquet")}' limit 3 offset 66000`);
    expect(found.map((r) => Number(r.ts))).to.deep.equal([...table.numeric.ts.slice(66000, 66003)]);
    expect(found.map((r) => r.comm)).to.deep.equal(table.text.comm.slice(66000, 66003));
  });

  it("find row groups, statistics and the metadata in the file", async () => {
    const chunks = await query(
      `select row_group_num_rows r, stats_min_value a, stats_max_value b, stats_null_count n
       from parquet_metadata('${scratch("t.parquet")}') where path_in_schema = 'ts' order by row_group_id`,
    );
    expect(chunks.map((c) => Number(c.r))).to.deep.equal([65_536, 70_000 - 65_536]);
    expect(chunks[0].a).to.equal(String(table.numeric.ts[0]));
    expect(chunks[0].b).to.equal(String(table.numeric.ts[65_535]));
    const [{ a, b }] = await query(
      `select stats_min_value a, stats_max_value b from parquet_metadata('${scratch("t.parquet")}') where path_in_schema = 'comm'`,
    );
    expect([a, b]).to.deep.equal(["task-0", "task-6"]);
    const [{ v }] = await query(`select decode(value) v from parquet_kv_metadata('${scratch("t.parquet")}')`);
    expect(JSON.parse(v as string)).to.deep.equal(table.meta);
  });

  it("give the same table when DuckDB writes it again, whatever the codec", async () => {
    for (const codec of ["snappy", "zstd", "gzip", "uncompressed"]) {
      const out = scratch(`${codec}.parquet`);
      await query(
        `copy (from '${scratch("t.parquet")}' limit 30000) to '${out}' (format parquet, codec '${codec}')`,
      );
      const again = await readParquet(out);
      const expected = { ...table, rows: 30_000, numeric: { ...table.numeric }, text: { ...table.text } };
      for (const name of NUMERIC_NAMES) expected.numeric[name] = table.numeric[name].slice(0, 30_000);
      for (const name of TEXT_NAMES) expected.text[name] = table.text[name].slice(0, 30_000);
      expectSameTable(again, expected, false);
    }
  });
});
