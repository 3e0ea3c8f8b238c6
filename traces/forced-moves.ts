/**
 * Which moves have been forced before: the column `task_forced_before`, kept alike by the simulator, by the patched kernel
 * (struct ml_forced in include/linux/ml_migrate.h) and from the rows of a trace (forced-before.ts).
 *
 * A move is a task, a source, a destination and the task's number of migrations: the key of a history (label.ts). It can be forced
 * more than once only where detach_tasks() passes over the task after can_migrate_task() has said yes, because its load exceeds the
 * imbalance; a task that moves has migrated once more, and the move is none any more.
 *
 *  B1. Each source CPU has FORCED_SLOTS places; a move has one of them by pid and destination, and a later one takes it.
 *  B2. A move is known as forced from the call after the forced one on, until another takes its place: what a call says hangs on
 *      earlier calls alone.
 */
export const FORCED_SLOTS = 64;

/** The moves forced on one source CPU. */
export class ForcedMoves {
  // by place; no task has pid 0
  private readonly pids = new Float64Array(FORCED_SLOTS);
  private readonly destinations = new Float64Array(FORCED_SLOTS);
  private readonly migrations = new Float64Array(FORCED_SLOTS);

  /** 1 where the move has been forced before, else 0. */
  before(pid: number, dstCpu: number, nrMigrations: number): 0 | 1 {
    const at = placeOf(pid, dstCpu);
    const known =
      this.pids[at] === pid && this.destinations[at] === dstCpu && this.migrations[at] === nrMigrations;
    return known ? 1 : 0;
  }

  /** The move is forced now. */
  note(pid: number, dstCpu: number, nrMigrations: number): void {
    const at = placeOf(pid, dstCpu);
    this.pids[at] = pid;
    this.destinations[at] = dstCpu;
    this.migrations[at] = nrMigrations;
  }
}

/** Eight pids in a row and eight destinations have places of their own. */
const placeOf = (pid: number, dstCpu: number): number => (pid ^ (dstCpu << 3)) & (FORCED_SLOTS - 1);
