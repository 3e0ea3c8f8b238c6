import type { TimelineContext, TimelineTask } from "../timeline.ts";
import { type Claim, type ScheduleClaim, UNKNOWN_PID, UNKNOWN_PRIO } from "./claim.ts";
import type { Names } from "./names.ts";
import { Message } from "./perfetto-message.ts";
import { stateOfBits } from "./task-state.ts";

/** Numbers of fields of FtraceEvent (perfetto.dev, protos/perfetto/trace/ftrace). */
const [TIMESTAMP, PID, COMMON_FLAGS] = [1, 2, 5];

/** TRACE_FLAG_HARDIRQ, TRACE_FLAG_SOFTIRQ and TRACE_FLAG_NMI (include/linux/trace_events.h). */
const HARDIRQ = 0x08 | 0x40;
const SOFTIRQ = 0x10;

export function contextOf(flags: number | undefined): TimelineContext | undefined {
  if (flags === undefined) return undefined;
  if (flags & HARDIRQ) return "hardirq";
  return flags & SOFTIRQ ? "softirq" : undefined;
}

/** The messages FtraceEvent of one CPU, as claims. */
export class PerfettoEvents {
  private readonly cpu: number;
  private readonly sinceBase: (high: number, low: number) => number;
  private readonly names: Names;
  private readonly event = new Message();
  private readonly fields = new Message();

  constructor(cpu: number, sinceBase: (high: number, low: number) => number, names: Names) {
    this.cpu = cpu;
    this.sinceBase = sinceBase;
    this.names = names;
  }

  /**
   * The claim of the event that lies there; undefined for one that says nothing of schedules.
   * @throws RangeError where the bytes are no message
   */
  claim(bytes: Buffer, from: number, to: number): Claim | undefined {
    const { event, fields, cpu } = this;
    event.read(bytes, from, to);
    const read = KINDS[event.part];
    if (!read || !event.has(TIMESTAMP)) return undefined;
    fields.read(bytes, event.partFrom, event.partTo);
    const flags = event.has(COMMON_FLAGS) ? event.int(COMMON_FLAGS, 0) : undefined;
    return read(this, {
      time: this.sinceBase(event.highOf(TIMESTAMP), event.lowOf(TIMESTAMP)),
      cpu,
      account: event.int(PID, UNKNOWN_PID),
      context: contextOf(flags),
      noFlags: flags === undefined,
    });
  }

  /** A field that is an integer. */
  int(number: number, otherwise = 0): number {
    return this.fields.int(number, otherwise);
  }

  task(comm: number, pid: number, prio?: number, unknownPid = UNKNOWN_PID): TimelineTask {
    const { names, fields } = this;
    const priority = prio === undefined ? UNKNOWN_PRIO : fields.int(prio, UNKNOWN_PRIO);
    return names.task(
      fields.int(pid, unknownPid),
      fields.bytes,
      fields.from(comm),
      fields.to(comm),
      priority,
    );
  }
}

interface Said {
  time: number;
  cpu: number;
  account: number;
  context: TimelineContext | undefined;
  noFlags: boolean;
}

type Reader = (fields: PerfettoEvents, said: Said) => Claim;

const switched: Reader = (fields, { time, cpu, account }) => ({
  type: "switch",
  time,
  cpu,
  prev: fields.task(1, 2, 3, 0),
  prevState: stateOfBits(fields.int(4)),
  next: fields.task(5, 6, 7, 0),
  account,
});

const woken =
  (type: "waking" | "wakeup", isNew = false): Reader =>
  (fields, { time, cpu, account, context, noFlags }) => {
    const said = { time, cpu, task: fields.task(1, 2, 3), targetCpu: fields.int(5), context, account };
    const claim: ScheduleClaim = type === "waking" ? { type, ...said } : { type, ...said, isNew };
    if (noFlags) claim.yields = "cause";
    return claim;
  };

const ended =
  (type: "exit" | "free", prio: number): Reader =>
  (fields, { time, cpu, account, context }) => ({
    type,
    time,
    cpu,
    task: fields.task(1, 2, prio),
    context,
    account,
  });

const interrupt =
  (what: "device" | undefined): Reader =>
  (_, { time, cpu }) => ({ type: "interrupt", time, cpu, what });

/** By the number of their field in FtraceEvent; the numbers in them are those of their own fields. */
const KINDS: Reader[] = [];
KINDS[4] = switched;
KINDS[11] = (fields, { time }) => ({ type: "frequency", time, cpu: fields.int(2), khz: fields.int(1) >>> 0 });
KINDS[17] = woken("wakeup");
KINDS[20] = woken("waking");
KINDS[36] = interrupt("device");
KINDS[37] = interrupt(undefined);
KINDS[114] = woken("wakeup", true);
/** task_newtask */
KINDS[235] = (fields, { time, cpu, account, context }) => ({
  type: "newtask",
  time,
  cpu,
  task: fields.task(2, 1),
  context,
  account,
});
/** task_rename */
KINDS[236] = (fields, { time, cpu }) => {
  const { pid, comm } = fields.task(3, 1);
  return { type: "rename", time, cpu, task: { pid, comm } };
};
KINDS[238] = ended("exit", 4);
/** sched_process_fork */
KINDS[239] = (fields, { time, cpu, account, context }) => {
  const parent = fields.int(2, UNKNOWN_PID);
  const said = { time, cpu, task: fields.task(3, 4), context, account };
  return { type: "newtask", ...said, parent: parent === UNKNOWN_PID ? undefined : parent };
};
KINDS[240] = ended("free", 3);
/** sched_migrate_task */
KINDS[491] = (fields, { time, cpu, account, context }) => ({
  type: "migrate",
  time,
  cpu,
  task: fields.task(1, 2, 3),
  origCpu: fields.int(4),
  destCpu: fields.int(5),
  context,
  account,
});
