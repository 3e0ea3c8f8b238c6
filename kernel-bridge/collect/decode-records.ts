import { forcedBeforeOf } from "../../traces/forced-before.ts";
import { InputError } from "../../traces/input-error.ts";
import type { Reason, TraceMetadata, TraceRow, TraceTable } from "../../traces/schema.ts";
import { TableBuilder } from "../../traces/table.ts";
import { KIND_CALL, KIND_DETACH, RECORD, SIGNED_FIELDS, UNSIGNED_FIELDS } from "./record-layout.ts";

/** One reading of the machine's counters. */
export interface Statistics {
  schedstat: string;
  /** s */
  time: number;
  /** How long the threads of the command's own process have run, and those that live have waited, ns. */
  own: { run: number; wait: number };
}

/** What schedule.py has counted. */
export interface ScheduleCounts {
  /** Events overwritten or dropped. */
  lost: number;
}

/** What the collector writes beside its records (collector.json), as far as it is used here. */
export interface Sidecar {
  collector: "bcc" | "tracepoint";
  label: string;
  constants: {
    idle: Record<string, number>;
    migration_type: Record<string, number>;
    SD_SHARE_CPUCAPACITY: number;
    LBF_ACTIVE_LB: number;
  };
  counts: Record<string, number>;
  nmissed: Record<string, number>;
  before: Statistics;
  after: Statistics;
  command: string[];
  exitCode: number;
  kernel: string;
  chip: string;
  cpus: number;
  tunables: Record<string, number>;
  domains: { name: string; cache_nice_tries: string }[];
  /** Where the schedule was recorded, too. */
  schedule?: ScheduleCounts;
}

/**
 * Turns the collector's records into a trace. A call's `detached` is 1 when a detach record follows for the same CPU
 * and call number, which always comes later in the ring buffer than the call itself. `task_forced_before` follows from the rows, and
 * is unknown where some were lost.
 *
 * Losses: records that did not fit into the ring buffer, calls the probes missed, and returns without entry.
 */
export function decodeRecords(bytes: Buffer, sidecar: Sidecar, meta: TraceMetadata): TraceTable {
  if (bytes.length % RECORD.size !== 0)
    throw new InputError("the record file is cut off or of another version", {
      found: `${bytes.length} bytes`,
      expected: `a multiple of ${RECORD.size}`,
    });
  const at = (start: number, field: string) => start + RECORD.fields.get(field)!;
  const unsigned = (start: number, field: string) => Number(bytes.readBigUInt64LE(at(start, field)));
  const signed = (start: number, field: string) => Number(bytes.readBigInt64LE(at(start, field)));
  const text = (start: number, field: string) => {
    const { offset, length } = RECORD.texts.get(field)!;
    return cString(bytes.subarray(start + offset, start + offset + length));
  };
  const { constants } = sidecar;
  const migrationTypes = new Map(
    Object.entries(constants.migration_type).map(([name, value]) => [value, name]),
  );

  const detached = new Set<number>();
  const key = (start: number) => unsigned(start, "seq") * 4096 + unsigned(start, "cpu");
  for (let start = 0; start < bytes.length; start += RECORD.size)
    if (unsigned(start, "kind") === KIND_DETACH) detached.add(key(start));

  const builder = new TableBuilder(bytes.length / RECORD.size);
  const row = {} as TraceRow;
  for (let start = 0; start < bytes.length; start += RECORD.size) {
    const kind = unsigned(start, "kind");
    if (kind === KIND_DETACH) continue;
    if (kind !== KIND_CALL)
      throw new InputError("a record of an unknown kind", { found: kind, expected: "1 or 2" });
    for (const name of UNSIGNED_FIELDS) row[name] = unsigned(start, name);
    for (const name of SIGNED_FIELDS) row[name] = signed(start, name);
    const idle = unsigned(start, "idle");
    row.cpu_idle = Number(idle === constants.idle.CPU_IDLE);
    row.cpu_newly_idle = Number(idle === constants.idle.CPU_NEWLY_IDLE);
    row.task_nice = unsigned(start, "static_prio") - 120;
    row.lb_active = Number((unsigned(start, "lb_flags") & constants.LBF_ACTIVE_LB) !== 0);
    row.sd_share_capacity = Number((unsigned(start, "sd_flags") & constants.SD_SHARE_CPUCAPACITY) !== 0);
    row.lb_migration_type = migrationTypes.get(unsigned(start, "migration_type")) ?? "";
    row.sd_level = text(start, "level");
    row.comm = text(start, "comm");
    const returned = signed(start, "returned");
    row.migration = returned === 0 ? 0 : returned === 2 || unsigned(start, "hot") === 1 ? 2 : 1;
    row.detached = Number(detached.has(key(start)));
    settleThrottle(row);
    row.reason = reasonOf(row);
    builder.append(row);
  }
  const table = builder.toTable({ ...meta, lostRecords: lostRecords(sidecar) });
  // a stock kernel does not keep it
  table.numeric.task_forced_before = forcedBeforeOf(table) ?? table.numeric.task_forced_before;
  return table;
}

/**
 * The collectors ask throttled_lb_pair() a moment before can_migrate_task() does, which holds the lock of the source only: the
 * destination's group may have got run time in between. Who may migrate was found not to be throttled.
 */
export function settleThrottle(row: TraceRow): void {
  if (row.migration > 0 && row.task_throttled === 1) row.task_throttled = 0;
}

/** Which branch of can_migrate_task() a call left through, in the order in which Linux 6.1 asks. */
export function reasonOf(row: Readonly<TraceRow>): Reason {
  if (row.migration === 2) return "forced";
  if (row.migration === 1) return row.lb_active === 1 ? "active" : "cold";
  if (row.task_throttled === 1) return "throttled";
  if (row.task_percpu_kthread === 1) return "percpu_kthread";
  if (row.task_affine === 0) return "affinity";
  if (row.task_running === 1) return "running";
  return "hot_refused";
}

/** Everything that may be missing from the rows; a lost record is never a zero. */
export function lostRecords(sidecar: Sidecar): number {
  const { counts, nmissed } = sidecar;
  const missed = Object.values(nmissed).reduce((sum, n) => sum + n, 0);
  return (counts.dropped ?? 0) + (counts.unmatched ?? 0) + (counts.lost ?? 0) + missed;
}

/** Text up to the first NUL. Names of tasks are bytes; what is not UTF-8 is replaced. */
export function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}
