import type { BalancePass, PassGroup, PassListener } from "../../traces/balance-pass.ts";
import { MIGRATION_TYPES } from "../../traces/schema.ts";
import type { SchedulerCore } from "../core.ts";
import type { Clock } from "../engine/agenda.ts";
import type { BalanceWatch } from "../state/balance-watch.ts";
import { CPU_NEWLY_IDLE } from "../state/core-listener.ts";
import type { SchedDomain, SchedGroup } from "../state/domain.ts";
import {
  GROUP_FULLY_BUSY,
  GROUP_HAS_SPARE,
  GROUP_IMBALANCED,
  GROUP_MISFIT_TASK,
  GROUP_OVERLOADED,
  type GroupStats,
} from "../state/group-stats.ts";
import type { LbEnv } from "../state/lb-env.ts";
import type { Rq } from "../state/rq.ts";

/** Names of enum group_type. */
const TYPES: Readonly<Record<number, string>> = {
  [GROUP_HAS_SPARE]: "group_has_spare",
  [GROUP_FULLY_BUSY]: "group_fully_busy",
  [GROUP_MISFIT_TASK]: "group_misfit_task",
  [GROUP_IMBALANCED]: "group_imbalanced",
  [GROUP_OVERLOADED]: "group_overloaded",
};

/** Makes one object of each balance pass, and hands it on at the pass's end. */
export class PassRecorder implements BalanceWatch {
  private readonly core: SchedulerCore;
  private readonly clock: Clock;
  private readonly numbers: readonly number[];
  private readonly listener: PassListener;
  private readonly groupCpus = new Map<SchedGroup, readonly number[]>();
  private pass!: BalancePass;
  private groups: PassGroup[] = [];
  private seen: SchedGroup[] = [];

  /** @param numbers The kernel's number of each CPU. */
  constructor(core: SchedulerCore, clock: Clock, numbers: readonly number[], listener: PassListener) {
    this.core = core;
    this.clock = clock;
    this.numbers = numbers;
    this.listener = listener;
  }

  begins(dst: Rq, sd: SchedDomain, idle: number, active: boolean): void {
    const by = this.core.executingCpu;
    const byCpu = by < 0 ? dst.number : this.numbers[by];
    this.groups = [];
    this.seen = [];
    this.pass = {
      time: this.clock.now,
      kind: active
        ? "active"
        : idle === CPU_NEWLY_IDLE
          ? "newly_idle"
          : byCpu === dst.number
            ? "periodic"
            : "nohz",
      cpu: dst.number,
      byCpu,
      level: sd.name,
      cacheNiceTries: sd.cacheNiceTries,
      idle,
      groups: this.groups,
      busiestGroup: -1,
      busiestCpu: -1,
      imbalance: 0,
      migrationType: "",
      outcome: "",
      examined: 0,
      moved: 0,
      failedBefore: sd.nrBalanceFailed,
      failedAfter: 0,
      intervalBefore: sd.balanceInterval,
      intervalAfter: 0,
    };
  }

  looks(): void {
    this.groups.length = 0;
    this.seen.length = 0;
    this.pass.busiestGroup = -1;
    this.pass.busiestCpu = -1;
  }

  group(group: SchedGroup, stats: GroupStats, local: boolean): void {
    this.seen.push(group);
    this.groups.push({
      cpus: this.cpusOf(group),
      local,
      type: TYPES[stats.groupType],
      load: stats.groupLoad,
      capacity: stats.groupCapacity,
      util: stats.groupUtil,
      runnable: stats.groupRunnable,
      nrRunning: stats.sumNrRunning,
      fairNrRunning: stats.sumHNrRunning,
      idleCpus: stats.idleCpus,
      avgLoad: stats.avgLoad,
    });
  }

  picked(env: LbEnv, busiest: SchedGroup): void {
    this.pass.busiestGroup = this.seen.indexOf(busiest);
    this.pass.imbalance = env.imbalance;
    this.pass.migrationType = MIGRATION_TYPES[env.migrationType];
  }

  queue(busiest: Rq): void {
    this.pass.busiestCpu = busiest.number;
  }

  ends(sd: SchedDomain, outcome: string, examined: number, moved: number): void {
    const { pass } = this;
    pass.outcome = outcome;
    pass.examined = examined;
    pass.moved = moved;
    pass.failedAfter = sd.nrBalanceFailed;
    pass.intervalAfter = sd.balanceInterval;
    this.listener(pass);
  }

  private cpusOf(group: SchedGroup): readonly number[] {
    let cpus = this.groupCpus.get(group);
    if (cpus === undefined) {
      cpus = [...group.cpus].map((cpu) => this.numbers[cpu]);
      this.groupCpus.set(group, cpus);
    }
    return cpus;
  }
}
