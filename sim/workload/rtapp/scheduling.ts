import type { Notes } from "../../notes.ts";
import type { Scheduling } from "./definition.ts";
import type { Entry, ObjectNode, TreeReader } from "./tree.ts";

/** Keys of a task or phase that say how it is scheduled. */
export const SCHEDULING_KEYS: ReadonlySet<string> = new Set([
  "policy",
  "priority",
  "nice",
  "util_min",
  "util_max",
  "dl-runtime",
  "dl-period",
  "dl-deadline",
]);

/** Values of the kernel's real-time policies. */
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;
const REAL_TIME = new Map([
  ["SCHED_FIFO", SCHED_FIFO],
  ["SCHED_RR", SCHED_RR],
]);

/** The priority that rt-app gives real-time threads which name none (DEFAULT_THREAD_PRIORITY). */
const DEFAULT_PRIORITY = 10;

/** Values of the kernel's policies of the fair class. */
const FAIR = new Map([
  ["SCHED_OTHER", 0],
  ["SCHED_NORMAL", 0],
  ["SCHED_BATCH", 3],
  ["SCHED_IDLE", 5],
]);

/** A policy by its name alone (global.default_policy): nice 0 where it is fair, priority 10 where it is real-time. */
export function readPolicy(reader: TreeReader, entry: Entry): Scheduling {
  const name = reader.text(entry);
  const fair = FAIR.get(name);
  if (fair !== undefined) return { policy: fair, nice: 0, rtPriority: 0 };
  const realTime = REAL_TIME.get(name);
  if (realTime !== undefined) return { policy: realTime, nice: 0, rtPriority: DEFAULT_PRIORITY };
  return reader.fail(
    "a scheduling policy that is not modelled",
    entry,
    [...FAIR.keys(), ...REAL_TIME.keys()].join(", "),
    name,
  );
}

/**
 * How a task or phase is scheduled that was scheduled like `before` until there: the default policy for a task, the
 * phase before (at first the task) for a phase. Undefined where it says nothing of it.
 *
 * As in rt-app, `priority` is what the policy makes of it, be the policy given here or before: a nice value for a fair
 * one, 1 to 99 for a real-time one; a policy without a priority starts over at its default. workgen's files also say
 * `nice`, which is none of a real-time policy's business. SCHED_DEADLINE is refused.
 */
export function readScheduling(
  reader: TreeReader,
  node: ObjectNode,
  before: Scheduling,
  notes: Notes,
): Scheduling | undefined {
  for (const key of ["util_min", "util_max", "dl-runtime", "dl-period", "dl-deadline"]) {
    const entry = reader.last(node, key);
    if (entry) notes.add(key, `${reader.file}:${entry.line}: ${key} is not modelled and has no effect`);
  }
  const policy = reader.last(node, "policy");
  const nice = reader.last(node, "nice");
  const priority = nice ?? reader.last(node, "priority");
  if (!policy && !priority) return undefined;
  const base = policy ? readPolicy(reader, policy) : before;
  if (!priority) return base;
  if (base.rtPriority === 0)
    return { ...base, nice: reader.integer(priority, -20, 19, "(nice: the policy is a fair one)") };
  if (nice) return base;
  return { ...base, rtPriority: reader.integer(priority, 1, 99, "(the policy is a real-time one)") };
}
