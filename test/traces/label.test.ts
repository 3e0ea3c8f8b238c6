import { expect } from "chai";
import fc from "fast-check";
import { HistoryLabeller, labelTable } from "../../traces/label.ts";
import type { TraceTable } from "../../traces/schema.ts";
import { concatTables, tableFromRows } from "../../traces/table.ts";
import * as arbitrary from "./arbitraries.ts";
import { mutants, plainLabeller } from "./label-mutants.ts";
import { type Labeller, oneLifeCalls, properties } from "./label-properties.ts";

/** The labeller of the product. Key columns of a table without rows are no fault. */
const product: Labeller = {
  batch: (table) => labelTable(table, "forced_eventually"),
  stream(chunks) {
    const history = new HistoryLabeller();
    for (const chunk of chunks) history.observe(chunk);
    history.endOfTrace();
    return chunks.map((chunk) => history.label(chunk));
  },
};

const join = (chunks: readonly TraceTable[]) => concatTables(chunks);

describe("history labels", () => {
  for (const [name, { holds }] of Object.entries(properties)) it(name, () => holds(product));

  it("mean the same as the plainest labeller that can be written", () => {
    fc.assert(
      fc.property(oneLifeCalls, (calls) => {
        const table = tableFromRows(calls);
        expect([...product.batch(table)]).to.deep.equal([...plainLabeller(join).batch(table)]);
      }),
      { numRuns: 200, verbose: false },
    );
    const long = arbitrary.plausibleTable(3000, 5);
    expect([...product.batch(long)]).to.deep.equal([...plainLabeller(join).batch(long)]);
  });

  it("take unknown parts of a key for equal", () => {
    const row = { pid: 1, ts: 1, src_cpu: 0, task_nr_migrations: 1 };
    const table = tableFromRows([
      { ...row, migration: 0 },
      { ...row, migration: 2 },
      { ...row, dst_cpu: 3, migration: 0 },
    ]);
    expect([...product.batch(table)]).to.deep.equal([1, 1, 0]);
  });

  it("are the same when a counter wraps, as the keys on its two sides differ", () => {
    const row = { pid: 1, src_cpu: 0, dst_cpu: 1 };
    const table = tableFromRows([
      { ...row, ts: 1, task_nr_migrations: 2 ** 32 - 1, migration: 0 },
      { ...row, ts: 2, task_nr_migrations: 2 ** 32 - 1, migration: 2 },
      { ...row, ts: 3, task_nr_migrations: 0, migration: 0 },
    ]);
    expect([...product.batch(table)]).to.deep.equal([1, 1, 0]);
  });

  describe("each property finds the faults it is there for:", () => {
    it("the labeller that the mutants are made from has them all", async () => {
      for (const { holds } of Object.values(properties)) await holds(plainLabeller(join));
    });

    const killed = new Set<string>();
    for (const { name, labeller, killedBy } of mutants(join))
      it(`a labeller that ${name} is found out`, async () => {
        for (const property of killedBy) {
          killed.add(property);
          let survived = false;
          try {
            await properties[property].holds(labeller);
            survived = true;
          } catch {}
          expect(survived, `survives "${property}"`).to.equal(false);
        }
      });

    it("no property is without a mutant", () => {
      expect(Object.keys(properties).filter((name) => !killed.has(name))).to.deep.equal([]);
    });
  });
});
