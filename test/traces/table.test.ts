import { expect } from "chai";
import fc from "fast-check";
import { InputError } from "../../traces/input-error.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import type { TraceRow } from "../../traces/schema.ts";
import {
  concatTables,
  rowAt,
  sliceTable,
  TableBuilder,
  tableFromRows,
  takeRows,
} from "../../traces/table.ts";
import * as arbitrary from "./arbitraries.ts";
import { expectSameTable } from "./support.ts";

describe("tables", () => {
  it("give back the rows that were appended, in order (B1)", () => {
    fc.assert(
      fc.property(fc.array(arbitrary.row, { maxLength: 20 }), (rows) => {
        const table = tableFromRows(rows);
        expect(table.rows).to.equal(rows.length);
        for (const [i, row] of rows.entries()) expect(rowAt(table, i)).to.deep.equal(row);
      }),
      { numRuns: 50, verbose: false },
    );
  });

  it("are not joined as one where their tunables differ, unless it is said what the whole is", () => {
    const tableAt = (cost: number) =>
      tableFromRows([{ pid: cost }], traceMetadata({ tunables: { migration_cost_ns: cost } }));
    const [one, other] = [tableAt(500_000), tableAt(4_000_000)];
    expect(() => concatTables([one, other])).to.throw(InputError, /tunables.*4000000.*500000/);
    expect([...concatTables([one, other], one.meta).numeric.pid]).to.deep.equal([500_000, 4_000_000]);
    expect(concatTables([one, one]).meta.tunables).to.deep.equal(one.meta.tunables);
  });

  it("copy the row object, which the caller may reuse, and fill in unknowns", () => {
    const builder = new TableBuilder(1);
    const row: Partial<TraceRow> = { pid: 1, comm: "a" };
    builder.append(row);
    row.pid = 2;
    builder.append(row);
    const table = builder.toTable();
    builder.clear();
    builder.append({ pid: 9 });
    expect([...table.numeric.pid]).to.deep.equal([1, 2]);
    expect(table.numeric.ts[0]).to.be.NaN;
    expect(table.text.comm).to.deep.equal(["a", "a"]);
  });

  it("cut and joined again are what they were", () => {
    fc.assert(
      fc.property(arbitrary.table, fc.nat(70), fc.nat(70), (table, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const parts = [sliceTable(table, 0, from), sliceTable(table, from, to), sliceTable(table, to)];
        expectSameTable(concatTables(parts, table.meta), table);
      }),
      { numRuns: 50, verbose: false },
    );
  });

  it("give rows in the order of the indices asked for", () => {
    fc.assert(
      fc.property(arbitrary.table, fc.array(fc.nat()), (table, numbers) => {
        fc.pre(table.rows > 0);
        const indices = numbers.map((n) => n % table.rows);
        const taken = takeRows(table, indices);
        for (const [i, from] of indices.entries()) expect(rowAt(taken, i)).to.deep.equal(rowAt(table, from));
      }),
      { numRuns: 50, verbose: false },
    );
  });

  it("add up the lost records of their parts", () => {
    const part = (lostRecords: number | null) => {
      const table = tableFromRows([{ pid: 1 }]);
      return { ...table, meta: { ...table.meta, lostRecords } };
    };
    expect(concatTables([part(2), part(3)]).meta.lostRecords).to.equal(5);
    expect(concatTables([part(2), part(null)]).meta.lostRecords).to.equal(null);
  });

  it("refuse a row that is not there", () => {
    expect(() => rowAt(tableFromRows([]), 0)).to.throw(RangeError, /row 0 .* 0 rows/);
  });
});
