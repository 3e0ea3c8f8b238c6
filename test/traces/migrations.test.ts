import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { parquetWriteBuffer } from "hyparquet-writer";
import { MIGRATIONS, migrateTable, storedVersion } from "../../traces/migrations.ts";
import { openParquet, readParquet } from "../../traces/parquet.ts";
import { SCHEMA_VERSION } from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";
import { inputErrorOf, scratchFolder } from "./support.ts";

describe("older schemas", () => {
  const scratch = scratchFolder();

  it("have a way to the present one, step by step (M1)", () => {
    expect(MIGRATIONS).to.have.length(SCHEMA_VERSION);
    const steps: number[] = [];
    const chain = [0, 1, 2].map((v) => (table: ReturnType<typeof tableFromRows>) => {
      steps.push(v);
      return { ...table, rows: table.rows + 1 };
    });
    expect(migrateTable(tableFromRows([]), 1, chain).rows).to.equal(2);
    expect(steps).to.deep.equal([1, 2]);
  });

  it("of version 0, the thesis's table alone, are read with the context unknown", async () => {
    const path = scratch("v0.parquet");
    const columns = ["pid", "ts", "task_load_avg", "cpu_idle", "delta", "migration"];
    const columnData = columns.map((name, c) => ({
      name,
      data: [c, c + 10, c + 20],
      type: "DOUBLE" as const,
    }));
    writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData })));
    expect(openParquet(path).version).to.equal(0);
    const table = await readParquet(path);
    expect(table.meta.schemaVersion).to.equal(SCHEMA_VERSION);
    expect([...table.numeric.delta]).to.deep.equal([4, 14, 24]);
    expect([...table.numeric.lb_active].every(Number.isNaN)).to.equal(true);
  });

  it("are told from newer ones and from nonsense", async () => {
    expect(storedVersion(undefined, "f")).to.equal(0);
    expect(storedVersion({}, "f")).to.equal(0);
    expect(storedVersion({ schemaVersion: SCHEMA_VERSION }, "f")).to.equal(SCHEMA_VERSION);
    expect(
      (await inputErrorOf(() => storedVersion({ schemaVersion: SCHEMA_VERSION + 1 }, "f"))).message,
    ).to.match(/newer/);
    expect((await inputErrorOf(() => storedVersion({ schemaVersion: -1 }, "f"))).message).to.match(
      /not valid/,
    );
  });
});
