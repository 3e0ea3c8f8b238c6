import { InputError } from "../../traces/input-error.ts";
import type { Tunables } from "../tunables.ts";
import { CoreTimer } from "./core-timers.ts";

/** How long real-time tasks may have each CPU (struct rt_bandwidth: def_rt_bandwidth). */
export class RtBandwidth {
  /** sysctl_sched_rt_period and sysctl_sched_rt_runtime, ns. */
  readonly periodNs: number;
  /** Infinity: as long as they like. */
  readonly runtimeNs: number;
  /** The period timer is armed, or fires just now. */
  active = false;
  readonly timer: CoreTimer;

  /** @throws InputError where sched_rt_handler() refuses */
  constructor(
    { rtPeriodNs, rtRuntimeNs }: Pick<Tunables, "rtPeriodNs" | "rtRuntimeNs">,
    fire: CoreTimer["fire"],
  ) {
    if (rtPeriodNs <= 0 || rtRuntimeNs > rtPeriodNs)
      throw new InputError("real-time tasks cannot have more than the period", {
        field: "rtRuntimeNs",
        found: `${rtRuntimeNs} of ${rtPeriodNs} ns`,
        expected: "at most rtPeriodNs, or -1",
      });
    this.periodNs = rtPeriodNs;
    this.runtimeNs = rtRuntimeNs < 0 ? Number.POSITIVE_INFINITY : rtRuntimeNs;
    this.timer = new CoreTimer(fire);
  }
}
