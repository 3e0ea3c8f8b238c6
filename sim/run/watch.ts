import { InputError } from "../../traces/input-error.ts";
import type { Agenda } from "../engine/agenda.ts";
import { reportLost } from "./deadlock.ts";
import type { SimulationOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { TaskSet } from "./task-set.ts";

/** When a run first looks for deadlocks among tasks while others go on, ns; then at twice that time, and so on. */
const FIRST_LOST_CHECK_NS = 100_000_000;

/** Watches over a run: tells how far it is, finds deadlocks while others go on, and tasks that never let the clock move. */
export class Watch {
  /** The simulated time from which on look() has something to do, ns. */
  dueAt = 0;
  private readonly options: SimulationOptions;
  private readonly tasks: TaskSet;
  private readonly progress: Progress;
  private readonly agenda: Agenda;
  private progressAt: number;
  private lostCheckAt = FIRST_LOST_CHECK_NS;
  private eventsAtOnce = 0;

  constructor(options: SimulationOptions, tasks: TaskSet, progress: Progress, agenda: Agenda) {
    this.options = options;
    this.tasks = tasks;
    this.progress = progress;
    this.agenda = agenda;
    this.progressAt = options.onProgress ? 0 : Number.POSITIVE_INFINITY;
  }

  /** The next event, which the agenda has found, is due at or after `dueAt`. @throws InputError for a deadlock */
  look(): void {
    const { firstAt: next, clock } = this.agenda;
    const { durationNs, onProgress } = this.options;
    if (next >= this.lostCheckAt) {
      reportLost(this.tasks.list, clock.now, false);
      this.lostCheckAt = 2 * next;
    }
    if (next >= this.progressAt) {
      onProgress!(next, durationNs);
      this.progressAt = next + Math.ceil(durationNs / 100);
    }
    this.dueAt = Math.min(this.lostCheckAt, this.progressAt);
  }

  /** The clock moves. */
  moves(): void {
    this.eventsAtOnce = 0;
  }

  /** One more event at the same clock value. @throws InputError where there are too many */
  stands(): void {
    if (++this.eventsAtOnce <= 20_000 + 1000 * this.tasks.list.length) return;
    const names = this.progress.cpus.flatMap((c) => (c.occupant ? [c.occupant.task.comm] : []));
    throw new InputError("the simulated clock does not move any more: tasks wake each other in no time", {
      found: `running: ${names.slice(0, 8).join(", ")}`,
      expected: "run or sleep events with a duration in endless loops",
    });
  }
}
