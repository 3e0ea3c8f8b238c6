import { mkdirSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { decodeSchedule, scheduleBytes } from "../../kernel-bridge/collect/decode-schedule.ts";
import { readRecording, recordingAt } from "../../lab/recording/read-recording.ts";
import { hardware } from "../../sim/chip/hardware.ts";
import { scratchFolder } from "../traces/support.ts";

/** A field of an event: its type in C, its name, its bytes. */
type Field = [type: string, name: string, size: number];

const COMMON: Field[] = [
  ["unsigned short", "common_type", 2],
  ["unsigned char", "common_flags", 1],
  ["unsigned char", "common_preempt_count", 1],
  ["int", "common_pid", 4],
];
const comm = (name: string): Field => ["char", name, 16];
const int = (name: string): Field => ["int", name, 4];

/** The fields of Linux 6.1. */
const EVENTS: Record<string, { id: number; fields: Field[] }> = {
  sched_switch: {
    id: 314,
    fields: [
      ...[comm("prev_comm"), int("prev_pid"), int("prev_prio")],
      ["long", "prev_state", 8],
      ...[comm("next_comm"), int("next_pid"), int("next_prio")],
    ],
  },
  sched_waking: { id: 317, fields: [comm("comm"), int("pid"), int("prio"), int("target_cpu")] },
  sched_wakeup_new: { id: 315, fields: [comm("comm"), int("pid"), int("prio"), int("target_cpu")] },
  sched_migrate_task: {
    id: 313,
    fields: [comm("comm"), int("pid"), int("prio"), int("orig_cpu"), int("dest_cpu")],
  },
  sched_process_fork: {
    id: 308,
    fields: [comm("parent_comm"), int("parent_pid"), comm("child_comm"), int("child_pid")],
  },
  sched_process_exit: { id: 310, fields: [comm("comm"), int("pid"), int("prio")] },
};

function layout(fields: Field[]): Map<string, { offset: number; size: number }> {
  const places = new Map<string, { offset: number; size: number }>();
  let at = 0;
  for (const [, name, size] of [...COMMON, ...fields]) {
    if (size === 8) at = Math.ceil(at / 8) * 8;
    places.set(name, { offset: at, size });
    at += size;
  }
  return places;
}

function formatText(name: string): string {
  const { id, fields } = EVENTS[name];
  const places = layout(fields);
  const lines = [...COMMON, ...fields].map(([type, field]) => {
    const { offset, size } = places.get(field)!;
    const array = type === "char" ? "[16]" : "";
    return `\tfield:${type} ${field}${array};\toffset:${offset};\tsize:${size};\tsigned:${type.startsWith("u") ? 0 : 1};\n`;
  });
  return `name: ${name}\nID: ${id}\nformat:\n${lines.join("")}\nprint fmt: ""\n`;
}

type Values = Record<string, number | string>;

/** One CPU's page: events with their times, ns. */
function page(events: [time: number, name: string, values: Values][]): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeBigUInt64LE(BigInt(events[0][0]), 0);
  let at = 16;
  let last = events[0][0];
  for (const [time, name, values] of events) {
    const { id, fields } = EVENTS[name];
    const places = layout(fields);
    const length = Math.ceil(Math.max(...[...places.values()].map((p) => p.offset + p.size)) / 4) * 4;
    bytes.writeUInt32LE(((time - last) << 5) | (length / 4), at);
    last = time;
    for (const [field, value] of Object.entries({ common_type: id, ...values })) {
      const { offset, size } = places.get(field)!;
      if (typeof value === "string") bytes.write(value, at + 4 + offset, "latin1");
      else if (size === 8) bytes.writeBigInt64LE(BigInt(value), at + 4 + offset);
      else bytes.writeIntLE(value, at + 4 + offset, size);
    }
    at += 4 + length;
  }
  bytes.writeUInt32LE(at - 16, 8);
  return bytes;
}

describe("a schedule recorded beside decisions", () => {
  const scratch = scratchFolder();
  const sh = { prev_comm: "sh", prev_pid: 7, prev_prio: 120 };
  const idle = { next_comm: "swapper/0", next_pid: 0, next_prio: 120 };

  function recorded(lost: number) {
    mkdirSync(scratch("schedule"), { recursive: true });
    for (const name of Object.keys(EVENTS))
      writeFileSync(scratch(`schedule/${name}.format`), formatText(name));
    writeFileSync(
      scratch("schedule/cpu0.pages"),
      page([
        [
          1_000_000_001,
          "sched_process_fork",
          { common_pid: 7, parent_comm: "sh", parent_pid: 7, child_comm: "sh", child_pid: 8 },
        ],
        [
          1_000_000_100,
          "sched_wakeup_new",
          { common_pid: 7, common_flags: 1, comm: "sh", pid: 8, prio: 120, target_cpu: 1 },
        ],
        [1_000_002_000, "sched_switch", { common_pid: 7, common_flags: 1, ...sh, prev_state: 1, ...idle }],
        [
          1_000_900_000,
          "sched_waking",
          { common_pid: 0, common_flags: 1 + 8, comm: "sh", pid: 7, prio: 120, target_cpu: 0 },
        ],
      ]),
    );
    writeFileSync(
      scratch("schedule/cpu1.pages"),
      page([
        [
          1_000_001_000,
          "sched_switch",
          {
            ...{
              common_pid: 0,
              common_flags: 5,
              prev_comm: "swapper/1",
              prev_pid: 0,
              prev_prio: 120,
              prev_state: 0,
            },
            ...{ next_comm: "sh", next_pid: 8, next_prio: 120 },
          },
        ],
        [1_000_500_000, "sched_process_exit", { common_pid: 8, comm: "sh", pid: 8, prio: 120 }],
        [
          1_000_500_500,
          "sched_switch",
          {
            common_pid: 8,
            ...sh,
            prev_pid: 8,
            prev_state: 0x110,
            next_comm: "swapper/1",
            next_pid: 0,
            next_prio: 120,
          },
        ],
      ]),
    );
    return decodeSchedule(scratch("schedule"), { lost });
  }

  it("is text of ftrace: all CPUs in the order of time, whole nanoseconds, the kernel's words", () => {
    const { text, events } = recorded(0);
    expect(events).to.equal(7);
    const rows = text.split("\n").filter((line) => !line.startsWith("#"));
    expect(rows.map((row) => row.trim().replace(/ {2,}/g, " "))).to.deep.equal([
      "<...>-7 [000] .... 1.000000001: sched_process_fork: comm=sh pid=7 child_comm=sh child_pid=8",
      "<...>-7 [000] d... 1.000000100: sched_wakeup_new: comm=sh pid=8 prio=120 target_cpu=001",
      "<idle>-0 [001] dN.. 1.000001000: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=sh next_pid=8 next_prio=120",
      "sh-7 [000] d... 1.000002000: sched_switch: prev_comm=sh prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=swapper/0 next_pid=0 next_prio=120",
      "sh-8 [001] .... 1.000500000: sched_process_exit: comm=sh pid=8 prio=120",
      "sh-8 [001] .... 1.000500500: sched_switch: prev_comm=sh prev_pid=8 prev_prio=120 prev_state=X+ ==> next_comm=swapper/1 next_pid=0 next_prio=120",
      "<idle>-0 [000] d.h. 1.000900000: sched_waking: comm=sh pid=7 prio=120 target_cpu=000",
      "",
    ]);
  });

  it("is read as a recording, packed or not, with what was lost", async () => {
    const schedule = recorded(3);
    for (const name of ["s.ftrace", "s.ftrace.gz"])
      writeFileSync(scratch(name), scheduleBytes(name, schedule, true));
    expect(gunzipSync(scheduleBytes("s.gz", schedule, false)).toString("latin1")).to.equal(schedule.text);
    const recording = recordingAt(scratch("s.ftrace.gz"))!;
    expect(recording.virtualTime).to.equal(true);
    const { summary, replay } = await readRecording(recording, {
      hardware: hardware(),
    });
    expect(summary).to.include({ format: "ftrace", cpus: 2, switches: 3, wakeups: 2, lost: 3 });
    expect(replay.causes).to.include({ fork: 1, interrupt: 1 });
  });
});
