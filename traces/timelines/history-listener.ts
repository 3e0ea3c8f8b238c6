import type { TimelineState } from "../timeline.ts";
import type { Cause, RecordedLife } from "./life.ts";

/** How a task was moved: placed as it woke; pulled or pushed by a balancer; moved by the stopper of its CPU. */
export type MoveKind = "wakeup" | "balance" | "active";

/** Is told the history in the order of time; times in ns. */
export interface HistoryListener {
  /** Something happens on the CPU, which the following tells. */
  heard?(cpu: number, time: number): void;
  /** First heard of, in that state since the beginning of the recording; or new, forked by `parent` where that is known. */
  begins?(
    task: RecordedLife,
    time: number,
    how: "running" | "runnable" | "asleep" | "new",
    parent: RecordedLife | null,
  ): void;
  /** It comes to a CPU, having waited so long for it; -1: since before the recording. */
  comes?(task: RecordedLife, cpu: number, time: number, waitedNs: number): void;
  /** It had the CPU from `from` to `to`; a stretch on a CPU comes in pieces, cut where the task does something. */
  ran?(task: RecordedLife, cpu: number, from: number, to: number): void;
  /** It left the CPU, and is runnable, asleep or gone, by its state. */
  leaves?(task: RecordedLife, cpu: number, time: number, state: TimelineState): void;
  /** It is runnable from now on; `waker` where the cause is a task, which runs. `overdue`: that should have given way before. */
  wakes?(
    task: RecordedLife,
    time: number,
    cause: Cause,
    waker: RecordedLife | null,
    guessed: boolean,
    overdue: boolean,
  ): void;
  /** sched_migrate_task; `task.cpu` is where it went, unless it runs. */
  moved?(task: RecordedLife, kind: MoveKind, time: number): void;
  /** Its priority is another one than before (from UNKNOWN_PRIO too). */
  priority?(task: RecordedLife, time: number): void;
  /** The CPU runs at so many kHz. */
  frequency?(cpu: number, time: number, khz: number): void;
}

/** Both are told, the first one first. */
export function both(a: HistoryListener, b: HistoryListener): HistoryListener {
  return {
    heard(...told) {
      a.heard?.(...told);
      b.heard?.(...told);
    },
    begins(...told) {
      a.begins?.(...told);
      b.begins?.(...told);
    },
    comes(...told) {
      a.comes?.(...told);
      b.comes?.(...told);
    },
    ran(...told) {
      a.ran?.(...told);
      b.ran?.(...told);
    },
    leaves(...told) {
      a.leaves?.(...told);
      b.leaves?.(...told);
    },
    wakes(...told) {
      a.wakes?.(...told);
      b.wakes?.(...told);
    },
    moved(...told) {
      a.moved?.(...told);
      b.moved?.(...told);
    },
    priority(...told) {
      a.priority?.(...told);
      b.priority?.(...told);
    },
    frequency(...told) {
      a.frequency?.(...told);
      b.frequency?.(...told);
    },
  };
}
