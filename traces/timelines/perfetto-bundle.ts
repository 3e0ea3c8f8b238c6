import protobuf from "protobufjs";
import { CompactSched as CompactSchedType } from "../export/perfetto-schema.ts";
import type { TimelineTask } from "../timeline.ts";
import { type Claim, UNKNOWN_PID, UNKNOWN_PRIO } from "./claim.ts";
import type { Names, Tasks } from "./names.ts";
import { contextOf, PerfettoEvents } from "./perfetto-event.ts";
import { stateOfBits } from "./task-state.ts";

/** What protobufjs makes of 64 bits. */
type Wide = number | { low: number; high: number };

interface CompactSched {
  switchTimestamp: Wide[];
  switchPrevState: Wide[];
  switchNextPid: number[];
  switchNextPrio: number[];
  internTable: string[];
  switchNextCommIndex: number[];
  wakingTimestamp: Wide[];
  wakingPid: number[];
  wakingTargetCpu: number[];
  wakingPrio: number[];
  wakingCommIndex: number[];
  wakingCommonFlags: number[];
}

/** Tags of FtraceEventBundle: numbers of fields and types of what is in them. */
const EVENT = (2 << 3) | 2;
const LOST_EVENTS = 3 << 3;
const COMPACT_SCHED = (4 << 3) | 2;

const UNKNOWN_TASK: TimelineTask = { pid: UNKNOWN_PID, comm: "", prio: UNKNOWN_PRIO };

/** The bundles of one CPU, in their order, as claims. */
export class CpuBundles {
  private readonly cpu: number;
  private readonly sinceBase: (high: number, low: number) => number;
  private readonly tasks: Tasks;
  private readonly events: PerfettoEvents;
  /** Who came to the CPU last: compact switches do not say who leaves. */
  private current: TimelineTask = UNKNOWN_TASK;

  /** @param sinceBase Makes ns of a 64-bit time. */
  constructor(
    cpu: number,
    sinceBase: (high: number, low: number) => number,
    { names, tasks }: { names: Names; tasks: Tasks },
  ) {
    this.cpu = cpu;
    this.sinceBase = sinceBase;
    this.tasks = tasks;
    this.events = new PerfettoEvents(cpu, sinceBase, names);
  }

  /** The claims of the next bundle, in the order of their times. */
  claims(message: Uint8Array): Claim[] {
    const claims: Claim[] = [];
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    const reader = protobuf.Reader.create(bytes);
    let lostEvents = false;
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === EVENT) {
        const length = reader.uint32();
        const from = reader.pos;
        reader.skip(length);
        const claim = this.events.claim(bytes, from, reader.pos);
        if (claim) claims.push(claim);
      } else if (tag === COMPACT_SCHED) this.compact(compactAt(reader), claims);
      else if (tag === LOST_EVENTS) lostEvents = reader.bool();
      else reader.skipType(tag & 7);
    }
    claims.sort((a, b) => a.time - b.time);
    for (const claim of claims) this.complete(claim);
    if (lostEvents && claims.length > 0)
      claims.unshift({ type: "loss", time: claims[0].time, cpu: this.cpu, events: undefined });
    return claims;
  }

  private compact(sched: CompactSched, claims: Claim[]): void {
    const { cpu } = this;
    const { internTable: comms } = sched;
    const at = new Clock(this.sinceBase);
    for (let i = 0; i < sched.switchTimestamp.length; i++) {
      const comm = comms[sched.switchNextCommIndex[i]];
      const next = this.tasks.of(sched.switchNextPid[i] ?? UNKNOWN_PID, comm, sched.switchNextPrio[i]);
      claims.push({
        type: "switch",
        time: at.step(sched.switchTimestamp[i]),
        cpu,
        prev: UNKNOWN_TASK,
        prevState: stateOfBits(wide(sched.switchPrevState[i]).low),
        next,
        account: UNKNOWN_PID,
        yields: "prev",
      });
    }
    const wakes = new Clock(this.sinceBase);
    for (let i = 0; i < sched.wakingTimestamp.length; i++) {
      const flags = sched.wakingCommonFlags[i];
      const comm = comms[sched.wakingCommIndex[i]];
      const task = this.tasks.of(sched.wakingPid[i] ?? UNKNOWN_PID, comm, sched.wakingPrio[i]);
      claims.push({
        type: "waking",
        time: wakes.step(sched.wakingTimestamp[i]),
        cpu,
        task,
        targetCpu: sched.wakingTargetCpu[i] ?? 0,
        context: contextOf(flags),
        account: UNKNOWN_PID,
        ...(flags === undefined ? { yields: "cause" as const } : {}),
      });
    }
  }

  /** Fills in who was on the CPU, where a claim leaves it to those before it. */
  private complete(claim: Claim): void {
    if (claim.type === "switch") {
      if (claim.yields === "prev") claim.prev = this.current;
      if (claim.account === UNKNOWN_PID) claim.account = claim.prev.pid;
      this.current = claim.next;
    } else if ("account" in claim && claim.account === UNKNOWN_PID) claim.account = this.current.pid;
  }
}

/** As an object, which has only what was written: a message would have zeros for what was not. */
function compactAt(reader: protobuf.Reader): CompactSched {
  const message = CompactSchedType.decode(reader, reader.uint32());
  return CompactSchedType.toObject(message, { arrays: true }) as CompactSched;
}

/** Adds up the steps of compact times: the first is a whole time, the others are differences. */
class Clock {
  private readonly sinceBase: (high: number, low: number) => number;
  private now = Number.NaN;

  constructor(sinceBase: (high: number, low: number) => number) {
    this.sinceBase = sinceBase;
  }

  step(value: Wide): number {
    const { high, low } = wide(value);
    this.now = Number.isNaN(this.now) ? this.sinceBase(high, low) : this.now + high * 2 ** 32 + low;
    return this.now;
  }
}

/** Both halves of 64 bits, unsigned. */
export function wide(value: Wide | undefined): { high: number; low: number } {
  if (value === undefined) return { high: 0, low: 0 };
  if (typeof value === "number") return { high: Math.floor(value / 2 ** 32), low: value >>> 0 };
  return { high: value.high >>> 0, low: value.low >>> 0 };
}
