import { BOOT_CLOCK } from "../state/boot-clock.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { CoreTimer } from "../state/core-timers.ts";
import type { SchedEntity } from "../state/entity.ts";
import type { Rq } from "../state/rq.ts";
import type { TaskGroup } from "../state/task-group.ts";
import { Rows, Texts } from "./rows.ts";

/** How an entity is named: a task by its number, a group by -1 less its number; none is -1. */
export function entityNumber(se: SchedEntity | null): number {
  if (se === null) return -1;
  return se.task === null ? -1 - se.myQ!.tg.id : se.task.pid;
}

/** The lines of a dump that show groups, for scenarios that have some. */
export class GroupLines {
  private readonly groups: ReadonlyMap<number, TaskGroup>;
  private readonly cpus: number;
  private readonly groupRows: Rows;
  private readonly throttledTexts = new Texts();
  private readonly rootRows: Rows;
  private readonly leafTexts = new Texts();
  private readonly queueRows: Rows;
  private readonly entityRows: Rows;
  private shown: TaskGroup[] = [];

  /** `groups`: those that there are, by their numbers, 1 to `most`. */
  constructor(groups: ReadonlyMap<number, TaskGroup>, most: number, cpus: number) {
    this.groups = groups;
    this.cpus = cpus;
    this.groupRows = new Rows(GROUP_LABELS, most + 1);
    this.rootRows = new Rows(ROOT_LABELS, cpus);
    this.queueRows = new Rows(QUEUE_LABELS, (most + 1) * cpus);
    this.entityRows = new Rows(ENTITY_LABELS, (most + 1) * cpus);
  }

  /** Those of the groups, ascending. */
  forGroups(lines: string[]): void {
    for (const group of this.shown) if (this.groups.get(group.id) !== group) this.forget(group.id);
    this.shown = [...this.groups.values()].sort((a, b) => a.id - b.id);
    for (const group of this.shown) {
      groupValues(group, this.groupRows.now);
      if (this.groupRows.changed(group.id)) lines.push(` grp ${group.id} ${this.groupRows.text()}`);
      const throttled = group.bandwidth!.throttledQueues.map(({ rq }) => ` ${rq.cpu}`).join("");
      if (this.throttledTexts.changed(group.id, throttled)) lines.push(` throttled ${group.id}${throttled}`);
    }
  }

  /** Those of a CPU: its root queue, the order of its queues, and each group's queue and entity there. */
  forCpu(rq: Rq, lines: string[]): void {
    const { cpu } = rq;
    rootValues(rq.cfs, this.rootRows.now);
    if (this.rootRows.changed(cpu)) lines.push(` root ${cpu} ${this.rootRows.text()}`);
    let leaves = "";
    for (let link = rq.leafQueues.next; link.cfs !== null; link = link.next) leaves += ` ${link.cfs.tg.id}`;
    if (this.leafTexts.changed(cpu, leaves)) lines.push(` leaf ${cpu}${leaves}`);
    for (const { id, queues, entities } of this.shown) {
      const line = id * this.cpus + cpu;
      queueValues(queues[cpu], this.queueRows.now);
      if (this.queueRows.changed(line)) lines.push(` cfs ${id}.${cpu} ${this.queueRows.text()}`);
      entityValues(entities[cpu], this.entityRows.now);
      if (this.entityRows.changed(line)) lines.push(` se ${id}.${cpu} ${this.entityRows.text()}`);
    }
  }

  private forget(id: number): void {
    this.groupRows.forget(id);
    this.throttledTexts.forget(id);
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      this.queueRows.forget(id * this.cpus + cpu);
      this.entityRows.forget(id * this.cpus + cpu);
    }
  }
}

const bit = (flag: boolean) => (flag ? 1 : 0);
/** A time on the scheduler's clock, from the start on; -1 where it has never been set. */
const since = (clock: number) => (clock === 0 ? -1 : clock - BOOT_CLOCK);
const due = ({ armed, expires }: CoreTimer) => (armed ? expires - BOOT_CLOCK : -1);

const GROUP_LABELS = [
  ...["parent=", " shares=", " idle=", " load_avg=", " quota=", " period=", " burst=", " runtime=", " snap="],
  ...[" bw_idle=", " active=", " timer=", " timer_cpu=", " slack_started=", " slack=", " slack_cpu="],
  ...[" nr_periods=", " nr_throttled=", " throttled_time=", " nr_burst=", " burst_time="],
];

function groupValues({ parent, shares, idle, loadAvg, bandwidth }: TaskGroup, to: Float64Array): void {
  const pool = bandwidth!;
  to[0] = parent!.id;
  to[1] = shares;
  to[2] = bit(idle);
  to[3] = loadAvg;
  to[4] = pool.quota === Number.POSITIVE_INFINITY ? -1 : pool.quota;
  to[5] = pool.period;
  to[6] = pool.burst;
  to[7] = pool.runtime;
  to[8] = pool.runtimeSnap;
  to[9] = bit(pool.idle);
  to[10] = bit(pool.periodActive);
  to[11] = due(pool.periodTimer);
  to[12] = pool.periodTimer.cpu;
  to[13] = bit(pool.slackStarted);
  to[14] = due(pool.slackTimer);
  to[15] = pool.slackTimer.cpu;
  to[16] = pool.nrPeriods;
  to[17] = pool.nrThrottled;
  to[18] = pool.throttledTime;
  to[19] = pool.nrBurst;
  to[20] = pool.burstTime;
}

const ROOT_LABELS = [
  ...["nr_running=", " idle_nr=", " h_load=", " propagate="],
  ...[" removed=", " removed_load=", " removed_util=", " removed_runnable="],
];

function rootValues(cfs: CfsRq, to: Float64Array): void {
  to[0] = cfs.nrRunning;
  to[1] = cfs.idleNrRunning;
  to[2] = cfs.hLoad;
  to[3] = bit(cfs.propagate);
  to[4] = cfs.removedNr;
  to[5] = cfs.removedLoadAvg;
  to[6] = cfs.removedUtilAvg;
  to[7] = cfs.removedRunnableAvg;
}

const QUEUE_LABELS = [
  ...["nr_running=", " h_nr=", " idle_nr=", " idle_h_nr=", " min_vruntime=", " weight=", " load_avg="],
  ...[
    " runnable_avg=",
    " util_avg=",
    " load_sum=",
    " runnable_sum=",
    " util_sum=",
    " contrib=",
    " propagate=",
  ],
  ...[
    " prop_sum=",
    " removed=",
    " removed_load=",
    " removed_util=",
    " removed_runnable=",
    " h_load=",
    " curr=",
  ],
  ...[
    " next=",
    " last=",
    " skip=",
    " idle=",
    " on_list=",
    " enabled=",
    " remaining=",
    " throttled=",
    " count=",
  ],
  ...[" clock=", " clock_pelt=", " pelt_time=", " pelt_idle="],
];

function queueValues(cfs: CfsRq, to: Float64Array): void {
  const { avg } = cfs;
  to[0] = cfs.nrRunning;
  to[1] = cfs.hNrRunning;
  to[2] = cfs.idleNrRunning;
  to[3] = cfs.idleHNrRunning;
  to[4] = cfs.minVruntime;
  to[5] = cfs.load;
  to[6] = avg.loadAvg;
  to[7] = avg.runnableAvg;
  to[8] = avg.utilAvg;
  to[9] = avg.loadSum;
  to[10] = avg.runnableSum;
  to[11] = avg.utilSum;
  to[12] = cfs.tgLoadAvgContrib;
  to[13] = bit(cfs.propagate);
  to[14] = cfs.propRunnableSum;
  to[15] = cfs.removedNr;
  to[16] = cfs.removedLoadAvg;
  to[17] = cfs.removedUtilAvg;
  to[18] = cfs.removedRunnableAvg;
  to[19] = cfs.hLoad;
  to[20] = entityNumber(cfs.curr);
  to[21] = entityNumber(cfs.next);
  to[22] = entityNumber(cfs.last);
  to[23] = entityNumber(cfs.skip);
  to[24] = bit(cfs.idle);
  to[25] = bit(cfs.onLeafList);
  to[26] = bit(cfs.runtimeEnabled);
  to[27] = cfs.runtimeRemaining;
  to[28] = bit(cfs.throttled);
  to[29] = cfs.throttleCount;
  to[30] = since(cfs.throttledClock);
  to[31] = since(cfs.throttledClockPelt);
  to[32] = cfs.throttledClockPeltTime;
  to[33] = cfs.throttledPeltIdle === Number.POSITIVE_INFINITY ? -1 : cfs.throttledPeltIdle;
}

const ENTITY_LABELS = [
  ...["on_rq=", " vruntime=", " weight=", " exec=", " load_avg=", " runnable_avg=", " util_avg="],
  ...[" load_sum=", " runnable_sum=", " util_sum=", " contrib=", " runnable="],
];

function entityValues(se: SchedEntity, to: Float64Array): void {
  const { avg } = se;
  to[0] = bit(se.onRq);
  to[1] = se.vruntime;
  to[2] = se.load;
  to[3] = se.sumExecRuntime;
  to[4] = avg.loadAvg;
  to[5] = avg.runnableAvg;
  to[6] = avg.utilAvg;
  to[7] = avg.loadSum;
  to[8] = avg.runnableSum;
  to[9] = avg.utilSum;
  to[10] = avg.periodContrib;
  to[11] = se.runnableWeight;
}
