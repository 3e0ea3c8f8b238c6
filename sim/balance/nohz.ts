import { checkCpuCapacity } from "../domains/capacity.ts";
import { updateRqClock } from "../sched/resched.ts";
import { CPU_IDLE } from "../state/core-listener.ts";
import { OCCUPIED_NOT } from "../state/cpu-snapshot.ts";
import type { Machine } from "../state/machine.ts";
import {
  NOHZ_BALANCE_KICK,
  NOHZ_KICK_MASK,
  NOHZ_NEWILB_KICK,
  NOHZ_NEXT_KICK,
  NOHZ_STATS_KICK,
} from "../state/nohz-state.ts";
import { idleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { migrationCostTime } from "../tunables.ts";
import { rebalanceDomains, updateBlockedAverages } from "./rebalance.ts";

/**
 * Balancing for CPUs that sleep without ticks (CONFIG_NO_HZ_IDLE): a busy CPU kicks an idle one, which balances for all
 * idle ones. nohz_balancer_kick(), _nohz_idle_balance() and their relatives of Linux 6.1.
 */

/** Load of idle CPUs decays at least this often, ms (LOAD_AVG_PERIOD). */
const STATS_PERIOD_MS = 32;

/** nohz_balancer_kick(): at each tick of a busy CPU. */
export function nohzBalancerKick(machine: Machine, rq: Rq): void {
  if (rq.idleBalance) return;
  exitIdle(machine, rq);
  const nohz = machine.nohz;
  if (nohz.nrCpus === 0) return;
  const now = machine.jiffies;
  let flags = nohz.hasBlocked && now > nohz.nextBlocked ? NOHZ_STATS_KICK : 0;
  if (now >= nohz.nextBalance) {
    // more than one task here, little of the CPU left for a fair one, or tasks spread over the cache while others idle
    const { sd } = rq;
    if (
      rq.nrTasks >= 2 ||
      (sd !== null && rq.cfs.hNrRunning >= 1 && checkCpuCapacity(rq, sd)) ||
      (rq.llcShared !== null && rq.llcShared.nrBusyCpus > 1)
    ) {
      flags = NOHZ_STATS_KICK | NOHZ_BALANCE_KICK;
    }
  }
  if (nohz.needsUpdate) flags |= NOHZ_NEXT_KICK;
  if (flags !== 0) kickIlb(machine, flags);
}

/** kick_ilb(): interrupts the first idle CPU. */
function kickIlb(machine: Machine, flags: number): void {
  const nohz = machine.nohz;
  if ((flags & NOHZ_BALANCE_KICK) !== 0) nohz.nextBalance = machine.jiffies + 1;
  for (let cpu = nohz.idleCpus.next(0); cpu >= 0; cpu = nohz.idleCpus.next(cpu + 1)) {
    if (cpu === machine.thisCpu || machine.snapshot.occupancy[cpu] !== OCCUPIED_NOT) continue;
    const rq = machine.cpus[cpu];
    const before = rq.nohzFlags;
    rq.nohzFlags |= flags;
    if ((before & NOHZ_KICK_MASK) !== 0) return;
    rq.nohzKicked = true;
    machine.listener.onIpi?.(machine.thisCpu, cpu, "nohz_kick");
    if (machine.nohzKickLater === null) machine.interrupt(cpu);
    else machine.nohzKickLater(cpu);
    return;
  }
}

/** nohz_csd_func(): the kick's interrupt on the idle CPU. */
export function takeNohzKick(rq: Rq): void {
  rq.nohzKicked = false;
  const flags = rq.nohzFlags;
  rq.nohzFlags &= ~(NOHZ_KICK_MASK | NOHZ_NEWILB_KICK);
  rq.idleBalance = idleCpu(rq);
  if (rq.idleBalance) {
    rq.nohzIdleBalance = flags;
    rq.softirq = true;
  }
}

/** nohz_idle_balance(): in the softirq; true when it balanced for the others. */
export function nohzIdleBalance(machine: Machine, rq: Rq, idle: number): boolean {
  const flags = rq.nohzIdleBalance;
  if (flags === 0) return false;
  rq.nohzIdleBalance = 0;
  if (idle !== CPU_IDLE) return false;
  balanceIdleCpus(machine, rq, flags);
  return true;
}

/** _nohz_idle_balance(): from the next CPU around, so that this one comes last. */
function balanceIdleCpus(machine: Machine, thisRq: Rq, flags: number): void {
  const nohz = machine.nohz;
  const idleCpus = nohz.idleCpus;
  const now = machine.jiffies;
  let nextBalance = now + 60 * machine.hz;
  let blocked = false;
  let update = false;
  let aborted = false;
  if ((flags & NOHZ_STATS_KICK) !== 0) nohz.hasBlocked = false;
  if ((flags & NOHZ_NEXT_KICK) !== 0) nohz.needsUpdate = false;
  const start = thisRq.cpu + 1;
  let wrapped = false;
  let cpu = idleCpus.next(start);
  for (;;) {
    if (cpu < 0) {
      if (wrapped) break;
      wrapped = true;
      cpu = idleCpus.next(0);
      if (cpu < 0) break;
    }
    if (wrapped && cpu >= start) break;
    const rq = machine.cpus[cpu];
    cpu = idleCpus.next(cpu + 1);
    if (!idleCpu(rq)) continue;
    if (!idleCpu(thisRq) && thisRq.needResched) {
      // work of its own has come: somebody else shall go on
      if ((flags & NOHZ_STATS_KICK) !== 0) blocked = true;
      if ((flags & NOHZ_NEXT_KICK) !== 0) nohz.needsUpdate = true;
      aborted = true;
      break;
    }
    if ((flags & NOHZ_STATS_KICK) !== 0 && updateNohzStats(machine, rq)) blocked = true;
    if (now >= rq.nextBalance) {
      updateRqClock(machine, rq);
      if ((flags & NOHZ_BALANCE_KICK) !== 0) rebalanceDomains(machine, rq, CPU_IDLE);
    }
    if (nextBalance > rq.nextBalance) {
      nextBalance = rq.nextBalance;
      update = true;
    }
  }
  if (!aborted) {
    if (update) nohz.nextBalance = nextBalance;
    if ((flags & NOHZ_STATS_KICK) !== 0) nohz.nextBlocked = now + machine.msToJiffies(STATS_PERIOD_MS);
  }
  if (blocked) nohz.hasBlocked = true;
}

/** update_nohz_stats(): decays an idle CPU's load; true while some is left. */
function updateNohzStats(machine: Machine, rq: Rq): boolean {
  if (!rq.hasBlockedLoad || !machine.nohz.idleCpus.has(rq.cpu)) return false;
  if (machine.jiffies <= rq.lastBlockedLoadUpdateTick) return true;
  updateBlockedAverages(machine, rq);
  return rq.hasBlockedLoad;
}

/** nohz_newidle_balance(): remembers, before idling, that the idle CPUs' load wants an update. */
export function nohzNewidleBalance(machine: Machine, rq: Rq): void {
  if (rq.avgIdle < migrationCostTime(machine.tunables)) return;
  const nohz = machine.nohz;
  if (!nohz.hasBlocked || machine.jiffies < nohz.nextBlocked) return;
  rq.nohzFlags |= NOHZ_NEWILB_KICK;
}

/** do_idle(): nohz_run_idle_balance(), then the tick stops (nohz_balance_enter_idle()). */
export function enterIdle(machine: Machine, rq: Rq): void {
  if (!rq.nohz) return;
  const flags = rq.nohzFlags;
  rq.nohzFlags &= ~NOHZ_NEWILB_KICK;
  if (flags === NOHZ_NEWILB_KICK && !rq.needResched) balanceIdleCpus(machine, rq, NOHZ_STATS_KICK);
  rq.hasBlockedLoad = true;
  const nohz = machine.nohz;
  if (!rq.nohzTickStopped) {
    if (rq.sd === null) return;
    rq.nohzTickStopped = true;
    nohz.idleCpus.set(rq.cpu);
    nohz.nrCpus++;
    setCacheIdle(rq, true);
    nohz.needsUpdate = true;
  }
  nohz.hasBlocked = true;
}

/** nohz_balance_exit_idle(): at the first tick after idling. */
function exitIdle(machine: Machine, rq: Rq): void {
  if (!rq.nohzTickStopped) return;
  rq.nohzTickStopped = false;
  machine.nohz.idleCpus.clear(rq.cpu);
  machine.nohz.nrCpus--;
  setCacheIdle(rq, false);
}

/** set_cpu_sd_state_idle() and set_cpu_sd_state_busy() */
function setCacheIdle(rq: Rq, idle: boolean): void {
  const sd = rq.sdLlc;
  if (sd === null || sd.nohzIdle === idle) return;
  sd.nohzIdle = idle;
  sd.shared!.nrBusyCpus += idle ? -1 : 1;
}
