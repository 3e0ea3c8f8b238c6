import type { EventDefinition, RtAppDefinition, TaskDefinition } from "./definition.ts";

/**
 * The shortest time in which all tasks of a file can have ended, ns, each on a CPU of its own and never waiting;
 * Infinity where some task never ends, forks go on for ever, or there is no task whose end could be waited for.
 */
export function shortestRun({ tasks }: RtAppDefinition): number {
  const byName = new Map<string, TaskDefinition>();
  for (const task of tasks) if (!byName.has(task.name)) byName.set(task.name, task);
  /** Undefined while the task is being looked at: a fork that comes back to it has no end. */
  const known = new Map<TaskDefinition, number | undefined>();
  const pending = tasks.filter((t) => t.instances > 0);
  if (pending.length === 0) return Number.POSITIVE_INFINITY;
  let longest = 0;
  for (const start of pending) {
    // A stack of its own: chains of forks are as long as the file likes.
    const stack: { task: TaskDefinition; children: TaskDefinition[] }[] = [];
    const enter = (task: TaskDefinition) => {
      known.set(task, undefined);
      stack.push({ task, children: forked(task).map((name) => byName.get(name)!) });
    };
    if (!known.has(start)) enter(start);
    while (stack.length > 0) {
      const { task, children } = stack[stack.length - 1];
      const child = children.pop();
      if (child) {
        if (!known.has(child)) enter(child);
        else if (known.get(child) === undefined) return Number.POSITIVE_INFINITY;
        continue;
      }
      stack.pop();
      const ns = ownTime(task);
      known.set(task, ns);
      longest = Math.max(longest, ns);
    }
  }
  return longest;
}

const forked = ({ phases }: TaskDefinition): string[] => [
  ...new Set(phases.flatMap(({ events }) => events.flatMap((e) => (e.kind === "fork" ? [e.name] : [])))),
];

function ownTime(task: TaskDefinition): number {
  const rounds = (count: number) => (count < 0 ? Number.POSITIVE_INFINITY : count);
  let round = 0;
  for (const phase of task.phases) {
    let ns = 1; // events take some time, so that what goes on for ever does not count as nothing
    for (const e of phase.events) ns += leastTime(e);
    round += rounds(phase.loop) * ns;
  }
  return task.delayNs + (task.loop === 0 ? 0 : rounds(task.loop) * round);
}

/** What an event takes at least, ns: of memory and timers only whether they go on for ever. */
function leastTime(e: EventDefinition): number {
  switch (e.kind) {
    case "run":
    case "runtime":
    case "sleep":
      return e.ns;
    case "timer":
      return Number.isFinite(e.ns) ? 0 : e.ns;
    case "mem":
    case "iorun":
      return Number.isFinite(e.bytes) ? 0 : e.bytes;
    case "memrun":
      return Number.isFinite(e.count) ? 0 : e.count;
    default:
      return 0;
  }
}
