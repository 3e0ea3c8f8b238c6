import { openAtomic } from "../atomic-file.ts";
import type { DecisionEvent, TimelineEvent, TimelineState, TimelineTask } from "../timeline.ts";
import { Trace, TYPE_INSTANT } from "./perfetto-schema.ts";
import { RunningTasks } from "./running-tasks.ts";
import type { TimelineSink } from "./timeline-sink.ts";

/**
 * A timeline as Perfetto's protobuf trace. Scheduling events go in as ftrace events, from which Perfetto itself draws
 * the CPU tracks and the thread states; each decision is an instant event, named after its reason, on a track of the
 * CPU for which the balancer pulls.
 */

/** Task states as sched_switch encodes them: TASK_RUNNING, TASK_INTERRUPTIBLE, EXIT_DEAD. */
const STATES: Record<TimelineState, number> = { R: 0, S: 1, X: 16 };

/** Ftrace events of a CPU that are written together. */
const BUNDLE_EVENTS = 256;
const SEQUENCE = 1;
/** Uuids of the tracks: one parent, and behind it one per CPU. */
const PARENT_TRACK = 0x6e74;

type Packet = Record<string, unknown>;

/** Turns events into packets, as plain objects of perfetto-schema.ts. */
export class PerfettoPackets {
  private readonly running = new RunningTasks();
  private readonly bundles = new Map<number, Packet[]>();
  private readonly tracks = new Set<number>();

  /** The packets that are complete with this event. */
  add(event: TimelineEvent): Packet[] {
    if (event.type === "decision") return this.decision(event);
    const account = this.running.accountOf(event);
    const bundle = this.bundles.get(event.cpu) ?? [];
    this.bundles.set(event.cpu, bundle);
    bundle.push({ timestamp: event.time, pid: account.pid, ...ftraceFields(event) });
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

  private decision(event: DecisionEvent): Packet[] {
    const packets: Packet[] = [];
    const track = (uuid: number, name: string, parentUuid?: number) =>
      packets.push({ trustedPacketSequenceId: SEQUENCE, trackDescriptor: { uuid, name, parentUuid } });
    if (this.tracks.size === 0) track(PARENT_TRACK, "can_migrate_task");
    const uuid = PARENT_TRACK + 1 + event.dstCpu;
    if (!this.tracks.has(uuid)) track(uuid, `decisions for CPU ${event.dstCpu}`, PARENT_TRACK);
    this.tracks.add(uuid);
    packets.push({
      timestamp: event.time,
      trustedPacketSequenceId: SEQUENCE,
      trackEvent: {
        type: TYPE_INSTANT,
        trackUuid: uuid,
        categories: ["can_migrate_task"],
        name: event.reason || "unknown",
        debugAnnotations: annotations(event),
      },
    });
    return packets;
  }
}

function annotations(event: DecisionEvent): Packet[] {
  return [
    { name: "comm", stringValue: event.task.comm },
    { name: "pid", intValue: event.task.pid },
    { name: "src_cpu", intValue: event.srcCpu },
    { name: "dst_cpu", intValue: event.dstCpu },
    { name: "level", stringValue: event.level },
    { name: "migration", intValue: event.migration },
    { name: "detached", intValue: event.detached ? 1 : 0 },
    { name: "nr_balance_failed", intValue: event.nrBalanceFailed },
    { name: "cache_nice_tries", intValue: event.cacheNiceTries },
  ];
}

function ftraceFields(event: Exclude<TimelineEvent, DecisionEvent>): Packet {
  switch (event.type) {
    case "switch":
      return {
        schedSwitch: {
          prevComm: event.prev.comm,
          prevPid: event.prev.pid,
          prevPrio: event.prev.prio,
          prevState: STATES[event.prevState],
          nextComm: event.next.comm,
          nextPid: event.next.pid,
          nextPrio: event.next.prio,
        },
      };
    case "waking":
      return { schedWaking: wakeup(event.task, event.targetCpu) };
    case "wakeup":
      return { [event.isNew ? "schedWakeupNew" : "schedWakeup"]: wakeup(event.task, event.targetCpu) };
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

/** Writes a Perfetto trace as events come. */
export function openPerfetto(path: string): TimelineSink {
  const file = openAtomic(path);
  const packets = new PerfettoPackets();
  let pending: Packet[] = [];
  const flush = () => {
    // a trace is nothing but its packets, so parts of it can be written one after the other
    if (pending.length > 0) file.write(Trace.encode({ packet: pending }).finish());
    pending = [];
  };
  return {
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
