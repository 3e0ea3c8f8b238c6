import type { TimelineEvent, TimelineTask } from "../timeline.ts";

/**
 * Who runs on each CPU, from the switches seen so far: ftrace notes every event on the account of the current task, an
 * interrupt's on that of the task it interrupts. A CPU that has not switched yet runs its idle task.
 */
export class RunningTasks {
  private readonly tasks: TimelineTask[] = [];

  private on(cpu: number): TimelineTask {
    this.tasks[cpu] ??= { pid: 0, comm: `swapper/${cpu}`, prio: 120 };
    return this.tasks[cpu];
  }

  /**
   * The task on whose account the event goes; a switch itself goes on that of the task that leaves. Undefined where the
   * source of the events does not know.
   */
  accountOf(event: TimelineEvent): TimelineTask | undefined {
    if (event.type === "switch") {
      this.tasks[event.cpu] = { ...event.next };
      return event.prev;
    }
    return event.context === "unknown" || event.cpu === undefined ? undefined : this.on(event.cpu);
  }
}
