/**
 * Tells the lives of a pid apart. A pid is given again to another task; that task starts with no migrations, so within
 * one life `nr_migrations` never falls.
 *
 * Invariants:
 *  V1. The life number of a pid starts at 0 and grows by one whenever `nr_migrations` is less than the largest seen in
 *      this life, on a record that is not older than the latest of the pid.
 *  V2. A record that comes late (its `ts` is before the latest of its pid, as buffers of several CPUs may cause)
 *      belongs to the present life and changes nothing.
 *  V3. Unknown numbers change nothing.
 *
 * A wrap of the counter (u64 in the kernel, 2^32 in collectors that cut it) looks like a new life; since no key of the
 * two sides of a wrap is equal anyway, labels do not depend on it.
 */
export class LifeTracker {
  private readonly states = new Map<number, Life>();
  private lastPid = Number.NaN;
  private last: Life | undefined;

  /** The life that a record belongs to. Records must come in file order. */
  lifeOf(pid: number, ts: number, nrMigrations: number): number {
    let life = this.last;
    if (pid !== this.lastPid || life === undefined) {
      life = this.states.get(pid);
      if (life === undefined) {
        life = { number: 0, ts: Number.NEGATIVE_INFINITY, migrations: Number.NEGATIVE_INFINITY };
        this.states.set(pid, life);
      }
      this.lastPid = pid;
      this.last = life;
    }
    if (ts < life.ts) return life.number;
    if (nrMigrations < life.migrations) {
      life.number++;
      life.migrations = nrMigrations;
    } else if (nrMigrations > life.migrations) life.migrations = nrMigrations;
    if (ts > life.ts) life.ts = ts;
    return life.number;
  }
}

interface Life {
  number: number;
  ts: number;
  migrations: number;
}
