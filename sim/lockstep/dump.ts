import type { SchedDomain } from "../balance/domain.ts";
import type { LbEnv } from "../balance/lb-env.ts";
import { BOOT_CLOCK, type Machine } from "../cfs/machine.ts";
import type { Rq } from "../cfs/rq.ts";
import { TASK_DEAD, type Task } from "../cfs/task.ts";

/**
 * Prints the state of the machine as the kernel harness does: after each step only the lines that have changed since
 * they were last printed; before it a `cmt` line for each can_migrate_task() call.
 */
export class DumpPrinter {
  private readonly machine: Machine;
  /** null: not there yet. */
  private readonly tasks: readonly (Task | null)[];
  private readonly shown = new Map<string, string>();
  private readonly lines: string[] = [];

  constructor(machine: Machine, tasks: readonly (Task | null)[]) {
    this.machine = machine;
    this.tasks = tasks;
  }

  /** A can_migrate_task() call that has just returned. */
  decision(env: LbEnv, task: Task, verdict: number): void {
    const sd = env.sd!;
    const delta = task.execStart === 0 ? -1 : env.srcRq.clock - task.execStart;
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
    if (this.machine.tunables.nohz) this.show(" nohz", nohzFields(this.machine));
    for (const rq of this.machine.cpus) {
      this.show(` cpu ${rq.cpu}`, cpuFields(rq));
      let level = 0;
      for (let sd = rq.sd; sd !== null; sd = sd.parent) {
        this.show(` sd ${rq.cpu}.${level++}`, domainFields(sd));
      }
    }
    for (const task of this.tasks)
      if (task !== null && task.state !== TASK_DEAD) this.show(` task ${task.pid}`, taskFields(task));
  }

  private show(key: string, fields: string): void {
    if (this.shown.get(key) === fields) return;
    this.shown.set(key, fields);
    this.lines.push(`${key} ${fields}`);
  }

  /** Takes the lines printed so far. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

function pidOf(task: Task | null): number {
  return task === null ? -1 : task.pid;
}

function cpuFields(rq: Rq): string {
  const { cfs } = rq;
  const { avg } = cfs;
  return (
    `curr=${pidOf(rq.curr)} nr=${cfs.nrRunning} idle_h_nr=${cfs.idleNrRunning}` +
    ` min_vruntime=${cfs.minVruntime} weight=${cfs.weight * 1024} load_avg=${avg.loadAvg}` +
    ` runnable_avg=${avg.runnableAvg} util_avg=${avg.utilAvg} load_sum=${avg.loadSum}` +
    ` runnable_sum=${avg.runnableSum} util_sum=${avg.utilSum} util_est=${avg.utilEstEnqueued}` +
    ` next=${pidOf(cfs.next)} last=${pidOf(cfs.last)} skip=${pidOf(cfs.skip)}` +
    ` avg_idle=${rq.avgIdle} next_balance=${rq.nextBalance}`
  );
}

/** The global state of tickless idle, and how many CPUs of the first cache are not in it. */
function nohzFields({ nohz, cpus }: Machine): string {
  let idle = 0;
  for (let cpu = nohz.idleCpus.next(0); cpu >= 0; cpu = nohz.idleCpus.next(cpu + 1)) idle += 2 ** cpu;
  return (
    `idle=${idle} blocked=${nohz.hasBlocked ? 1 : 0} update=${nohz.needsUpdate ? 1 : 0}` +
    ` next_balance=${nohz.nextBalance} next_blocked=${nohz.nextBlocked} busy=${cpus[0]!.llcShared?.nrBusyCpus ?? 0}`
  );
}

function domainFields(sd: SchedDomain): string {
  return (
    `failed=${sd.nrBalanceFailed} interval=${sd.balanceInterval} last_balance=${sd.lastBalance}` +
    ` newidle_cost=${sd.maxNewidleLbCost}`
  );
}

/** UTIL_AVG_UNCHANGED, which the kernel keeps in bit 31 of util_est.enqueued. */
const UTIL_AVG_UNCHANGED = 2 ** 31;

function taskFields(task: Task): string {
  const { avg } = task;
  const enqueued = avg.utilEstEnqueued + (avg.utilEstUnchanged ? UTIL_AVG_UNCHANGED : 0);
  return (
    `cpu=${task.cpu} on_rq=${task.onRq ? 1 : 0} vruntime=${task.vruntime} exec=${task.sumExecRuntime}` +
    ` load_avg=${avg.loadAvg} runnable_avg=${avg.runnableAvg} util_avg=${avg.utilAvg}` +
    ` load_sum=${avg.loadSum} runnable_sum=${avg.runnableSum} util_sum=${avg.utilSum}` +
    ` contrib=${avg.periodContrib} util_est=${enqueued}.${avg.utilEstEwma}` +
    ` migrations=${task.nrMigrations} flips=${task.wakeeFlips} recent=${task.recentUsedCpu}`
  );
}
