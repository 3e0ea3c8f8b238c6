import type { TimelineEvent, TimelineTask } from "../timeline.ts";

/**
 * Who runs on each CPU, from the switches seen so far: ftrace notes every event on the account of the current task.
 * A CPU that has not switched yet runs its idle task.
 */
export class RunningTasks {
  private readonly tasks: TimelineTask[] = [];

  on(cpu: number): TimelineTask {
    this.tasks[cpu] ??= { pid: 0, comm: `swapper/${cpu}`, prio: 120 };
    return this.tasks[cpu];
  }

  /** The task on whose account the event goes; a switch itself goes on that of the task that leaves. */
  accountOf(event: TimelineEvent): TimelineTask {
    if (event.type !== "switch") return this.on(event.cpu);
    this.tasks[event.cpu] = { ...event.next };
    return event.prev;
  }
}
