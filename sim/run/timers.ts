import type { Agenda } from "../engine/agenda.ts";
import type { Jitter } from "./jitter.ts";
import { PRIORITY_TIMER } from "./priorities.ts";
import type { SimTask } from "./sim-task.ts";
import type { StreamTurns } from "./stream-turns.ts";

/** The tasks' own timers: one each, from when it is first set to the end of the task, whose slot the next one then gets. */
export class Timers {
  private readonly agenda: Agenda;
  private readonly jitter: Jitter;
  private readonly free: number[] = [];
  /** Where CPUs have turns: they want to know. */
  turns: StreamTurns | null = null;

  constructor(agenda: Agenda, jitter: Jitter) {
    this.agenda = agenda;
    this.jitter = jitter;
  }

  /** Sets the task's timer to task.timerDue; it may fire late, but the first one, which is the task's birth. */
  set(task: SimTask): void {
    if (task.timerSlot < 0) task.timerSlot = this.slotFor(task);
    this.turns?.timerSet(task.timerDue);
    this.agenda.due[0] = task.born ? task.timerDue + this.jitter.timerDelay() : task.timerDue;
    this.agenda.scheduleDue(task.timerSlot);
  }

  /** Takes the timer of a task that ends; it is not set. */
  release(task: SimTask): void {
    if (task.timerSlot < 0) return;
    this.free.push(task.timerSlot);
    task.timerSlot = -1;
  }

  private slotFor(task: SimTask): number {
    const slot = this.free.pop();
    if (slot === undefined) return this.agenda.add(PRIORITY_TIMER, task.index, true);
    this.agenda.give(slot, task.index);
    return slot;
  }
}
