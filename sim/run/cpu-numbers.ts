import {
  STOPPER_PID,
  type TimelineEvent,
  type TimelineListener,
  type TimelineTask,
} from "../../traces/timeline.ts";

/**
 * Hands timeline events on with the kernel's CPU numbers in place of the simulator's, on chips whose numbers have gaps.
 * Decisions come with the numbers of source and destination already, as their rows do.
 */
export function withNumbers(numbers: readonly number[], listener: TimelineListener): TimelineListener {
  if (numbers.every((number, cpu) => number === cpu)) return listener;
  const task = (t: TimelineTask): TimelineTask => {
    if (t.pid >= STOPPER_PID) {
      const number = numbers[t.pid - STOPPER_PID];
      return { ...t, pid: STOPPER_PID + number, comm: `migration/${number}` };
    }
    const idle = t.pid === 0 && /^swapper\/(\d+)$/.exec(t.comm);
    return idle ? { ...t, comm: `swapper/${numbers[Number(idle[1])]}` } : t;
  };
  return (event) => listener(numbered(event, numbers, task));
}

function numbered(
  event: TimelineEvent,
  numbers: readonly number[],
  task: (t: TimelineTask) => TimelineTask,
): TimelineEvent {
  switch (event.type) {
    case "switch":
      return { ...event, cpu: numbers[event.cpu], prev: task(event.prev), next: task(event.next) };
    case "waking":
    case "wakeup":
      return {
        ...event,
        cpu: numbers[event.cpu],
        task: task(event.task),
        targetCpu: numbers[event.targetCpu],
      };
    case "migrate":
      return {
        ...event,
        cpu: numbers[event.cpu],
        task: task(event.task),
        origCpu: numbers[event.origCpu],
        destCpu: numbers[event.destCpu],
      };
    case "decision":
      return { ...event, cpu: event.cpu === undefined ? undefined : numbers[event.cpu] };
    case "group":
      return { ...event, cpu: numbers[event.cpu] };
    default:
      return { ...event, cpu: numbers[event.cpu], task: task(event.task) };
  }
}
