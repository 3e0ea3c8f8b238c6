import fc from "fast-check";
import { traceMetadata } from "../../traces/metadata.ts";
import {
  NUMERIC_COLUMNS,
  NUMERIC_NAMES,
  TEXT_NAMES,
  type TraceMetadata,
  type TraceRow,
  type TraceTable,
} from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";

/** Any exact integer of the schema (S1), extremes and neighbours of powers of two included, or unknown. */
export const cell: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 3, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
  { weight: 2, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 51, -(2 ** 51), 2 ** 52, 2 ** 32, -1) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

/** Flags as files may hold them: mostly 0 and 1, sometimes unknown or impossible. */
export const flagCell: fc.Arbitrary<number> = fc.constantFrom(0, 1, 0, 1, 0, 1, Number.NaN, 7, -1);

export const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    "SMT",
    "MC",
    "cold",
    "forced",
    "hackbench",
    "kworker/0:1",
    'a,"b"',
    "zeile\nzwei",
    "ü€😀",
  ),
  fc.string({ unit: "grapheme", maxLength: 15 }),
);

export const row: fc.Arbitrary<TraceRow> = fc
  .tuple(
    fc.array(cell, { minLength: NUMERIC_NAMES.length, maxLength: NUMERIC_NAMES.length }),
    fc.array(flagCell, { minLength: NUMERIC_NAMES.length, maxLength: NUMERIC_NAMES.length }),
    fc.array(text, { minLength: TEXT_NAMES.length, maxLength: TEXT_NAMES.length }),
  )
  .map(([ints, flags, texts]) => {
    const result = {} as TraceRow;
    NUMERIC_NAMES.forEach((name, c) => {
      result[name] = NUMERIC_COLUMNS[name].kind === "flag" ? flags[c] : ints[c];
    });
    TEXT_NAMES.forEach((name, c) => {
      result[name] = texts[c];
    });
    return result;
  });

export const metadata: fc.Arbitrary<TraceMetadata> = fc
  .record({
    source: fc.constantFrom("sim" as const, "kernel" as const, "unknown" as const),
    workload: text,
    seed: fc.option(text),
    lostRecords: fc.option(fc.nat()),
    tunables: fc.constantFrom<Record<string, number>>({}, { migration_cost_ns: 500_000 }),
  })
  .map((fields) => traceMetadata(fields));

/** Tables of a few wild rows, each repeated at random places so that columns have runs and repeats too. */
export const table: fc.Arbitrary<TraceTable> = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(), { maxLength: 60 }), metadata)
  .map(([rows, order, meta]) =>
    tableFromRows(
      order.map((n) => rows[n % rows.length]),
      meta,
    ),
  );

/**
 * A long table that looks like a trace: clocks go forward, loads wander, few names; everything from one seed, so that
 * tests of sizes and speeds need no files.
 */
export function plausibleTable(
  rows: number,
  seed = 1,
  meta: TraceMetadata = traceMetadata({ source: "kernel", lostRecords: 0 }),
): TraceTable {
  let state = seed >>> 0;
  const next = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  let ts = 1_000_000_000;
  const migrations = new Map<number, number>();
  const row = {} as TraceRow;
  const list = function* () {
    for (let i = 0; i < rows; i++) {
      ts += next(200_000);
      const pid = 100 + next(40);
      const src = next(8);
      const failed = next(6);
      const hot = next(4) === 0;
      const tries = src % 2;
      const running = next(5) === 0 ? 1 : 0;
      const migration = running ? 0 : !hot ? 1 : failed > 1 ? 2 : 0;
      for (const name of NUMERIC_NAMES) row[name] = NUMERIC_COLUMNS[name].kind === "flag" ? 0 : next(2048);
      row.pid = pid;
      row.ts = ts;
      row.task_vruntime = ts + next(50_000_000);
      row.start_runtime = ts - next(50_000_000);
      row.task_nr_migrations = migrations.get(pid) ?? 0;
      if (migration > 0) migrations.set(pid, row.task_nr_migrations + 1);
      row.delta = hot ? next(500_000) : 500_000 + next(1_000_000_000);
      row.migration = migration;
      row.src_cpu = src;
      row.dst_cpu = (src + 1 + next(7)) % 8;
      row.task_running = running;
      row.task_affine = 1;
      row.task_policy = 0;
      row.task_nice = 0;
      row.sd_nr_balance_failed = failed;
      row.sd_cache_nice_tries = 1;
      row.task_percpu_kthread = Number.NaN;
      row.detached = migration > 0 ? next(2) : 0;
      row.lb_migration_type = "migrate_task";
      row.sd_level = tries === 0 ? "SMT" : "MC";
      row.reason = running ? "running" : !hot ? "cold" : failed > 1 ? "forced" : "hot_refused";
      row.comm = `task-${pid % 7}`;
      yield row;
    }
  };
  return tableFromRows(list(), meta);
}
