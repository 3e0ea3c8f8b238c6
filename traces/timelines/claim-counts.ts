import type { ScheduleClaim } from "./claim.ts";
import type { RecordedLife } from "./life.ts";

/** What a recording says, counted claim by claim as perf and trace-cmd count it, whatever becomes of a claim. */
export class ClaimCounts {
  switches = 0;
  wakeups = 0;
  wakings = 0;
  /** Of `wakeups`: of tasks just forked. */
  news = 0;
  migrations = 0;

  /** What was counted until now counts no more, of tasks too. */
  restart(tasks: readonly RecordedLife[]): void {
    this.switches = this.wakeups = this.wakings = this.news = this.migrations = 0;
    for (const task of tasks) {
      task.switches = task.wakeups = task.wakings = task.migrateEvents = task.moves = 0;
      task.runNs = task.waitNs = 0;
    }
  }

  /** `next`: who comes; null for an idle task or nobody known. */
  switched(next: RecordedLife | null): void {
    this.switches++;
    if (next) next.switches++;
  }

  woken(claim: Extract<ScheduleClaim, { type: "waking" | "wakeup" }>, task: RecordedLife): void {
    if (claim.type === "waking") {
      this.wakings++;
      task.wakings++;
      return;
    }
    this.wakeups++;
    task.wakeups++;
    if (claim.isNew) this.news++;
  }

  migrated(task: RecordedLife): void {
    this.migrations++;
    task.migrateEvents++;
  }
}
