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
const REAL_TIME: Scheduling = { policy: 0, nice: -20 };

/** The policy of global.default_policy. */
export function readDefaultPolicy(reader: TreeReader, entry: Entry, notes: string[]): Scheduling {
  return { nice: 0, ...readPolicy(reader, entry, notes) };
}

/**
 * policy, priority (nice for the fair class; workgen's files also say nice). SCHED_FIFO and SCHED_RR run as SCHED_OTHER
 * with nice -20 and a note; SCHED_DEADLINE is refused: its budget has no likeness in the fair class.
 */
export function readScheduling(
  reader: TreeReader,
  node: ObjectNode,
  notes: string[],
): Partial<Scheduling> | undefined {
  const policy = reader.last(node, "policy");
  const priority = reader.last(node, "nice") ?? reader.last(node, "priority");
  for (const key of ["util_min", "util_max", "dl-runtime", "dl-period", "dl-deadline"]) {
    const entry = reader.last(node, key);
    if (entry) notes.push(`${reader.file}:${entry.line}: ${key} is not modelled and has no effect`);
  }
  const result: Partial<Scheduling> = policy ? readPolicy(reader, policy, notes) : {};
  if (priority) {
    const value = reader.integer(priority, -20, 99);
    const realTime = result.nice === REAL_TIME.nice && policy !== undefined;
    if (!realTime) result.nice = value > 19 ? realTimePriority(reader, priority, notes) : value;
  }
  return policy || priority ? result : undefined;
}

function readPolicy(
  reader: TreeReader,
  entry: Entry,
  notes: string[],
): Partial<Scheduling> & { policy: number } {
  const name = reader.text(entry);
  const fair = FAIR.get(name);
  if (fair !== undefined) return { policy: fair };
  if (name === "SCHED_FIFO" || name === "SCHED_RR") {
    notes.push(
      `${reader.file}:${entry.line}: ${name} is not modelled; such tasks run as SCHED_OTHER with nice -20`,
    );
    return { ...REAL_TIME };
  }
  return reader.fail(
    "a scheduling policy that is not modelled",
    entry,
    "SCHED_OTHER, SCHED_BATCH, SCHED_IDLE (SCHED_FIFO and SCHED_RR approximately)",
    name,
  );
}

/** A priority above 19 can only be meant for a real-time policy (one set by default_policy). */
function realTimePriority(reader: TreeReader, entry: Entry, notes: string[]): number {
  notes.push(`${reader.file}:${entry.line}: a real-time priority runs as nice -20`);
  return REAL_TIME.nice;
}
