import { checkCpuCapacity } from "../domains/capacity.ts";
import { updateRqClock } from "../sched/resched.ts";
import { type BalanceOutcome, CPU_NEWLY_IDLE, CPU_NOT_IDLE } from "../state/core-listener.ts";
import {
  LB_BALANCED,
  LB_COUNT,
  LB_FAILED,
  LB_IMBALANCE,
  LB_NOBUSYG,
  LB_NOBUSYQ,
  LB_SLOTS,
} from "../state/counters.ts";
import { OCCUPIED_NOT } from "../state/cpu-snapshot.ts";
import type { SchedDomain } from "../state/domain.ts";
import {
  LBF_ALL_PINNED,
  LBF_DST_PINNED,
  LBF_NEED_BREAK,
  LBF_SOME_PINNED,
  type LbEnv,
  MIGRATE_LOAD,
  MIGRATE_TASK,
  NR_MIGRATE_BREAK,
} from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { queueActiveBalance } from "./active.ts";
import { findBusiestGroup, findBusiestQueue } from "./busiest.ts";
import { attachTasks, detachTasks } from "./detach.ts";

/** MAX_PINNED_INTERVAL, ms: how far the interval may grow when all tasks are pinned. */
const MAX_PINNED_INTERVAL = 512;

/** load_balance() of Linux 6.1: one pass of `rq` over the domain. Returns the number of tasks moved. */
export function loadBalance(machine: Machine, rq: Rq, sd: SchedDomain, idle: number): number {
  const env = machine.lbEnv;
  env.sd = sd;
  env.srcRq = rq;
  env.dstRq = rq;
  env.dstGroupMask = sd.groups.sgc.balanceMask;
  env.newDstCpu = -1;
  env.idle = idle;
  env.imbalance = 0;
  env.flags = 0;
  env.loop = 0;
  env.loopBreak = NR_MIGRATE_BREAK;
  env.loopMax = 0;
  env.migrationType = MIGRATE_LOAD;
  env.examined = 0;
  env.cpus.copy(sd.span);
  env.wholeSpan = sd.groupsInside;
  sd.counters.lb[idle * LB_SLOTS + LB_COUNT]++;
  machine.events++;
  machine.listener.watch?.begins(rq, sd, idle, false);
  return balance(machine, env, rq, sd, idle);
}

function balance(machine: Machine, env: LbEnv, rq: Rq, sd: SchedDomain, idle: number): number {
  let moved = 0;
  let busiest: Rq | null = null;
  for (;;) {
    if (!shouldWeBalance(machine, env)) {
      env.continueBalancing = false;
      return balanced(machine, env, rq, "not_ours");
    }
    const group = findBusiestGroup(machine, env);
    if (group === null) {
      sd.counters.lb[idle * LB_SLOTS + LB_NOBUSYG]++;
      return balanced(machine, env, rq, "nobusyg");
    }
    busiest = findBusiestQueue(machine, env, group);
    if (busiest === null) {
      sd.counters.lb[idle * LB_SLOTS + LB_NOBUSYQ]++;
      return balanced(machine, env, rq, "nobusyq");
    }
    sd.counters.lb[idle * LB_SLOTS + LB_IMBALANCE] += env.imbalance;
    env.srcRq = busiest;
    machine.listener.watch?.queue(busiest);
    moved = 0;
    env.flags |= LBF_ALL_PINNED; // until a task that may go is found
    if (busiest.nrTasks <= 1) break;
    moved = moveTasks(machine, env, busiest);
    const parent = sd.parent;
    if (parent !== null && (env.flags & LBF_SOME_PINNED) !== 0 && env.imbalance > 0) {
      parent.groups.sgc.imbalance = true; // affinity kept us from balance
    }
    if ((env.flags & LBF_ALL_PINNED) === 0) break;
    // All tasks there are pinned: try the next busiest, if any is left outside the destination's group.
    env.cpus.clear(busiest.cpu);
    env.wholeSpan = false;
    if (env.cpus.subsetOf(env.dstGroupMask)) return allPinned(machine, env, rq, "pinned");
    env.loop = 0;
    env.loopBreak = NR_MIGRATE_BREAK;
  }

  let activeBalance = false;
  if (moved === 0) {
    sd.counters.lb[idle * LB_SLOTS + LB_FAILED]++;
    if (idle !== CPU_NEWLY_IDLE) sd.nrBalanceFailed++;
    if (needActiveBalance(env)) {
      if (!busiest.running.affinity.has(rq.cpu)) return onePinned(machine, env, rq, "pinned");
      env.flags &= ~LBF_ALL_PINNED;
      if (!busiest.activeBalance) {
        busiest.activeBalance = true;
        busiest.pushCpu = rq.cpu;
        activeBalance = true;
        queueActiveBalance(machine, busiest);
      }
    }
  } else {
    sd.nrBalanceFailed = 0;
  }
  if (!activeBalance || needActiveBalance(env)) sd.balanceInterval = sd.minInterval;
  return finish(machine, env, rq, moved, moved > 0 ? "moved" : activeBalance ? "active" : "failed");
}

/** more_balance: pulls from `busiest`, in portions, also to other CPUs of the group for tasks pinned to those. */
function moveTasks(machine: Machine, env: LbEnv, busiest: Rq): number {
  env.loopMax = Math.min(machine.tunables.nrMigrate, busiest.nrTasks);
  let moved = 0;
  for (;;) {
    updateRqClock(machine, busiest);
    const detached = detachTasks(machine, env);
    if (detached !== 0) {
      attachTasks(machine, env);
      moved += detached;
    }
    if ((env.flags & LBF_NEED_BREAK) !== 0) {
      env.flags &= ~LBF_NEED_BREAK;
      continue;
    }
    if ((env.flags & LBF_DST_PINNED) === 0 || env.imbalance <= 0) return moved;
    env.cpus.clear(env.dstRq.cpu);
    env.wholeSpan = false;
    env.dstRq = machine.cpus[env.newDstCpu];
    env.flags &= ~LBF_DST_PINNED;
    env.loop = 0;
    env.loopBreak = NR_MIGRATE_BREAK;
  }
}

/** should_we_balance(): a newly idle CPU always; else the group's first idle CPU, or its first one if none is. */
function shouldWeBalance(machine: Machine, env: LbEnv): boolean {
  const dst = env.dstRq;
  if (!env.cpus.has(dst.cpu)) return false;
  if (env.idle === CPU_NEWLY_IDLE) return dst.nrTasks === 0;
  const sgc = env.sd!.groups.sgc;
  const mask = sgc.balanceMask;
  const { occupancy } = machine.snapshot;
  for (let cpu = mask.next(0); cpu >= 0; cpu = mask.next(cpu + 1)) {
    if (env.cpus.has(cpu) && occupancy[cpu] === OCCUPIED_NOT) return cpu === dst.cpu;
  }
  return sgc.balanceCpu === dst.cpu;
}

/**
 * need_active_balance(): tasks are too many over there, and pulling waiting ones has failed often; or the only fair task
 * there has little of its CPU, and would have more here.
 */
function needActiveBalance(env: LbEnv): boolean {
  const sd = env.sd!;
  if (env.migrationType === MIGRATE_TASK && sd.nrBalanceFailed > sd.cacheNiceTries + 2) return true;
  const { srcRq, dstRq } = env;
  if (env.idle === CPU_NOT_IDLE || srcRq.cfs.hNrRunning !== 1) return false;
  return checkCpuCapacity(srcRq, sd) && srcRq.capacity * sd.imbalancePct < dstRq.capacity * 100;
}

/** out_balanced */
function balanced(machine: Machine, env: LbEnv, rq: Rq, outcome: BalanceOutcome): number {
  const parent = env.sd!.parent;
  if (parent !== null && (env.flags & LBF_ALL_PINNED) === 0) parent.groups.sgc.imbalance = false;
  return allPinned(machine, env, rq, outcome);
}

/** out_all_pinned */
function allPinned(machine: Machine, env: LbEnv, rq: Rq, outcome: BalanceOutcome): number {
  env.sd!.counters.lb[env.idle * LB_SLOTS + LB_BALANCED]++;
  env.sd!.nrBalanceFailed = 0;
  return onePinned(machine, env, rq, outcome);
}

/** out_one_pinned: balanced or hopeless; balance less often. */
function onePinned(machine: Machine, env: LbEnv, rq: Rq, outcome: BalanceOutcome): number {
  const sd = env.sd!;
  if (
    env.idle !== CPU_NEWLY_IDLE &&
    (((env.flags & LBF_ALL_PINNED) !== 0 && sd.balanceInterval < MAX_PINNED_INTERVAL) ||
      sd.balanceInterval < sd.maxInterval)
  ) {
    sd.balanceInterval *= 2;
  }
  return finish(machine, env, rq, 0, outcome);
}

function finish(machine: Machine, env: LbEnv, rq: Rq, moved: number, outcome: BalanceOutcome): number {
  machine.listener.watch?.ends(env.sd!, outcome, env.examined, moved);
  machine.listener.onBalance?.(rq.cpu, env.sd!.name, env.idle, outcome, env.examined, moved);
  return moved;
}
