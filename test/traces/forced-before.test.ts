import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { simulateFile } from "../../lab/simulate-file.ts";
import { FORCED_BEFORE_COLUMNS, forcedBeforeOf } from "../../traces/forced-before.ts";
import { FORCED_SLOTS } from "../../traces/forced-moves.ts";
import { labelTable } from "../../traces/label.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import type { TraceRow } from "../../traces/schema.ts";
import { TableBuilder, tableFromRows } from "../../traces/table.ts";

const WHOLE = traceMetadata({ lostRecords: 0 });

/** Calls of a few tasks; who is forced stays or goes. */
const calls = fc
  .array(
    fc.record({
      task: fc.nat(3),
      dst_cpu: fc.integer({ min: 1, max: 3 }),
      migration: fc.nat(2),
      moves: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    const migrations = [0, 0, 0, 0];
    return steps.map(({ task, dst_cpu, migration, moves }, i): Partial<TraceRow> => {
      const row = {
        ...{ pid: 100 + task, ts: i, src_cpu: 0, dst_cpu, migration },
        ...{ task_nr_migrations: migrations[task], run: "" },
      };
      if (migration > 0 && moves) migrations[task]++;
      return row;
    });
  });

const keyOf = ({ pid, src_cpu, dst_cpu, task_nr_migrations }: Partial<TraceRow>) =>
  [pid, src_cpu, dst_cpu, task_nr_migrations].join(" ");

const column = (rows: Partial<TraceRow>[], meta = WHOLE) => forcedBeforeOf(tableFromRows(rows, meta));

describe("moves that were forced before", () => {
  it("are those of which an earlier row was forced", () => {
    fc.assert(
      fc.property(calls, (rows) => {
        const forced = new Set<string>();
        const expected = rows.map((row) => {
          const before = Number(forced.has(keyOf(row)));
          if (row.migration === 2) forced.add(keyOf(row));
          return before;
        });
        expect([...column(rows)!]).to.deep.equal(expected);
      }),
    );
  });

  it("belong to a history", () => {
    fc.assert(
      fc.property(calls, (rows) => {
        const labels = rows.length > 0 ? labelTable(tableFromRows(rows, WHOLE), "forced_eventually") : [];
        column(rows)!.forEach((before, i) => {
          if (before === 1) expect(labels[i]).to.equal(1);
        });
      }),
    );
  });

  it("hang on earlier rows alone", () => {
    fc.assert(
      fc.property(calls, fc.nat(60), (rows, end) => {
        expect([...column(rows.slice(0, end))!]).to.deep.equal([...column(rows)!.subarray(0, end)]);
      }),
    );
  });

  it("are told apart by run", () => {
    const forced = { pid: 5, src_cpu: 0, dst_cpu: 1, task_nr_migrations: 0, migration: 2 };
    const rows = ["a", "b", "a"].map((run) => ({ ...forced, run }));
    expect([...column(rows)!]).to.deep.equal([0, 0, 1]);
  });

  it("are forgotten where another takes the place", () => {
    const call = (pid: number, migration: number) => ({
      ...{ pid, src_cpu: 0, dst_cpu: 1, task_nr_migrations: 0, migration },
    });
    const rows = [call(1, 2), call(1, 0), call(1 + FORCED_SLOTS, 2), call(1, 0), call(1 + FORCED_SLOTS, 0)];
    expect([...column(rows)!]).to.deep.equal([0, 1, 0, 0, 1]);
  });

  it("are not known where rows are missing or a part of the key is unknown", () => {
    const row = { pid: 5, src_cpu: 0, dst_cpu: 1, task_nr_migrations: 0, migration: 2 };
    expect(column([row], traceMetadata({ lostRecords: 3 }))).to.equal(null);
    expect(column([row], traceMetadata({ lostRecords: null }))).to.equal(null);
    expect(column([row], traceMetadata({ lostRecords: 0, changes: [{ command: "sample" }] }))).to.equal(null);
    for (const name of FORCED_BEFORE_COLUMNS)
      expect(column([{ ...row, [name]: undefined }]), name).to.equal(null);
  });

  it("are written by the simulator as they follow from its rows", async () => {
    const rows = new TableBuilder();
    await simulateFile("weights", {
      ...{ durationNs: 30e9, seed: "1", chip: "8x1", tunables: { migrationCostNs: 4e6 } },
      parameters: { busy: 8, low: 3, lowNice: 10 },
      onDecision: (row) => rows.append(row),
    });
    const table = rows.toTable(WHOLE);
    expect([...table.numeric.task_forced_before]).to.deep.equal([...forcedBeforeOf(table)!]);
    expect(table.numeric.task_forced_before.some((before) => before === 1)).to.equal(true);
  });

  it("have as many places as in the kernel", () => {
    const header = readFileSync("kernel-bridge/linux/new/include/linux/ml_migrate.h", "utf8");
    expect(/#define ML_FORCED_SLOTS\s+(\d+)/.exec(header)?.[1]).to.equal(String(FORCED_SLOTS));
  });
});
