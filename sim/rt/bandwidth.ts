import { reschedCurr, updateRqClock } from "../sched/resched.ts";
import type { CoreTimer } from "../state/core-timers.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { dequeueTop, enqueueTop } from "./top.ts";

/**
 * Real-time throttling: tasks of the class may run 950 ms of each second on a CPU (sysctl_sched_rt_runtime, sysctl_sched_rt_period), then
 * wait for the end of the period, be nobody else there or not (RT_RUNTIME_SHARE off). kernel/sched/rt.c of Linux 6.1.
 */

/** do_start_rt_bandwidth(): the period timer runs; where it slept for longer than a period, it is due at once. */
export function startRtBandwidth(machine: Machine): void {
  const { rtBandwidth: bandwidth, timers } = machine;
  if (bandwidth.active || bandwidth.runtimeNs === Number.POSITIVE_INFINITY) return;
  bandwidth.active = true;
  bandwidth.timer.forward(machine.clock, 0);
  timers.start(bandwidth.timer, machine.thisCpu);
}

/** What update_curr_rt() accounts: `delta` ns more of real-time tasks on the CPU. */
export function accountRtTime(machine: Machine, rq: Rq, delta: number): void {
  if (machine.rtBandwidth.runtimeNs === Number.POSITIVE_INFINITY) return;
  const { rt } = rq;
  rt.time += delta;
  if (!runtimeExceeded(machine, rq)) return;
  reschedCurr(machine, rq);
  startRtBandwidth(machine);
}

/** sched_rt_runtime_exceeded() */
function runtimeExceeded({ rtBandwidth }: Machine, rq: Rq): boolean {
  const { rt } = rq;
  if (rt.throttled) return true;
  if (rtBandwidth.runtimeNs >= rtBandwidth.periodNs || rt.time <= rtBandwidth.runtimeNs) return false;
  rt.throttled = true;
  dequeueTop(rq, rt.nrRunning);
  return true;
}

/** sched_rt_period_timer() */
export function rtPeriodTimer(machine: Machine, timer: CoreTimer): boolean {
  const { rtBandwidth: bandwidth } = machine;
  let idle = false;
  for (;;) {
    const overrun = timer.forward(machine.clock, bandwidth.periodNs);
    if (overrun === 0) break;
    idle = replenish(machine, overrun);
  }
  if (idle) bandwidth.active = false;
  return !idle;
}

/** do_sched_rt_period_timer(): true when no CPU has had real-time tasks. */
function replenish(machine: Machine, overrun: number): boolean {
  const { runtimeNs } = machine.rtBandwidth;
  let idle = true;
  for (const rq of machine.cpus) {
    const { rt } = rq;
    if (rt.time === 0 && rt.nrRunning === 0) continue;
    updateRqClock(machine, rq);
    let enqueue = false;
    if (rt.time !== 0) {
      rt.time -= Math.min(rt.time, overrun * runtimeNs);
      if (rt.throttled && rt.time < runtimeNs) {
        rt.throttled = false;
        enqueue = true;
      }
      if (rt.time !== 0 || rt.nrRunning !== 0) idle = false;
    } else {
      idle = false;
      enqueue = !rt.throttled;
    }
    if (enqueue && rt.nrRunning !== 0) {
      // sched_rt_rq_enqueue(): also where it has been queued all along
      enqueueTop(machine, rq);
      reschedCurr(machine, rq);
    }
  }
  return idle;
}
