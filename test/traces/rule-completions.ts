import fc from "fast-check";

/** The part of a row that the rule looks at; NaN where it is not known. */
export type Context = Record<string, number>;

const bit = fc.constantFrom(0, 1);

/** What the rule looks at, all of it known. */
export const context: fc.Arbitrary<Context> = fc
  .record({
    task_throttled: fc.constantFrom(0, 0, 0, 1),
    task_percpu_kthread: fc.constantFrom(0, 0, 0, 1),
    task_affine: fc.constantFrom(1, 1, 1, 0),
    task_running: fc.constantFrom(0, 0, 0, 1),
    lb_active: fc.constantFrom(0, 0, 0, 1),
    task_policy: fc.constantFrom(0, 0, 3, 5),
    sd_share_capacity: bit,
    task_buddy: bit,
    dst_rq_nr_running: fc.nat(2),
    delta: fc.constantFrom(-5, 0, 499_999, 500_000, 2_000_000),
    sd_nr_balance_failed: fc.nat(3),
    sd_cache_nice_tries: fc.nat(2),
  })
  .map((c) => (c.task_percpu_kthread === 1 ? { ...c, task_affine: 0 } : c)); // a per-CPU kthread is bound

/** The same with at most `most` parts unknown. */
export const contextWithGaps = (most: number): fc.Arbitrary<Context> =>
  fc.tuple(context, fc.array(fc.nat(11), { maxLength: most })).map(([known, gaps]) => {
    const row = { ...known };
    const names = Object.keys(row);
    for (const g of gaps) row[names[g]] = Number.NaN;
    return row;
  });

/** Every value that an unknown part of the context may have. */
const CHOICES: Record<string, readonly number[]> = {
  task_policy: [0, 5],
  dst_rq_nr_running: [0, 1],
  delta: [0, 2_000_000],
  sd_nr_balance_failed: [0, 1, 2, 3, 4],
  sd_cache_nice_tries: [0, 1, 2, 3],
};

/** All rows that a row with gaps may stand for. */
export function completions(row: Context): Context[] {
  const open = Object.keys(row).find((name) => Number.isNaN(row[name]));
  if (open === undefined) return row.task_percpu_kthread === 1 && row.task_affine === 1 ? [] : [row];
  return (CHOICES[open] ?? [0, 1]).flatMap((value) => completions({ ...row, [open]: value }));
}
