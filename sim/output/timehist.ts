import type { TimelineEvent, TimelineListener } from "../../traces/timeline.ts";
import { msCut, seconds } from "./ms.ts";

const HEADER = `           time    cpu  task name                       wait time  sch delay   run time
                        [pid]                              (msec)     (msec)     (msec)
--------------- ------  ------------------------------  ---------  ---------  ---------
`;

interface TaskTimes {
  /** When it left the CPU last, became runnable last, came to the CPU last; ns, -1 = never. */
  out: number;
  runnable: number;
  in: number;
}

/**
 * The listing of `perf sched timehist`: a line whenever a task leaves a CPU, with the time it had been off the CPU
 * before (wait time), the part of it spent runnable after a wake-up (sch delay), and how long it ran.
 */
export function timehist(write: (text: string) => void): TimelineListener {
  const tasks = new Map<number, TaskTimes>();
  const of = (pid: number): TaskTimes => {
    let times = tasks.get(pid);
    if (!times) {
      times = { out: -1, runnable: -1, in: -1 };
      tasks.set(pid, times);
    }
    return times;
  };
  write(HEADER);
  return (event: TimelineEvent) => {
    if (event.type === "wakeup") of(event.task.pid).runnable = event.time;
    if (event.type !== "switch") return;
    const { time, cpu, prev, next } = event;
    if (prev.pid !== 0) {
      const t = of(prev.pid);
      const cameIn = t.in < 0 ? time : t.in;
      const wait = t.out < 0 ? 0 : cameIn - t.out;
      const delay = t.runnable < 0 || t.runnable < t.out ? 0 : cameIn - t.runnable;
      const name = `${prev.comm}[${prev.pid}]`;
      write(
        `${seconds(time).padStart(15)} [${String(cpu).padStart(4, "0")}]  ${name.padEnd(30)}  ${msCut(wait).padStart(9)}  ${msCut(delay).padStart(9)}  ${msCut(time - cameIn).padStart(9)}\n`,
      );
      if (event.prevState === "X") tasks.delete(prev.pid);
      else {
        t.out = time;
        t.in = -1;
        t.runnable = -1;
      }
    }
    if (next.pid !== 0) of(next.pid).in = time;
  };
}
