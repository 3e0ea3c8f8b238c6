import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FEATURES, isDerived } from "../../model/features.ts";
import { InputError } from "../../traces/input-error.ts";
import { MIGRATION_TYPES, type TraceMetadata, type TraceRow, type TraceTable } from "../../traces/schema.ts";
import { TableBuilder } from "../../traces/table.ts";
import { filesUnder } from "../cache.ts";
import { cString, lostRecords, reasonOf, type Sidecar, settleThrottle } from "./decode-records.ts";
import { type EventFormat, eventFormat, fieldValue, pageEvents, type RawEvent } from "./trace-pages.ts";

/** What the patched kernel did in one call, beside the trace row. */
export interface KernelDecision {
  /** Feature words as the kernel saw them, by feature id. */
  words: BigUint64Array;
  /** In units of 2^-logitFrac. */
  logit: bigint;
  /** -1: no prediction in this call. */
  positive: -1 | 0 | 1;
  /** CFS's own answer; -1 when the call was refused before that question. */
  cfs: -1 | 0 | 1 | 2;
  usedFloat: boolean;
  mode: number;
  /** Installation number of the model. */
  serial: number;
  migration: number;
}

export interface EventRecording {
  table: TraceTable;
  /** One for each row of the table. */
  decisions: KernelDecision[];
}

/** Decodes a folder written by trace_events.py. Rows are in the order of their time stamps. */
export const decodeEvents = (folder: string, sidecar: Sidecar, meta: TraceMetadata): EventRecording =>
  new EventReader(folder).next({ ...meta, lostRecords: lostRecords(sidecar) });

/** Reads such a folder, also while it is still being written: what has been read is passed over the next time. */
export class EventReader {
  private readonly folder: string;
  private readonly call: EventFormat;
  private readonly detach: EventFormat;
  /** Bytes of each file that have been read. */
  private readonly done = new Map<string, number>();

  constructor(folder: string) {
    this.folder = folder;
    const format = (name: string) => eventFormat(readFileSync(join(folder, `${name}.format`), "utf8"));
    this.call = format("ml_can_migrate");
    this.detach = format("ml_detach");
    checkFeatures(this.call);
  }

  /** What has come since the last time, in the order of its time stamps. A detach whose call came before is not known of that. */
  next(meta: TraceMetadata): EventRecording {
    const rows: Decoded[] = [];
    for (const file of filesUnder(this.folder).filter((name) => /^[^/]+\.pages$/.test(name))) {
      const bytes = readFileSync(join(this.folder, file));
      const from = this.done.get(file) ?? 0;
      this.done.set(file, bytes.length);
      this.decodeCpu(bytes.subarray(from), join(this.folder, file), rows);
    }
    rows.sort((a, b) => a.row.ts - b.row.ts);
    const builder = new TableBuilder(rows.length);
    for (const { row } of rows) builder.append(row);
    return { table: builder.toTable(meta), decisions: rows.map(({ decision }) => decision) };
  }

  private decodeCpu(bytes: Buffer, file: string, rows: Decoded[]): void {
    const { call, detach } = this;
    let last: TraceRow | undefined; // of this CPU: a detach follows its call on the same CPU
    for (const event of pageEvents(bytes)) {
      if (event.id === call.id) {
        const decoded = decodeCall(event, call);
        rows.push(decoded);
        last = decoded.row;
      } else if (event.id === detach.id && last !== undefined) {
        const value = (name: string) => fieldValue(event.data, detach.fields.get(name)!);
        if (last.pid !== value("pid") || last.dst_cpu !== value("dst_cpu"))
          throw new InputError("a detach without its call", {
            file,
            found: `task ${value("pid")}`,
            expected: `task ${last.pid}, the last one asked for on that CPU`,
            hint: "Events were lost; give --buffer-kb a larger value",
          });
        last.detached = 1;
      }
    }
  }
}

interface Decoded {
  row: TraceRow;
  decision: KernelDecision;
}

/** The kernel's feature array must be the one this program knows. */
function checkFeatures(format: EventFormat): void {
  const size = format.fields.get("feature")?.size;
  if (size !== FEATURES.length * 8)
    throw new InputError("this kernel was patched by another version", {
      field: "feature",
      found: `${size} bytes`,
      expected: `${FEATURES.length * 8} bytes`,
      hint: "Run nicetries kernel build again",
    });
}

function decodeCall(event: RawEvent, format: EventFormat): Decoded {
  const { data } = event;
  const value = (name: string) => fieldValue(data, format.fields.get(name)!);
  const text = (name: string) => {
    const { offset, size } = format.fields.get(name)!;
    return cString(data.subarray(offset, offset + size));
  };
  const start = format.fields.get("feature")!.offset;
  const words = new BigUint64Array(FEATURES.length);
  const row = {} as TraceRow;
  for (const { id, name, type } of FEATURES) {
    const word = data.readBigUInt64LE(start + 8 * id);
    words[id] = word;
    if (!isDerived(name)) row[name] = Number(type === "s64" ? BigInt.asIntN(64, word) : word);
  }
  row.migration = value("migration");
  row.detached = 0;
  row.lb_migration_type = MIGRATION_TYPES[value("migration_type")] ?? "";
  row.sd_level = text("level");
  row.comm = text("comm");
  settleThrottle(row);
  row.reason = reasonOf(row);
  const decision: KernelDecision = {
    words,
    logit: data.readBigInt64LE(format.fields.get("logit")!.offset),
    positive: value("positive") as KernelDecision["positive"],
    cfs: value("cfs") as KernelDecision["cfs"],
    usedFloat: value("used_float") !== 0,
    mode: value("mode"),
    serial: value("serial"),
    migration: row.migration,
  };
  return { row, decision };
}
