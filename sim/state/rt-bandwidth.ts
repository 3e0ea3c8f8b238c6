import { CoreTimer } from "./core-timers.ts";

/** How long real-time tasks may have each CPU (struct rt_bandwidth: def_rt_bandwidth). */
export class RtBandwidth {
  /** sysctl_sched_rt_period and sysctl_sched_rt_runtime, ns. */
  readonly periodNs = 1_000_000_000;
  readonly runtimeNs = 950_000_000;
  /** The period timer is armed, or fires just now. */
  active = false;
  readonly timer: CoreTimer;

  constructor(fire: CoreTimer["fire"]) {
    this.timer = new CoreTimer(fire);
  }
}
