import { FtraceEventBundle } from "../export/perfetto-schema.ts";
import type { TimelineContext, TimelineTask } from "../timeline.ts";
import { type Claim, UNKNOWN_PID, UNKNOWN_PRIO } from "./claim.ts";
import { stateOfBits } from "./task-state.ts";

/** What protobufjs makes of 64 bits. */
type Wide = number | { low: number; high: number };

interface Wakeup {
  comm?: string;
  pid?: number;
  prio?: number;
  targetCpu?: number;
}

interface FtraceEvent {
  timestamp?: Wide;
  pid?: number;
  commonFlags?: number;
  schedSwitch?: {
    prevComm?: string;
    prevPid?: number;
    prevPrio?: number;
    prevState?: Wide;
    nextComm?: string;
    nextPid?: number;
    nextPrio?: number;
  };
  schedWakeup?: Wakeup;
  schedWaking?: Wakeup;
  schedWakeupNew?: Wakeup;
  schedMigrateTask?: { comm?: string; pid?: number; prio?: number; origCpu?: number; destCpu?: number };
  taskNewtask?: { pid?: number; comm?: string };
  taskRename?: { pid?: number; newcomm?: string };
  schedProcessFork?: { parentPid?: number; childComm?: string; childPid?: number };
  schedProcessExit?: { comm?: string; pid?: number; prio?: number };
  schedProcessFree?: { comm?: string; pid?: number; prio?: number };
  cpuFrequency?: { state?: number; cpuId?: number };
  irqHandlerEntry?: object;
  irqHandlerExit?: object;
}

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

interface Bundle {
  event: FtraceEvent[];
  lostEvents?: boolean;
  compactSched?: CompactSched;
}

/** TRACE_FLAG_HARDIRQ, TRACE_FLAG_SOFTIRQ and TRACE_FLAG_NMI (include/linux/trace_events.h). */
const HARDIRQ = 0x08 | 0x40;
const SOFTIRQ = 0x10;

const UNKNOWN_TASK: TimelineTask = { pid: UNKNOWN_PID, comm: "", prio: UNKNOWN_PRIO };

/** The bundles of one CPU, in their order, as claims. */
export class CpuBundles {
  private readonly cpu: number;
  private readonly sinceBase: (high: number, low: number) => number;
  /** Who came to the CPU last: compact switches do not say who leaves. */
  private current: TimelineTask = UNKNOWN_TASK;

  /** @param sinceBase Makes ns of a 64-bit time. */
  constructor(cpu: number, sinceBase: (high: number, low: number) => number) {
    this.cpu = cpu;
    this.sinceBase = sinceBase;
  }

  /** The claims of the next bundle, in the order of their times. */
  claims(bytes: Uint8Array): Claim[] {
    // as an object, which has only what was written: a message would have zeros for what was not
    const bundle = FtraceEventBundle.toObject(FtraceEventBundle.decode(bytes), { arrays: true }) as Bundle;
    const claims: Claim[] = [];
    const compact = bundle.compactSched;
    const events = bundle.event.filter((event) => event.timestamp !== undefined);
    if (compact) this.compact(compact, claims);
    for (const event of events) {
      const claim = this.event(event);
      if (claim) claims.push(claim);
    }
    claims.sort((a, b) => a.time - b.time);
    for (const claim of claims) this.complete(claim);
    if (bundle.lostEvents && claims.length > 0)
      claims.unshift({ type: "loss", time: claims[0].time, cpu: this.cpu, events: undefined });
    return claims;
  }

  private compact(sched: CompactSched, claims: Claim[]): void {
    const { cpu } = this;
    const { internTable: comms } = sched;
    const at = new Clock(this.sinceBase);
    for (let i = 0; i < sched.switchTimestamp.length; i++) {
      const next = {
        pid: sched.switchNextPid[i] ?? UNKNOWN_PID,
        comm: commOf(comms[sched.switchNextCommIndex[i]]),
        prio: sched.switchNextPrio[i] ?? UNKNOWN_PRIO,
      };
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
      const task = {
        pid: sched.wakingPid[i] ?? UNKNOWN_PID,
        comm: commOf(comms[sched.wakingCommIndex[i]]),
        prio: sched.wakingPrio[i] ?? UNKNOWN_PRIO,
      };
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

  private event(event: FtraceEvent): Claim | undefined {
    const { cpu } = this;
    const { high, low } = wide(event.timestamp);
    const time = this.sinceBase(high, low);
    const context = contextOf(event.commonFlags);
    const said = { time, cpu, account: event.pid ?? UNKNOWN_PID };
    if (event.schedSwitch) {
      const s = event.schedSwitch;
      return {
        type: "switch",
        ...said,
        prev: { pid: s.prevPid ?? 0, comm: commOf(s.prevComm), prio: s.prevPrio ?? UNKNOWN_PRIO },
        prevState: stateOfBits(wide(s.prevState).low),
        next: { pid: s.nextPid ?? 0, comm: commOf(s.nextComm), prio: s.nextPrio ?? UNKNOWN_PRIO },
      };
    }
    const waking = event.schedWaking;
    const wakeup = event.schedWakeup ?? event.schedWakeupNew;
    const yields = event.commonFlags === undefined ? { yields: "cause" as const } : {};
    if (waking)
      return {
        type: "waking",
        ...said,
        task: taskOf(waking),
        targetCpu: waking.targetCpu ?? 0,
        context,
        ...yields,
      };
    if (wakeup) {
      const isNew = event.schedWakeupNew !== undefined;
      return {
        type: "wakeup",
        ...said,
        task: taskOf(wakeup),
        targetCpu: wakeup.targetCpu ?? 0,
        isNew,
        context,
        ...yields,
      };
    }
    if (event.schedMigrateTask) {
      const { origCpu = 0, destCpu = 0 } = event.schedMigrateTask;
      return { type: "migrate", ...said, task: taskOf(event.schedMigrateTask), origCpu, destCpu, context };
    }
    if (event.taskNewtask) return { type: "newtask", ...said, task: taskOf(event.taskNewtask), context };
    if (event.schedProcessFork) {
      const { childPid: pid, childComm: comm, parentPid: parent } = event.schedProcessFork;
      return { type: "newtask", ...said, task: taskOf({ pid, comm }), context, parent };
    }
    if (event.schedProcessExit)
      return { type: "exit", ...said, task: taskOf(event.schedProcessExit), context };
    if (event.schedProcessFree)
      return { type: "free", ...said, task: taskOf(event.schedProcessFree), context };
    return this.sideEvent(event, time);
  }

  private sideEvent(event: FtraceEvent, time: number): Claim | undefined {
    const { cpu } = this;
    if (event.taskRename) {
      const { pid = UNKNOWN_PID, newcomm } = event.taskRename;
      return { type: "rename", time, cpu, task: { pid, comm: commOf(newcomm) } };
    }
    if (event.cpuFrequency) {
      const { cpuId = 0, state = 0 } = event.cpuFrequency;
      return { type: "frequency", time, cpu: cpuId, khz: state };
    }
    if (event.irqHandlerEntry) return { type: "interrupt", time, cpu, what: "device" };
    if (event.irqHandlerExit) return { type: "interrupt", time, cpu, what: undefined };
    return undefined;
  }
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

const taskOf = ({ pid = UNKNOWN_PID, comm, prio = UNKNOWN_PRIO }: Wakeup): TimelineTask => ({
  pid,
  comm: commOf(comm),
  prio,
});

const commOf = (comm: string | undefined): string => (comm === undefined || comm === "<...>" ? "" : comm);

function contextOf(flags: number | undefined): TimelineContext | undefined {
  if (flags === undefined) return undefined;
  if (flags & HARDIRQ) return "hardirq";
  return flags & SOFTIRQ ? "softirq" : undefined;
}
