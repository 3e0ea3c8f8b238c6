import { CPU_IDLE, CPU_NEWLY_IDLE, CPU_NOT_IDLE } from "../state/core-listener.ts";
import { type LbCounters, lbCounters } from "../state/counters.ts";
import type { Machine } from "../state/machine.ts";

/** A domain line of /proc/schedstat, version 15; the columns that 6.1 always leaves at 0 are left out. */
export interface SchedstatDomain {
  level: string;
  span: number[];
  idle: LbCounters;
  busy: LbCounters;
  newlyIdle: LbCounters;
  albCount: number;
  albFailed: number;
  albPushed: number;
  ttwuWakeRemote: number;
  ttwuMoveAffine: number;
}

/** A CPU of /proc/schedstat with its domains, lowest first. */
export interface SchedstatCpu {
  cpu: number;
  yldCount: number;
  schedCount: number;
  schedGoidle: number;
  ttwuCount: number;
  ttwuLocal: number;
  domains: SchedstatDomain[];
}

/** The counters of /proc/schedstat as the core has them. */
export function schedstat(machine: Machine): SchedstatCpu[] {
  return machine.cpus.map((rq) => {
    const domains: SchedstatDomain[] = [];
    for (let sd = rq.sd; sd !== null; sd = sd.parent) {
      const { counters } = sd;
      domains.push({
        level: sd.name,
        span: sd.span.toArray().map((cpu) => machine.cpus[cpu].number),
        idle: lbCounters(counters, CPU_IDLE),
        busy: lbCounters(counters, CPU_NOT_IDLE),
        newlyIdle: lbCounters(counters, CPU_NEWLY_IDLE),
        albCount: counters.albCount,
        albFailed: counters.albFailed,
        albPushed: counters.albPushed,
        ttwuWakeRemote: counters.ttwuWakeRemote,
        ttwuMoveAffine: counters.ttwuMoveAffine,
      });
    }
    const { number, yldCount, schedCount, schedGoidle, ttwuCount, ttwuLocal } = rq;
    return { cpu: number, yldCount, schedCount, schedGoidle, ttwuCount, ttwuLocal, domains };
  });
}
