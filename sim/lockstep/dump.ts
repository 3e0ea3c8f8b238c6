import { BOOT_CLOCK } from "../state/boot-clock.ts";
import type { SchedDomain } from "../state/domain.ts";
import type { LbEnv } from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { TASK_DEAD, type Task } from "../state/task.ts";
import { entityNumber, type GroupLines } from "./group-lines.ts";
import { Rows } from "./rows.ts";
import type { RtLines } from "./rt-lines.ts";

/**
 * Prints the state of the machine as the kernel harness does: after each step only the lines that have changed since
 * they were last printed; before it a `cmt` line for each can_migrate_task() call.
 */
export class DumpPrinter {
  private readonly machine: Machine;
  /** null: not there yet. */
  private readonly tasks: readonly (Task | null)[];
  private readonly lines: string[] = [];
  private readonly cpuRows: Rows;
  private readonly domainRows: Rows;
  private readonly taskRows: Rows;
  /** null: the scenario has no groups. */
  private readonly groups: GroupLines | null;
  /** null: the scenario has no real-time tasks. */
  private readonly realTime: RtLines | null;
  private nohzShown = "";

  constructor(
    machine: Machine,
    tasks: readonly (Task | null)[],
    groups: GroupLines | null,
    realTime: RtLines | null,
  ) {
    this.machine = machine;
    this.tasks = tasks;
    this.groups = groups;
    this.realTime = realTime;
    let domains = 0;
    for (const rq of machine.cpus) for (let sd = rq.sd; sd !== null; sd = sd.parent) domains++;
    this.cpuRows = new Rows(CPU_LABELS, machine.cpus.length);
    this.domainRows = new Rows(DOMAIN_LABELS, domains);
    const more = [
      ...(groups === null ? [] : [" group="]),
      ...(realTime === null ? [] : [" prio=", " slice="]),
    ];
    this.taskRows = new Rows([...TASK_LABELS, ...more], tasks.length);
  }

  /** A can_migrate_task() call that has just returned. */
  decision(env: LbEnv, task: Task, verdict: number): void {
    const sd = env.sd!;
    const delta = task.se.execStart === 0 ? -1 : env.srcRq.clock - task.se.execStart;
    this.lines.push(
      `  cmt task=${task.pid} src=${env.srcRq.cpu} dst=${env.dstRq.cpu} idle=${env.idle}` +
        ` imbalance=${env.imbalance} type=${env.migrationType} failed=${sd.nrBalanceFailed}` +
        ` nice_tries=${sd.cacheNiceTries} level=${sd.level} flags=${env.flags} delta=${delta}` +
        ` ret=${verdict === 0 ? 0 : 1} hot=${task.schedTaskHot ? 1 : 0}`,
    );
  }

  /** The header of a step (-1: the start) and all lines that have changed. */
  step(index: number, text: string): void {
    this.lines.push(
      `step ${index} now=${this.machine.clock - BOOT_CLOCK} jiffies=${this.machine.jiffies} ${text}`,
    );
    if (this.machine.tunables.nohz) this.showNohz();
    this.realTime?.forMachine(this.machine, this.lines);
    this.groups?.forGroups(this.lines);
    let domain = 0;
    for (const rq of this.machine.cpus) {
      cpuValues(rq, this.cpuRows.now);
      if (this.cpuRows.changed(rq.cpu)) this.lines.push(` cpu ${rq.cpu} ${this.cpuRows.text()}`);
      let level = 0;
      for (let sd = rq.sd; sd !== null; sd = sd.parent) {
        domainValues(sd, this.domainRows.now);
        if (this.domainRows.changed(domain++))
          this.lines.push(` sd ${rq.cpu}.${level} ${this.domainRows.text()}`);
        level++;
      }
      this.groups?.forCpu(rq, this.lines);
      this.realTime?.forCpu(rq, this.lines);
    }
    for (let i = 0; i < this.tasks.length; i++) {
      const task = this.tasks[i];
      if (task === null || task.state === TASK_DEAD) continue;
      taskValues(task, this.taskRows.now);
      let more = TASK_LABELS.length;
      if (this.groups !== null) this.taskRows.now[more++] = task.group.id;
      if (this.realTime !== null) {
        this.taskRows.now[more++] = task.prio;
        this.taskRows.now[more++] = task.timeSlice;
      }
      if (this.taskRows.changed(i)) this.lines.push(` task ${task.pid} ${this.taskRows.text()}`);
    }
  }

  private showNohz(): void {
    const fields = nohzFields(this.machine);
    if (fields === this.nohzShown) return;
    this.nohzShown = fields;
    this.lines.push(` nohz ${fields}`);
  }

  /** Takes the lines printed so far. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

const CPU_LABELS = [
  "curr=",
  " nr=",
  " idle_h_nr=",
  " min_vruntime=",
  " weight=",
  " load_avg=",
  " runnable_avg=",
  " util_avg=",
  " load_sum=",
  " runnable_sum=",
  " util_sum=",
  " util_est=",
  " next=",
  " last=",
  " skip=",
  " avg_idle=",
  " next_balance=",
];

function cpuValues(rq: Rq, to: Float64Array): void {
  const { cfs } = rq;
  const { avg } = cfs;
  to[0] = rq.curr?.pid ?? -1;
  to[1] = cfs.hNrRunning;
  to[2] = cfs.idleHNrRunning;
  to[3] = cfs.minVruntime;
  to[4] = cfs.load;
  to[5] = avg.loadAvg;
  to[6] = avg.runnableAvg;
  to[7] = avg.utilAvg;
  to[8] = avg.loadSum;
  to[9] = avg.runnableSum;
  to[10] = avg.utilSum;
  to[11] = avg.utilEstEnqueued;
  to[12] = entityNumber(cfs.next);
  to[13] = entityNumber(cfs.last);
  to[14] = entityNumber(cfs.skip);
  to[15] = rq.avgIdle;
  to[16] = rq.nextBalance;
}

/** The global state of tickless idle, and how many CPUs of the first cache are not in it. */
function nohzFields({ nohz, cpus }: Machine): string {
  let idle = 0;
  for (let cpu = nohz.idleCpus.next(0); cpu >= 0; cpu = nohz.idleCpus.next(cpu + 1)) idle += 2 ** cpu;
  return (
    `idle=${idle} blocked=${nohz.hasBlocked ? 1 : 0} update=${nohz.needsUpdate ? 1 : 0}` +
    ` next_balance=${nohz.nextBalance} next_blocked=${nohz.nextBlocked} busy=${cpus[0].llcShared?.nrBusyCpus ?? 0}`
  );
}

const DOMAIN_LABELS = ["failed=", " interval=", " last_balance=", " newidle_cost="];

function domainValues(sd: SchedDomain, to: Float64Array): void {
  to[0] = sd.nrBalanceFailed;
  to[1] = sd.balanceInterval;
  to[2] = sd.lastBalance;
  to[3] = sd.maxNewidleLbCost;
}

/** UTIL_AVG_UNCHANGED, which the kernel keeps in bit 31 of util_est.enqueued. */
const UTIL_AVG_UNCHANGED = 2 ** 31;

const TASK_LABELS = [
  "cpu=",
  " on_rq=",
  " vruntime=",
  " exec=",
  " load_avg=",
  " runnable_avg=",
  " util_avg=",
  " load_sum=",
  " runnable_sum=",
  " util_sum=",
  " contrib=",
  " util_est=",
  ".",
  " migrations=",
  " flips=",
  " recent=",
];

function taskValues(task: Task, to: Float64Array): void {
  const { avg } = task.se;
  to[0] = task.cpu;
  to[1] = task.onRq ? 1 : 0;
  to[2] = task.se.vruntime;
  to[3] = task.se.sumExecRuntime;
  to[4] = avg.loadAvg;
  to[5] = avg.runnableAvg;
  to[6] = avg.utilAvg;
  to[7] = avg.loadSum;
  to[8] = avg.runnableSum;
  to[9] = avg.utilSum;
  to[10] = avg.periodContrib;
  to[11] = avg.utilEstEnqueued + (avg.utilEstUnchanged ? UTIL_AVG_UNCHANGED : 0);
  to[12] = avg.utilEstEwma;
  to[13] = task.se.nrMigrations;
  to[14] = task.wakeeFlips;
  to[15] = task.recentUsedCpu;
}
