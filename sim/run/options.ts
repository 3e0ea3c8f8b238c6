import type { PassListener } from "../../traces/balance-pass.ts";
import type { TraceRow } from "../../traces/schema.ts";
import type { TimelineListener } from "../../traces/timeline.ts";
import type { Hardware } from "../chip/hardware.ts";
import type { Topology } from "../chip/topology.ts";
import type { CoreOptions, SchedulerCore, Tunables } from "../core.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import type { GroupSpec } from "../workload/groups.ts";
import type { Workload } from "../workload/programme.ts";

/** What is simulated, and who is told of it. */
export interface SimulateOptions {
  topology: Topology;
  workload: Workload;
  seed: string;
  /** ns; default: the workload's own duration, else to its end if it has one, else 10 s. */
  durationNs?: number;
  tunables?: Partial<Tunables>;
  /** Costs and caches; default: all of hardware.ts. */
  hardware?: Partial<Hardware>;
  /** Control groups; tasks may name others. */
  groups?: readonly GroupSpec[];
  /** Tasks that are in no group get one for each session (sched_autogroup). */
  autogroup?: boolean;
  /**
   * The kernel's own threads: how often they wake up, as a multiple of what the hardware says. Default 0: there are none. They
   * count as work of the machine, but their results are not among the tasks'.
   */
  background?: number;
  /** Undefined: the stock rule. */
  policy?: PolicyFactory;
  /** Values of parameters that the policy declares. */
  policyParameters?: Readonly<Record<string, number>>;
  /** Charge hardware.inferenceNs for each decision of the policy (learned policies). */
  chargeInference?: boolean;
  /** Each can_migrate_task() call. The row is reused: copy what you keep. */
  onDecision?: (row: TraceRow) => void;
  onTimeline?: TimelineListener;
  /** Each balance pass, with what it saw. */
  onPass?: PassListener;
  /** Called about a hundred times in a run with the simulated time so far and the duration, ns. */
  onProgress?: (now: number, durationNs: number) => void;
  /** Tasks that may ever be created. Default 200,000. */
  maxTasks?: number;
  /** Makes the core that the run drives. Default: a SchedulerCore. */
  makeCore?: (options: CoreOptions) => SchedulerCore;
}

/** The same with all defaults filled in. */
export interface SimulationOptions extends SimulateOptions {
  durationNs: number;
  /** Neither user nor workload said how long: a remark says so where the run is cut. */
  durationIsDefault?: boolean;
  hardware: Hardware;
  maxTasks: number;
}
