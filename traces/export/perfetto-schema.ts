import protobuf from "protobufjs";

/**
 * The part of Perfetto's trace format (perfetto.dev, protos/perfetto/trace) that the exporter writes. Names and field
 * numbers are the format's own; fields that are not written are left out.
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
      fields: { cpu: field("uint32", 1), event: field("FtraceEvent", 2, "repeated") },
    },
    FtraceEvent: {
      fields: {
        timestamp: field("uint64", 1),
        pid: field("uint32", 2),
        commonFlags: field("uint32", 5),
        schedSwitch: field("SchedSwitch", 4),
        schedWakeup: field("Wakeup", 17),
        schedWaking: field("Wakeup", 20),
        schedWakeupNew: field("Wakeup", 114),
        taskNewtask: field("TaskNewtask", 235),
        schedProcessExit: field("SchedProcessExit", 238),
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
      fields: { uuid: field("uint64", 1), name: field("string", 2), parentUuid: field("uint64", 5) },
    },
    TrackEvent: {
      fields: {
        debugAnnotations: field("DebugAnnotation", 4, "repeated"),
        type: field("int32", 9),
        trackUuid: field("uint64", 11),
        categories: field("string", 22, "repeated"),
        name: field("string", 23),
      },
    },
    DebugAnnotation: {
      fields: { intValue: field("int64", 4), stringValue: field("string", 6), name: field("string", 10) },
    },
  },
});

export const TracePacket = ROOT.lookupType("TracePacket");
export const Trace = new protobuf.Type("Trace").add(
  new protobuf.Field("packet", 1, "TracePacket", "repeated"),
);
ROOT.add(Trace);

/** TrackEvent.Type.TYPE_INSTANT */
export const TYPE_INSTANT = 3;
