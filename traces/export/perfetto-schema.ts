import protobuf from "protobufjs";

/**
 * The part of Perfetto's trace format (perfetto.dev, protos/perfetto/trace) that the exporter writes and the reader of
 * recordings reads. Names and field numbers are the format's own; other fields are left out.
 */
const field = (type: string, id: number, rule?: "repeated") =>
  // explicit presence, as in proto2: CPU 0 and pid 0 must be written, not left out as defaults
  rule ? { type, id, rule } : { type, id, options: { features: { field_presence: "EXPLICIT" } } };

const WAKEUP = {
  fields: {
    comm: field("string", 1),
    pid: field("int32", 2),
    prio: field("int32", 3),
    success: field("int32", 4),
    targetCpu: field("int32", 5),
  },
};

const ROOT = protobuf.Root.fromJSON({
  nested: {
    TracePacket: {
      fields: {
        ftraceEvents: field("FtraceEventBundle", 1),
        timestamp: field("uint64", 8),
        trustedPacketSequenceId: field("uint32", 10),
        trackEvent: field("TrackEvent", 11),
        trackDescriptor: field("TrackDescriptor", 60),
      },
    },
    FtraceEventBundle: {
      fields: {
        cpu: field("uint32", 1),
        event: field("FtraceEvent", 2, "repeated"),
        lostEvents: field("bool", 3),
        compactSched: field("CompactSched", 4),
      },
    },
    CompactSched: {
      fields: {
        switchTimestamp: field("uint64", 1, "repeated"),
        switchPrevState: field("int64", 2, "repeated"),
        switchNextPid: field("int32", 3, "repeated"),
        switchNextPrio: field("int32", 4, "repeated"),
        internTable: field("string", 5, "repeated"),
        switchNextCommIndex: field("uint32", 6, "repeated"),
        wakingTimestamp: field("uint64", 7, "repeated"),
        wakingPid: field("int32", 8, "repeated"),
        wakingTargetCpu: field("int32", 9, "repeated"),
        wakingPrio: field("int32", 10, "repeated"),
        wakingCommIndex: field("uint32", 11, "repeated"),
        wakingCommonFlags: field("uint32", 12, "repeated"),
      },
    },
    FtraceEvent: {
      fields: {
        timestamp: field("uint64", 1),
        pid: field("uint32", 2),
        commonFlags: field("uint32", 5),
        schedSwitch: field("SchedSwitch", 4),
        cpuFrequency: field("CpuFrequency", 11),
        schedWakeup: field("Wakeup", 17),
        schedWaking: field("Wakeup", 20),
        irqHandlerEntry: field("None", 36),
        irqHandlerExit: field("None", 37),
        schedWakeupNew: field("Wakeup", 114),
        taskNewtask: field("TaskNewtask", 235),
        taskRename: field("TaskRename", 236),
        schedProcessExit: field("SchedProcessExit", 238),
        schedProcessFork: field("SchedProcessFork", 239),
        schedProcessFree: field("SchedProcessFree", 240),
        schedMigrateTask: field("SchedMigrateTask", 491),
      },
    },
    SchedSwitch: {
      fields: {
        prevComm: field("string", 1),
        prevPid: field("int32", 2),
        prevPrio: field("int32", 3),
        prevState: field("int64", 4),
        nextComm: field("string", 5),
        nextPid: field("int32", 6),
        nextPrio: field("int32", 7),
      },
    },
    Wakeup: WAKEUP,
    None: { fields: {} },
    CpuFrequency: { fields: { state: field("uint32", 1), cpuId: field("uint32", 2) } },
    TaskRename: {
      fields: { pid: field("int32", 1), oldcomm: field("string", 2), newcomm: field("string", 3) },
    },
    SchedProcessFork: {
      fields: {
        parentComm: field("string", 1),
        parentPid: field("int32", 2),
        childComm: field("string", 3),
        childPid: field("int32", 4),
      },
    },
    TaskNewtask: {
      fields: {
        pid: field("int32", 1),
        comm: field("string", 2),
        cloneFlags: field("uint64", 3),
        oomScoreAdj: field("int32", 4),
      },
    },
    SchedProcessExit: {
      fields: {
        comm: field("string", 1),
        pid: field("int32", 2),
        tgid: field("int32", 3),
        prio: field("int32", 4),
      },
    },
    SchedProcessFree: {
      fields: { comm: field("string", 1), pid: field("int32", 2), prio: field("int32", 3) },
    },
    SchedMigrateTask: {
      fields: {
        comm: field("string", 1),
        pid: field("int32", 2),
        prio: field("int32", 3),
        origCpu: field("int32", 4),
        destCpu: field("int32", 5),
      },
    },
    TrackDescriptor: {
      fields: {
        uuid: field("uint64", 1),
        name: field("string", 2),
        parentUuid: field("uint64", 5),
        counter: field("None", 8),
      },
    },
    TrackEvent: {
      fields: {
        debugAnnotations: field("DebugAnnotation", 4, "repeated"),
        type: field("int32", 9),
        trackUuid: field("uint64", 11),
        categories: field("string", 22, "repeated"),
        name: field("string", 23),
        counterValue: field("int64", 30),
      },
    },
    DebugAnnotation: {
      fields: { intValue: field("int64", 4), stringValue: field("string", 6), name: field("string", 10) },
    },
  },
});

export const TracePacket = ROOT.lookupType("TracePacket");
export const CompactSched = ROOT.lookupType("CompactSched");
export const FtraceEventBundle = ROOT.lookupType("FtraceEventBundle");
export const Trace = new protobuf.Type("Trace").add(
  new protobuf.Field("packet", 1, "TracePacket", "repeated"),
);
ROOT.add(Trace);

/** TrackEvent.Type.TYPE_INSTANT */
export const TYPE_INSTANT = 3;
/** TrackEvent.Type.TYPE_COUNTER */
export const TYPE_COUNTER = 4;
