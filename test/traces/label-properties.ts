import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import type { TraceRow, TraceTable } from "../../traces/schema.ts";
import { concatTables, sliceTable, tableFromRows, takeRows } from "../../traces/table.ts";

/** Properties by name. The names of a mutant's `killedBy` are these. */
export type Properties<T> = Record<
  string,
  { invariant: string; holds: (subject: T) => void | Promise<void> }
>;

/** What a labeller of histories has to offer: labels of a whole table, and labels of its chunks in two passes. */
export interface Labeller {
  batch(table: TraceTable): Uint8Array;
  stream(chunks: readonly TraceTable[]): Uint8Array[];
}

/** A record as far as histories go. */
export interface Call {
  pid: number;
  src_cpu: number;
  dst_cpu: number;
  task_nr_migrations: number;
  migration: number;
  ts: number;
}

const RUNS = { numRuns: 300, verbose: false };

/** Calls with so few different values that keys meet often; clocks go forward. */
const anyCalls: fc.Arbitrary<Call[]> = fc
  .array(
    fc.record({
      pid: fc.integer({ min: 1, max: 3 }),
      src_cpu: fc.integer({ min: 0, max: 2 }),
      dst_cpu: fc.integer({ min: 0, max: 2 }),
      task_nr_migrations: fc.oneof(
        { weight: 12, arbitrary: fc.integer({ min: 0, max: 2 }) },
        { weight: 1, arbitrary: fc.constantFrom(2 ** 32, 2 ** 32 + 1, 2 ** 53) },
      ),
      migration: fc.constantFrom(0, 0, 1, 2),
      ts: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 40, size: "max" },
  )
  .map((calls) => {
    let now = 0;
    return calls.map((call) => {
      now += call.ts;
      return { ...call, ts: now };
    });
  });

/** Calls in which no pid is used twice: the number of migrations of a pid never falls. */
export const oneLifeCalls: fc.Arbitrary<Call[]> = anyCalls.map((calls) => {
  const most = new Map<number, number>();
  return calls.map((call) => {
    const nr = Math.max(most.get(call.pid) ?? 0, call.task_nr_migrations);
    most.set(call.pid, nr);
    return { ...call, task_nr_migrations: nr };
  });
});

const tableOf = (calls: readonly Call[]): TraceTable => tableFromRows(calls as Partial<TraceRow>[]);
const keyOf = (c: Call): string => [c.pid, c.src_cpu, c.dst_cpu, c.task_nr_migrations].join();

/** The life of each call: counts the times that its pid's number of migrations has fallen, by definition V1. */
function livesOf(calls: readonly Call[]): number[] {
  return calls.map((call, i) => {
    let life = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const earlier of calls.slice(0, i + 1)) {
      if (earlier.pid !== call.pid) continue;
      if (earlier.task_nr_migrations < most) {
        life++;
        most = earlier.task_nr_migrations;
      } else most = Math.max(most, earlier.task_nr_migrations);
    }
    return life;
  });
}

/** Every property names the invariant it is of, takes a labeller and throws when the labeller does not have it. */
export const properties: Properties<Labeller> = {
  "each forced record carries the label": {
    invariant: "L1",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, (calls) => {
          const labels = labeller.batch(tableOf(calls));
          for (const [i, call] of calls.entries()) if (call.migration === 2) expect(labels[i]).to.equal(1);
        }),
        RUNS,
      ),
  },

  "a record is labelled if and only if some forced record has its key": {
    invariant: "L2",
    holds: (labeller) =>
      fc.assert(
        fc.property(oneLifeCalls, (calls) => {
          const expected = calls.map((call) =>
            calls.some((other) => other.migration === 2 && keyOf(other) === keyOf(call)) ? 1 : 0,
          );
          expect([...labeller.batch(tableOf(calls))]).to.deep.equal(expected);
        }),
        RUNS,
      ),
  },

  "histories before and after a reuse of their pid are told apart": {
    invariant: "V1",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, (calls) => {
          const lives = livesOf(calls);
          const expected = calls.map((call, i) =>
            calls.some(
              (other, j) => other.migration === 2 && keyOf(other) === keyOf(call) && lives[i] === lives[j],
            )
              ? 1
              : 0,
          );
          expect([...labeller.batch(tableOf(calls))]).to.deep.equal(expected);
        }),
        RUNS,
      ),
  },

  "each run of a trace is labelled as if it were a trace of its own": {
    invariant: "L6",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, fc.infiniteStream(fc.nat(2)), (calls, draw) => {
          const runs = calls.map(() => draw.next().value as number);
          const together = labeller.batch(
            tableFromRows(calls.map((call, i) => ({ ...call, run: `r${runs[i]}` }))),
          );
          for (const run of [0, 1, 2]) {
            const own = calls.flatMap((_, i) => (runs[i] === run ? [i] : []));
            expect(own.map((i) => together[i])).to.deep.equal([
              ...labeller.batch(tableOf(own.map((i) => calls[i]))),
            ]);
          }
        }),
        RUNS,
      ),
  },

  "streaming and batch agree, wherever the chunks are cut": {
    invariant: "H1",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, fc.array(fc.nat(40), { maxLength: 5, size: "max" }), (calls, cuts) => {
          const table = tableOf(calls);
          const borders = [0, ...cuts.map((c) => Math.min(c, table.rows)).sort((a, b) => a - b), table.rows];
          const chunks = borders.slice(1).map((to, b) => sliceTable(table, borders[b], to));
          const streamed = labeller.stream(chunks).flatMap((labels) => [...labels]);
          expect(streamed).to.deep.equal([...labeller.batch(table)]);
        }),
        RUNS,
      ),
  },

  "how the calls of different pids are interleaved does not matter": {
    invariant: "L3",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, fc.infiniteStream(fc.nat()), (calls, picks) => {
          // another order of the calls in which those of each pid keep theirs
          const left = new Map<number, number[]>();
          for (const [i, call] of calls.entries()) left.set(call.pid, [...(left.get(call.pid) ?? []), i]);
          const order: number[] = [];
          while (left.size > 0) {
            const pids = [...left.keys()];
            const pid = pids[picks.next().value! % pids.length];
            const queue = left.get(pid)!;
            order.push(queue.shift()!);
            if (queue.length === 0) left.delete(pid);
          }
          const table = tableOf(calls);
          const labels = labeller.batch(table);
          const shuffled = labeller.batch(takeRows(table, order));
          expect([...shuffled]).to.deep.equal(order.map((i) => labels[i]));
        }),
        RUNS,
      ),
  },

  "within one life, how calls of different keys are interleaved does not matter": {
    invariant: "L3",
    holds: (labeller) =>
      fc.assert(
        fc.property(oneLifeCalls, (calls) => {
          const sameTime = calls.map((call) => ({ ...call, ts: 0 }));
          // a stable sort by (pid, number of migrations) keeps the lives whole and moves keys apart
          const order = sameTime
            .map((_, i) => i)
            .sort(
              (a, b) =>
                calls[a].pid - calls[b].pid ||
                calls[a].task_nr_migrations - calls[b].task_nr_migrations ||
                calls[b].dst_cpu - calls[a].dst_cpu,
            );
          const table = tableOf(sameTime);
          const labels = labeller.batch(table);
          expect([...labeller.batch(takeRows(table, order))]).to.deep.equal(order.map((i) => labels[i]));
        }),
        RUNS,
      ),
  },

  "labelling twice gives the labels of labelling once": {
    invariant: "L4",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, (calls) => {
          const table = tableOf(calls);
          const once = labeller.batch(table);
          const copy = tableOf(calls);
          expect([...labeller.batch(table)]).to.deep.equal([...once]);
          expect(table.numeric).to.deep.equal(copy.numeric);
        }),
        RUNS,
      ),
  },

  "traces of disjoint pids label apart or together alike": {
    invariant: "L2",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, anyCalls, (first, second) => {
          const other = second.map((call) => ({ ...call, pid: call.pid + 100 }));
          const together = labeller.batch(concatTables([tableOf(first), tableOf(other)]));
          const apart = [...labeller.batch(tableOf(first)), ...labeller.batch(tableOf(other))];
          expect([...together]).to.deep.equal(apart);
        }),
        RUNS,
      ),
  },

  "a forced record labels its whole history, wherever in the history it stands": {
    invariant: "L2",
    holds: (labeller) =>
      fc.assert(
        fc.property(oneLifeCalls, fc.nat(), (calls, pick) => {
          const forced = calls.flatMap((call, i) => (call.migration === 2 ? [i] : []));
          fc.pre(forced.length > 0);
          // move a forced decision to another record of the same key: the labels stay
          const from = forced[pick % forced.length];
          const history = calls.flatMap((call, i) => (keyOf(call) === keyOf(calls[from]) ? [i] : []));
          const to = history[pick % history.length];
          const moved = calls.map((call, i) => ({
            ...call,
            migration: i === from ? calls[to].migration : i === to ? 2 : call.migration,
          }));
          expect([...labeller.batch(tableOf(moved))]).to.deep.equal([...labeller.batch(tableOf(calls))]);
        }),
        RUNS,
      ),
  },

  "only forced records start a history": {
    invariant: "L2",
    holds: (labeller) =>
      fc.assert(
        fc.property(anyCalls, (calls) => {
          const plain = calls.map((call) => ({
            ...call,
            migration: call.migration === 2 ? 1 : call.migration,
          }));
          expect([...labeller.batch(tableOf(plain))]).to.deep.equal(plain.map(() => 0));
        }),
        RUNS,
      ),
  },

  "records that come late open no new life": {
    invariant: "V2",
    holds: (labeller) =>
      fc.assert(
        fc.property(oneLifeCalls, fc.nat(), (calls, pick) => {
          fc.pre(calls.length > 1);
          // the buffer of another CPU delays one record: it comes last, with its own clock
          const at = pick % calls.length;
          const clocked = calls.map((call, i) => ({ ...call, ts: i }));
          const order = [...clocked.keys()].filter((i) => i !== at);
          const late = [...order, at];
          const table = tableOf(clocked);
          const labels = labeller.batch(table);
          expect([...labeller.batch(takeRows(table, late))]).to.deep.equal(late.map((i) => labels[i]));
        }),
        RUNS,
      ),
  },

  "a trip through Parquet changes no label": {
    invariant: "L4",
    holds: async (labeller) => {
      const folder = mkdtempSync(join(tmpdir(), "nicetries-label-"));
      try {
        await fc.assert(
          fc.asyncProperty(anyCalls, async (calls) => {
            const table = tableOf(calls);
            writeParquet(join(folder, "t.parquet"), table);
            const again = await readParquet(join(folder, "t.parquet"));
            expect([...labeller.batch(again)]).to.deep.equal([...labeller.batch(tableOf(calls))]);
          }),
          { numRuns: 40, verbose: false },
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
};
