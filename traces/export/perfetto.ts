import { openAtomic } from "../atomic-file.ts";
import type { Made } from "../made.ts";
import { decisionWord } from "../rule.ts";
import type { DecisionEvent, GroupEvent, TimelineContext, TimelineEvent, TimelineTask } from "../timeline.ts";
import { STATE_BITS } from "../timelines/task-state.ts";
import { Trace, TYPE_COUNTER, TYPE_INSTANT } from "./perfetto-schema.ts";
import { RunningTasks } from "./running-tasks.ts";
import type { TimelineAbout, TimelineSink } from "./timeline-sink.ts";

/**
 * A timeline as Perfetto's protobuf trace. Scheduling events go in as ftrace events, from which Perfetto itself draws
 * the CPU tracks and the thread states; each decision is an instant event, named after its reason, on a track of the
 * CPU for which the balancer pulls. What is not known is left out.
 *
 * Perfetto opens the first Runnable of a task by task_newtask, and tells who woke a task by `common_flags`: it takes a
 * sched_waking without flags for one by the running task.
 */

/** common_flags as the kernel has them: TRACE_FLAG_HARDIRQ, TRACE_FLAG_SOFTIRQ (include/linux/trace_events.h). */
const CONTEXT_FLAGS: Record<TimelineContext, number | undefined> = {
  hardirq: 0x08,
  softirq: 0x10,
  unknown: undefined,
};

/** Ftrace events of a CPU that are written together. */
const BUNDLE_EVENTS = 256;
const SEQUENCE = 1;
/** Uuids of the tracks: one parent, behind it one for decisions of which the CPU is not known, then one per CPU. */
const PARENT_TRACK = 0x6e74;

/** The parent of the groups' counters, which come behind it. */
const GROUPS_TRACK = 0x6e74_0000;

type Packet = Record<string, unknown>;

/** Turns events into packets, as plain objects of perfetto-schema.ts. */
export class PerfettoPackets {
  private readonly running = new RunningTasks();
  private readonly bundles = new Map<number, Packet[]>();
  private readonly tracks = new Set<number>();
  /** Uuids of the counters, by their names. */
  private readonly counters = new Map<string, number>();

  /** The packets that are complete with this event. */
  add(event: TimelineEvent): Packet[] {
    if (event.type === "decision") return this.decision(event);
    if (event.type === "group") return this.group(event);
    const account = this.running.accountOf(event);
    const bundle = this.bundles.get(event.cpu) ?? [];
    this.bundles.set(event.cpu, bundle);
    const context = event.type === "switch" ? undefined : event.context;
    const commonFlags = context === undefined ? 0 : CONTEXT_FLAGS[context];
    bundle.push({ timestamp: event.time, pid: account?.pid, commonFlags, ...ftraceFields(event) });
    return bundle.length < BUNDLE_EVENTS ? [] : [this.takeBundle(event.cpu, bundle)];
  }

  /** The packets of events that still wait. */
  end(): Packet[] {
    return [...this.bundles]
      .filter(([, bundle]) => bundle.length > 0)
      .map(([cpu, bundle]) => this.takeBundle(cpu, bundle));
  }

  private takeBundle(cpu: number, event: Packet[]): Packet {
    this.bundles.delete(cpu);
    return { trustedPacketSequenceId: SEQUENCE, ftraceEvents: { cpu, event } };
  }

  /** A counter for each group and each of the two things that are counted. */
  private group({ time, path, what, cpus }: GroupEvent): Packet[] {
    const packets: Packet[] = [];
    const name = `${path} ${what}`;
    let trackUuid = this.counters.get(name);
    if (trackUuid === undefined) {
      if (this.counters.size === 0) packets.push(track(GROUPS_TRACK, "control groups, CPUs"));
      trackUuid = GROUPS_TRACK + 1 + this.counters.size;
      this.counters.set(name, trackUuid);
      packets.push(track(trackUuid, name, { parentUuid: GROUPS_TRACK, counter: {} }));
    }
    packets.push({
      timestamp: time,
      trustedPacketSequenceId: SEQUENCE,
      trackEvent: { type: TYPE_COUNTER, trackUuid, counterValue: cpus },
    });
    return packets;
  }

  private decision(event: DecisionEvent): Packet[] {
    const packets: Packet[] = [];
    if (this.tracks.size === 0) packets.push(track(PARENT_TRACK, "can_migrate_task"));
    const { dstCpu } = event;
    const uuid = PARENT_TRACK + 1 + (dstCpu === undefined ? 0 : 1 + dstCpu);
    if (!this.tracks.has(uuid))
      packets.push(track(uuid, `decisions for ${cpuName(dstCpu)}`, { parentUuid: PARENT_TRACK }));
    this.tracks.add(uuid);
    packets.push({
      timestamp: event.time,
      trustedPacketSequenceId: SEQUENCE,
      trackEvent: {
        type: TYPE_INSTANT,
        trackUuid: uuid,
        categories: ["can_migrate_task"],
        name: decisionWord(event.reason, event.migration),
        debugAnnotations: annotations(event),
      },
    });
    return packets;
  }
}

const track = (uuid: number, name: string, more: Packet = {}): Packet => ({
  trustedPacketSequenceId: SEQUENCE,
  trackDescriptor: { uuid, name, ...more },
});

const cpuName = (cpu: number | undefined): string => (cpu === undefined ? "an unknown CPU" : `CPU ${cpu}`);

function annotations(event: DecisionEvent): Packet[] {
  const { task, detached } = event;
  return Object.entries({
    comm: task.comm || undefined,
    pid: task.pid,
    src_cpu: event.srcCpu,
    dst_cpu: event.dstCpu,
    level: event.level || undefined,
    migration: event.migration,
    detached: detached === undefined ? undefined : Number(detached),
    nr_balance_failed: event.nrBalanceFailed,
    cache_nice_tries: event.cacheNiceTries,
  }).flatMap(([name, value]): Packet[] => {
    if (value === undefined) return [];
    return [typeof value === "string" ? { name, stringValue: value } : { name, intValue: value }];
  });
}

function ftraceFields(event: Exclude<TimelineEvent, DecisionEvent | GroupEvent>): Packet {
  switch (event.type) {
    case "switch":
      return {
        schedSwitch: {
          prevComm: event.prev.comm,
          prevPid: event.prev.pid,
          prevPrio: event.prev.prio,
          prevState: STATE_BITS[event.prevState],
          nextComm: event.next.comm,
          nextPid: event.next.pid,
          nextPrio: event.next.prio,
        },
      };
    case "waking":
      return { schedWaking: wakeup(event.task, event.targetCpu) };
    case "wakeup":
      return { [event.isNew ? "schedWakeupNew" : "schedWakeup"]: wakeup(event.task, event.targetCpu) };
    case "newtask": {
      const { comm, pid } = event.task;
      // without CLONE_THREAD: each task is a process of its own
      return { taskNewtask: { pid, comm, cloneFlags: 0, oomScoreAdj: 0 } };
    }
    case "exit": {
      const { comm, pid, prio } = event.task;
      return { schedProcessExit: { comm, pid, tgid: pid, prio } };
    }
    case "free":
      return { schedProcessFree: { ...event.task } };
    case "migrate": {
      const { comm, pid, prio } = event.task;
      return { schedMigrateTask: { comm, pid, prio, origCpu: event.origCpu, destCpu: event.destCpu } };
    }
  }
}

const wakeup = ({ comm, pid, prio }: TimelineTask, targetCpu: number): Packet => ({
  comm,
  pid,
  prio,
  success: 1,
  targetCpu,
});

/** How the trace was made, as an instant before all others on a track of its own. */
function madePackets(made: Made): Packet[] {
  const uuid = PARENT_TRACK - 1;
  return [
    { trustedPacketSequenceId: SEQUENCE, trackDescriptor: { uuid, name: "nicetries" } },
    {
      timestamp: 0,
      trustedPacketSequenceId: SEQUENCE,
      trackEvent: {
        type: TYPE_INSTANT,
        trackUuid: uuid,
        categories: ["nicetries"],
        name: "made",
        debugAnnotations: [{ name: "made", stringValue: JSON.stringify(made) }],
      },
    },
  ];
}

/** Writes a Perfetto trace as events come. */
export function openPerfetto(path: string, { made }: TimelineAbout): TimelineSink {
  const file = openAtomic(path);
  const packets = new PerfettoPackets();
  let pending: Packet[] = made === undefined ? [] : madePackets(made);
  const flush = () => {
    // a trace is nothing but its packets, so parts of it can be written one after the other
    if (pending.length > 0) file.write(Trace.encode({ packet: pending }).finish());
    pending = [];
  };
  return {
    leftOut: 0,
    event(event) {
      pending.push(...packets.add(event));
      if (pending.length > 512) flush();
    },
    close() {
      pending.push(...packets.end());
      flush();
      file.commit();
    },
    abort: () => file.abort(),
  };
}
