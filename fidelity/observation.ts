import type { Schedstat } from "../traces/schedstat.ts";
import type { TraceTable } from "../traces/schema.ts";

/** One run of a workload, simulated or recorded: all that the metrics are computed from. */
export interface Observation {
  /** How long it was observed, of its own time. */
  seconds: number;
  /** Its can_migrate_task() calls. */
  decisions: TraceTable;
  /** What /proc/schedstat counted meanwhile. */
  counted: Schedstat;
  /** CPU time of the workload's own tasks and their waiting for a CPU, ns. */
  own: { runNs: number; waitNs: number };
  /** Names of the domain levels, from the lowest up. */
  levels: readonly string[];
  /** Tells the workload's own tasks by name from others of the machine; without it all are its own. */
  isOwn?: (comm: string) => boolean;
}

/** What the kernel keeps of a task's name. */
const COMM_LENGTH = 15;

/**
 * Tells tasks by their names in a workload: threads of rt-app bear the name of their task, which the simulator numbers
 * (hog-3), and the kernel cuts it off.
 */
export function ownTasks(names: Iterable<string>): (comm: string) => boolean {
  const own = new Set(Array.from(names, (name) => name.slice(0, COMM_LENGTH)));
  return (comm) => own.has(comm) || own.has(comm.replace(/(-\d+)+$/, ""));
}
