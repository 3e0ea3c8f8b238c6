import { InputError } from "../input-error.ts";
import { ENDED, NEW, RecordedLife, UNSEEN } from "./life.ts";

/** More tasks than any machine has pids for, many times over. */
const MOST_LIVES = 1_000_000;

/** Whom a recording means by a pid: one task after the other (H5 of history.ts). */
export class Lives {
  readonly all: RecordedLife[] = [];
  private readonly byPid = new Map<number, RecordedLife>();

  /** The task of that pid, by its newest name; another one after its end. */
  of(pid: number, comm: string, now: number): RecordedLife {
    const known = this.byPid.get(pid);
    if (!known || known.state === ENDED) return this.bear(pid, comm, now);
    if (comm !== "" && comm !== known.comm) known.comm = comm;
    return known;
  }

  /** The task that has just been forked, as its fork says. */
  forked(pid: number, comm: string, now: number): RecordedLife {
    const known = this.byPid.get(pid);
    return known?.state === NEW ? known : this.bear(pid, comm, now);
  }

  /** The task that has just been forked, as its first wake-up says. */
  begun(pid: number, comm: string, now: number): RecordedLife {
    const known = this.of(pid, comm, now);
    return known.state === NEW || known.state === UNSEEN ? known : this.bear(pid, comm, now);
  }

  /** @throws InputError for more tasks than there can be */
  private bear(pid: number, comm: string, now: number): RecordedLife {
    if (this.all.length >= MOST_LIVES)
      throw new InputError("has too many tasks", {
        found: `more than ${MOST_LIVES}`,
        expected: "a recording with fewer",
        hint: "Record for a shorter time.",
      });
    const task = new RecordedLife(this.all.length, pid, comm);
    if (this.byPid.has(pid)) task.since = now;
    this.all.push(task);
    this.byPid.set(pid, task);
    return task;
  }
}
