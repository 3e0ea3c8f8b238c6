import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import type { Reason, TraceMetadata, TraceRow, TraceTable } from "../../traces/schema.ts";
import { TableBuilder } from "../../traces/table.ts";
import { BRIDGE } from "../cache.ts";

/** Layout of `struct record` in record.h: its u64 fields in order, then its character arrays. */
export interface RecordLayout {
  fields: Map<string, number>;
  texts: Map<string, { offset: number; length: number }>;
  size: number;
}

/** Reads the layout from the C header that the BPF program includes, so that the two cannot drift apart. */
export function recordLayout(
  header = readFileSync(join(BRIDGE, "collect", "record.h"), "utf8"),
): RecordLayout {
  const body = /struct record \{([\s\S]*?)\n\};/.exec(header)?.[1] ?? "";
  const fields = new Map<string, number>();
  const texts = new Map<string, { offset: number; length: number }>();
  let size = 0;
  for (const [, type, name, length] of body.matchAll(/^\s*(u64|char) (\w+)(?:\[(\d+)\])?;/gm)) {
    if (type === "u64") {
      fields.set(name, size);
      size += 8;
    } else {
      texts.set(name, { offset: size, length: Number(length) });
      size += Number(length);
    }
  }
  return { fields, texts, size };
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
  before: { schedstat: string; time: number };
  after: { schedstat: string; time: number };
  command: string[];
  exitCode: number;
  kernel: string;
  chip: string;
  cpus: number;
  tunables: Record<string, number>;
  domains: { name: string; cache_nice_tries: string }[];
}

const KIND_CALL = 1;
const KIND_DETACH = 2;

/** Fields copied as unsigned numbers under their own name. */
const PLAIN = [
  ...["pid", "ts", "task_load_avg", "task_util_avg", "task_nr_migrations", "start_runtime"],
  ...["dst_rq_load", "dst_rq_load_avg", "dst_rq_nr_running", "dst_rq_util_avg"],
  ...["src_rq_load", "src_rq_load_avg", "src_rq_nr_running", "src_rq_util_avg"],
  ...["sd_cache_nice_tries", "sd_nr_balance_failed", "src_cpu", "dst_cpu"],
  ...[
    "task_running",
    "task_affine",
    "task_throttled",
    "task_percpu_kthread",
    "task_buddy",
    "task_policy",
    "lb_loop",
  ],
] as const satisfies readonly (keyof TraceRow)[];

/** u64 fields that hold a signed value. */
const SIGNED = ["task_vruntime", "imbalance", "delta"] as const satisfies readonly (keyof TraceRow)[];

/**
 * Turns the collector's records into a trace. A call's `detached` is 1 when a detach record follows for the same CPU
 * and call number, which always comes later in the ring buffer than the call itself.
 *
 * Losses: records that did not fit into the ring buffer, calls the probes missed, and returns without entry.
 */
export function decodeRecords(bytes: Buffer, sidecar: Sidecar, meta: TraceMetadata): TraceTable {
  const layout = recordLayout();
  if (bytes.length % layout.size !== 0)
    throw new InputError("the record file is cut off or of another version", {
      found: `${bytes.length} bytes`,
      expected: `a multiple of ${layout.size}`,
    });
  const at = (start: number, field: string) => start + layout.fields.get(field)!;
  const unsigned = (start: number, field: string) => Number(bytes.readBigUInt64LE(at(start, field)));
  const signed = (start: number, field: string) => Number(bytes.readBigInt64LE(at(start, field)));
  const text = (start: number, field: string) => {
    const { offset, length } = layout.texts.get(field)!;
    return cString(bytes.subarray(start + offset, start + offset + length));
  };
  const { constants } = sidecar;
  const migrationTypes = new Map(
    Object.entries(constants.migration_type).map(([name, value]) => [value, name]),
  );

  const detached = new Set<number>();
  const key = (start: number) => unsigned(start, "seq") * 4096 + unsigned(start, "cpu");
  for (let start = 0; start < bytes.length; start += layout.size)
    if (unsigned(start, "kind") === KIND_DETACH) detached.add(key(start));

  const builder = new TableBuilder(bytes.length / layout.size);
  const row = {} as TraceRow;
  for (let start = 0; start < bytes.length; start += layout.size) {
    const kind = unsigned(start, "kind");
    if (kind === KIND_DETACH) continue;
    if (kind !== KIND_CALL)
      throw new InputError("a record of an unknown kind", { found: kind, expected: "1 or 2" });
    for (const name of PLAIN) row[name] = unsigned(start, name);
    for (const name of SIGNED) row[name] = signed(start, name);
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
    row.reason = reasonOf(row);
    builder.append(row);
  }
  return builder.toTable({ ...meta, lostRecords: lostRecords(sidecar) });
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
