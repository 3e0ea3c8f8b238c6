import { expect } from "chai";
import fc from "fast-check";
import { packTable, TableRows, unpackTable } from "../../explorer/data/columns.ts";

const NUMBERS = fc.oneof(
  fc.integer({ min: -3, max: 300 }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.maxSafeInteger(),
  fc.constantFrom(Number.NaN, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31), 0.5, -0, 2 ** 53),
);

describe("tables of numbers as bytes", () => {
  it("give all numbers back", () => {
    const column = fc.oneof(
      fc.array(NUMBERS, { maxLength: 300 }),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 600 }),
      fc.array(fc.nat(5e9), { maxLength: 50 }).map((steps) => {
        let sum = 0;
        return steps.map((step) => {
          sum += step;
          return sum;
        });
      }),
    );
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 4 }), (columns) => {
        const rows = Math.min(...columns.map((each) => each.length));
        const names = columns.map((_, i) => `c${i}`);
        const builder = new TableRows(names);
        for (let row = 0; row < rows; row++)
          builder.add(Object.fromEntries(names.map((name, i) => [name, columns[i][row]])));
        const table = builder.toTable();
        const { forms, bytes } = packTable(table);
        const back = unpackTable(rows, forms, bytes);
        for (const [i, name] of names.entries())
          expect([...(back as typeof table)[name]]).to.deep.equal(columns[i].slice(0, rows));
      }),
    );
  });

  it("take a byte where a byte is enough, and differences where those are small", () => {
    const builder = new TableRows(["small", "time"]);
    for (let i = 0; i < 1000; i++) builder.add({ small: i % 200, time: 1e12 * Math.min(1, i) + 100 * i });
    const { forms } = packTable(builder.toTable());
    expect(forms[0]).to.deep.equal({ name: "small", form: "u1", differences: false });
    const steady = new TableRows(["time"]);
    for (let i = 0; i < 1000; i++) steady.add({ time: 6e7 * i });
    expect(packTable(steady.toTable()).forms[0]).to.deep.equal({
      name: "time",
      form: "u4",
      differences: true,
    });
  });

  it("are sorted by a column, equal rows in their order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (keys) => {
        const builder = new TableRows(["key", "row"]);
        for (const [row, key] of keys.entries()) builder.add({ key, row });
        const { key, row } = builder.toTable("key");
        const expected = [...keys.keys()].sort((a, b) => keys[a] - keys[b] || a - b);
        expect([...row]).to.deep.equal(expected);
        expect([...key]).to.deep.equal(expected.map((i) => keys[i]));
      }),
    );
  });
});
