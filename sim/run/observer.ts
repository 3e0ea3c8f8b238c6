import { REASONS, type Reason, type TraceRow } from "../../traces/schema.ts";
import {
  STOPPER_PID,
  type TimelineContext,
  type TimelineListener,
  type TimelineTask,
} from "../../traces/timeline.ts";
import type { Hardware } from "../chip/hardware.ts";
import type { SchedulerCore } from "../core.ts";
import type { Clock } from "../engine/agenda.ts";
import { LatencyHistograms } from "../output/latency-histogram.ts";
import type { BalanceWatch } from "../state/balance-watch.ts";
import type { BalanceOutcome, CoreListener, IpiKind, MigrationKind } from "../state/core-listener.ts";
import { PREV_EXITED, PREV_RUNNABLE } from "../state/core-listener.ts";
import type { Task } from "../state/task.ts";
import type { GroupTimeline } from "./group-timeline.ts";
import type { Progress } from "./progress.ts";
import type { SimTask } from "./sim-task.ts";
import type { WorkConservation } from "./work-conservation.ts";

export interface ObserverOptions {
  hardware: Hardware;
  onDecision?: (row: TraceRow) => void;
  onTimeline?: TimelineListener;
  watch?: BalanceWatch;
}

const KINDS: readonly MigrationKind[] = ["wakeup", "exec", "balance", "active", "affinity", "push", "pull"];
const REASON_INDEX = new Map<string, number>(REASONS.map((r, i) => [r, i]));
const KIND_INDEX = new Map<MigrationKind, number>(KINDS.map((k, i) => [k, i]));

const named = <K extends string>(names: readonly K[], counts: Float64Array): Record<K, number> =>
  Object.fromEntries(names.map((name, i) => [name, counts[i]])) as Record<K, number>;

/** Sees all that the scheduling core does: keeps the statistics, charges the costs, feeds decisions and timeline. */
export class Observer implements CoreListener {
  readonly latency = new LatencyHistograms();
  /** can_migrate_task() calls, those that detached their task, and moves, in the order of REASONS and KINDS. */
  private readonly decisionCounts = new Float64Array(REASONS.length);
  private readonly detachedCounts = new Float64Array(REASONS.length);
  private readonly migrationCounts = new Float64Array(KINDS.length);
  readonly cpuSwitches: Float64Array;
  readonly cpuArrivals: Float64Array;
  readonly cpuWaitNs: Float64Array;
  readonly cpuWakeups: Float64Array;
  readonly migrationsIn: Float64Array;
  readonly migrationsOut: Float64Array;
  switches = 0;
  wakeups = 0;
  balancePasses = 0;
  ipis = 0;
  private readonly core: SchedulerCore;
  private readonly progress: Progress;
  private readonly clock: Clock;
  /** stopper[cpu]: the CPU's stopper is on it, which the core shows as null. */
  private readonly stopper: Uint8Array;
  private readonly hardware: Hardware;
  private readonly conservation: WorkConservation;
  private readonly rowListener: ((row: TraceRow) => void) | undefined;
  readonly timeline: TimelineListener | undefined;
  readonly watch: BalanceWatch | undefined;
  /** Groups on the timeline; undefined where there is none. */
  groups: GroupTimeline | undefined;
  /** The task whose timer fires: it is woken by an interrupt, or started by nobody of the model. */
  private byTimer: Task | null = null;
  /** Who makes the decisions of the scan under way, and so the moves that follow. */
  private scanning: TimelineContext | undefined;

  constructor(
    core: SchedulerCore,
    progress: Progress,
    conservation: WorkConservation,
    clock: Clock,
    options: ObserverOptions,
  ) {
    this.core = core;
    this.progress = progress;
    this.conservation = conservation;
    this.clock = clock;
    this.hardware = options.hardware;
    this.rowListener = options.onDecision;
    this.timeline = options.onTimeline;
    this.watch = options.watch;
    const cpus = core.cpus.length;
    this.cpuSwitches = new Float64Array(cpus);
    this.cpuArrivals = new Float64Array(cpus);
    this.cpuWaitNs = new Float64Array(cpus);
    this.cpuWakeups = new Float64Array(cpus);
    this.migrationsIn = new Float64Array(cpus);
    this.migrationsOut = new Float64Array(cpus);
    this.stopper = new Uint8Array(cpus);
  }

  get decisions(): Record<Reason, number> {
    return named(REASONS, this.decisionCounts);
  }

  get detached(): Record<Reason, number> {
    return named(REASONS, this.detachedCounts);
  }

  get migrations(): Record<MigrationKind, number> {
    return named(KINDS, this.migrationCounts);
  }

  onSwitch(cpu: number, prev: Task | null, next: Task | null, prevState: number): void {
    this.switches++;
    this.cpuSwitches[cpu]++;
    const fromStopper = this.stopper[cpu] !== 0;
    const toStopper = next === null && this.core.cpus[cpu].stopperRunning;
    this.stopper[cpu] = toStopper ? 1 : 0;
    if (prev) {
      if (prevState === PREV_RUNNABLE) {
        const p = prev.user as SimTask;
        p.preemptions++;
        p.runnableSince = this.clock.now;
        this.beginWaiting(p);
      }
    }
    if (next) {
      const n = next.user as SimTask;
      n.switches++;
      this.cpuArrivals[cpu]++;
      if (n.runnableSince >= 0) {
        const waited = this.clock.now - n.runnableSince;
        n.waitNs += waited;
        this.cpuWaitNs[cpu] += waited;
        if (waited > n.maxWaitNs) {
          n.maxWaitNs = waited;
          n.maxWaitEndNs = this.clock.now;
        }
        n.runnableSince = -1;
        this.endWaiting(n);
        if (n.waking) {
          n.waking = false;
          if (n.index >= 0) this.latency.add(n.index, waited);
        }
      }
    }
    // An idle CPU absorbs it, unless its instructions are taken from others.
    if (next || toStopper || this.hardware.oneStream === 1)
      this.progress.charge(cpu, this.hardware.contextSwitchNs);
    this.progress.touch(cpu);
    if (this.timeline) {
      const from = timelineTask(prev, cpu, fromStopper);
      const exits = prevState === PREV_EXITED;
      if (exits) this.timeline({ type: "exit", time: this.clock.now, cpu, task: from });
      this.timeline({
        type: "switch",
        time: this.clock.now,
        cpu,
        prev: from,
        prevState: prevState === PREV_RUNNABLE ? "R" : exits ? "X" : "S",
        next: timelineTask(next, cpu, toStopper),
      });
      // delayed_put_task_struct(), a callback of RCU
      if (exits) this.timeline({ type: "free", time: this.clock.now, cpu, task: from, context: "softirq" });
      this.groups?.look(cpu);
    }
  }

  /** Called by the simulator when the task's timer fires, before the task wakes up or starts. */
  timerFired(task: SimTask): void {
    this.byTimer = task.task;
  }

  /** Called by the simulator before it wakes a sleeping task: the core reports only the result. */
  waking(task: SimTask, fromCpu: number): void {
    if (this.timeline)
      this.timeline({
        type: "waking",
        time: this.clock.now,
        cpu: fromCpu,
        task: timelineTask(task.task, fromCpu),
        targetCpu: task.task.cpu,
        context: this.byTimer === task.task ? "hardirq" : undefined,
      });
  }

  onWakeup(task: Task, targetCpu: number, wakerCpu: number, isNew: boolean): void {
    const t = task.user as SimTask;
    this.wakeups++;
    this.cpuWakeups[targetCpu]++;
    t.wakeups++;
    t.waking = true;
    t.runnableSince = this.clock.now;
    this.beginWaiting(t);
    const byTimer = this.byTimer === task;
    this.byTimer = null;
    if (!this.timeline) return;
    const { now: time } = this.clock;
    const woken = timelineTask(task, targetCpu);
    // what the workload starts has no parent in the model
    const context = !byTimer ? undefined : isNew ? "unknown" : "hardirq";
    if (isNew) this.timeline({ type: "newtask", time, cpu: wakerCpu, task: woken, context });
    this.timeline({ type: "wakeup", time, cpu: wakerCpu, task: woken, targetCpu, isNew, context });
  }

  onMigrate(task: Task, from: number, to: number, kind: MigrationKind): void {
    this.migrationCounts[KIND_INDEX.get(kind)!]++;
    this.migrationsOut[from]++;
    this.migrationsIn[to]++;
    const t = task.user as SimTask;
    t.migrations++;
    this.waitAsDue(t);
    if (kind === "balance" || kind === "active")
      this.progress.charge(this.executing(to), this.hardware.migrationNs);
    if (this.timeline)
      this.timeline({
        type: "migrate",
        time: this.clock.now,
        cpu: this.executing(to),
        task: timelineTask(task, to),
        origCpu: from,
        destCpu: to,
        kind,
        context: this.contextOfMove(task, kind),
      });
  }

  private contextOfMove(task: Task, kind: MigrationKind): TimelineContext | undefined {
    if (kind === "balance") return this.scanning;
    return kind === "wakeup" && this.byTimer === task ? "hardirq" : undefined;
  }

  onDecision(row: TraceRow): void {
    const { reason } = row;
    // a newly idle CPU balances in schedule(), a stopper as a task, all others in SCHED_SOFTIRQ
    this.scanning = row.cpu_newly_idle === 1 || row.lb_active === 1 ? undefined : "softirq";
    const index = REASON_INDEX.get(reason)!;
    this.decisionCounts[index]++;
    if (row.detached === 1) this.detachedCounts[index]++;
    this.rowListener?.(row);
    if (this.timeline)
      this.timeline({
        type: "decision",
        time: this.clock.now,
        cpu: this.core.executingCpu,
        task: { pid: row.pid, comm: row.comm, prio: 120 + row.task_nice },
        srcCpu: row.src_cpu,
        dstCpu: row.dst_cpu,
        level: row.sd_level,
        reason,
        migration: row.migration,
        detached: row.detached === 1,
        nrBalanceFailed: row.sd_nr_balance_failed,
        cacheNiceTries: row.sd_cache_nice_tries,
        context: this.scanning,
      });
  }

  onBalance(
    cpu: number,
    _level: string,
    _idleType: number,
    _outcome: BalanceOutcome,
    examined: number,
  ): void {
    this.balancePasses++;
    this.progress.charge(
      this.executing(cpu),
      this.hardware.balancePassNs + examined * this.hardware.balanceTaskNs,
    );
  }

  /** Whose group is throttled does not wait for a CPU, but for run time. */
  private beginWaiting(task: SimTask): void {
    if (task.task.se.cfsRq.throttleCount > 0) return;
    task.waitsOn = task.task.affinity;
    this.conservation.begin(task.waitsOn);
  }

  private endWaiting(task: SimTask): void {
    if (task.waitsOn === null) return;
    this.conservation.end(task.waitsOn);
    task.waitsOn = null;
  }

  onThrottle(group: number, cpu: number, throttled: boolean): void {
    this.groups?.throttle(group, cpu, throttled);
    for (let task = this.core.machine.cpus[cpu].tasks.head; task !== null; task = task.listNext)
      this.waitAsDue(task.user as SimTask);
  }

  /** A task that waits does so for a CPU or, throttled, for run time: whichever it is now. */
  private waitAsDue(task: SimTask): void {
    if (task.runnableSince < 0) return;
    if (task.task.se.cfsRq.throttleCount > 0) this.endWaiting(task);
    else if (task.waitsOn === null) this.beginWaiting(task);
  }

  /** The CPU whose code runs; `otherwise` where something outside the machine acts. */
  private executing(otherwise: number): number {
    const cpu = this.core.executingCpu;
    return cpu < 0 ? otherwise : cpu;
  }

  onIpi(_from: number, to: number, _kind: IpiKind): void {
    this.ipis++;
    this.progress.charge(to, this.hardware.ipiNs);
  }
}

/** A task, or where there is none what the kernel runs on the CPU instead. */
function timelineTask(task: Task | null, cpu: number, stopper = false): TimelineTask {
  if (task) return { pid: task.pid, comm: task.comm, prio: task.prio };
  if (stopper) return { pid: STOPPER_PID + cpu, comm: `migration/${cpu}`, prio: 0 };
  return { pid: 0, comm: `swapper/${cpu}`, prio: 120 };
}
