import { expect } from "chai";
import { InputError } from "../../traces/input-error.ts";
import { canLabel, labelRows, labelTable } from "../../traces/label.ts";
import { deriveReasons } from "../../traces/rule.ts";
import { tableFromRows } from "../../traces/table.ts";
import type { Properties } from "./label-properties.ts";
import { type RowMutant, reasonMutants, rowMutants } from "./row-label-mutants.ts";
import { type RowLabeller, reasonProperties, rowLabelProperties } from "./row-label-properties.ts";

/** The product has every property; every mutant fails those that are there for it; no property is without a mutant. */
function hold<T>(properties: Properties<T>, product: T, mutants: readonly RowMutant<T>[]): void {
  for (const [name, { holds }] of Object.entries(properties)) it(name, () => holds(product));
  const killed = new Set<string>();
  for (const { name, subject, killedBy } of mutants)
    it(`one that ${name} is found out`, async () => {
      for (const property of killedBy) {
        killed.add(property);
        let survived = false;
        try {
          await properties[property].holds(subject);
          survived = true;
        } catch {}
        expect(survived, `survives "${property}"`).to.equal(false);
      }
    });
  it("no property is without a mutant", () => {
    expect(Object.keys(properties).filter((name) => !killed.has(name))).to.deep.equal([]);
  });
}

describe("labels of single rows", () => {
  hold<RowLabeller>(rowLabelProperties, (table, target) => labelTable(table, target), rowMutants);

  it("are refused where the trace does not have what they are made of", () => {
    const table = tableFromRows([{ pid: 1, ts: 1, migration: 2, src_cpu: 0, task_nr_migrations: 0 }]);
    expect(canLabel(table, "forced_detached")).to.equal(false);
    expect(() => labelTable(table, "forced_detached")).to.throw(InputError, /needs the column detached/);
    expect(() => labelTable(table, "forced_eventually")).to.throw(InputError, /needs the column dst_cpu/);
    expect([...labelTable(table, "forced_now")]).to.deep.equal([1]);
    expect([...labelRows(table, "migrate")]).to.deep.equal([1]);
  });
});

describe("derived reasons", () => {
  hold(reasonProperties, deriveReasons, reasonMutants);
});
