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

/** Values of the kernel's policies of the fair class. */
const FAIR = new Map([
  ["SCHED_OTHER", 0],
  ["SCHED_NORMAL", 0],
  ["SCHED_BATCH", 3],
  ["SCHED_IDLE", 5],
]);

/** What stands in for the real-time classes, which are not modelled: the heaviest fair task. */
const REAL_TIME: Scheduling = { policy: 0, nice: -20, realTime: true };

/** A policy by its name alone (global.default_policy): nice 0 where it is fair. */
export function readPolicy(reader: TreeReader, entry: Entry, notes: Notes): Scheduling {
  const name = reader.text(entry);
  const fair = FAIR.get(name);
  if (fair !== undefined) return { policy: fair, nice: 0, realTime: false };
  if (name === "SCHED_FIFO" || name === "SCHED_RR") {
    notes.add(
      "real-time policy",
      `${reader.file}:${entry.line}: ${name} is not modelled; such tasks run as SCHED_OTHER with nice -20`,
    );
    return REAL_TIME;
  }
  return reader.fail(
    "a scheduling policy that is not modelled",
    entry,
    "SCHED_OTHER, SCHED_BATCH, SCHED_IDLE (SCHED_FIFO and SCHED_RR approximately)",
    name,
  );
}

/**
 * How a task or phase is scheduled that was scheduled like `before` until there: the default policy for a task, the
 * phase before (at first the task) for a phase. Undefined where it says nothing of it.
 *
 * As in rt-app, `priority` is what the policy makes of it, be the policy given here or before: a nice value for a fair
 * one, 1 to 99 for a real-time one; a policy without a priority starts over at its default, nice 0. workgen's files also
 * say `nice`. SCHED_FIFO and SCHED_RR run as SCHED_OTHER with nice -20 whatever their priority, and a note says so;
 * SCHED_DEADLINE is refused: its budget has no likeness in the fair class.
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
  const base = policy ? readPolicy(reader, policy, notes) : before;
  if (!priority) return base;
  if (!base.realTime)
    return { ...base, nice: reader.integer(priority, -20, 19, "(nice: the policy is a fair one)") };
  if (!nice) reader.integer(priority, 1, 99, "(the policy is a real-time one)");
  return base;
}
