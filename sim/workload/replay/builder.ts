import { STOPPER_PID, type TimelineState } from "../../../traces/timeline.ts";
import type { HistoryListener, MoveKind } from "../../../traces/timelines/history-listener.ts";
import { type Cause, isStopper, type RecordedLife } from "../../../traces/timelines/life.ts";
import type { Hardware } from "../../chip/hardware.ts";
import type { Topology } from "../../chip/topology.ts";
import { Building, MAX_RT_PRIO, niceOf } from "./building.ts";
import { CpuWork } from "./cpu-work.ts";
import { inferMessages } from "./messages.ts";
import type { Replay } from "./replay.ts";
import * as T from "./tape.ts";
import { WakeFlags } from "./wake-flags.ts";

/** Threads that the kernel binds to a CPU and names after it. */
const BOUND =
  /^(?:ksoftirqd|cpuhp|watchdog|rcuc|rcuop|rcuog|irq_work|ktimers|idle_inject)\/(\d+)$|^kworker\/(\d+):/;
/** Whoever sleeps so soon after a wake-up knew of it, as the writer of a pipe or socket does (WF_SYNC), ns. */
const ABOUT_TO_SLEEP_NS = 100_000;
/** Of recordings with more wake-ups and sleeps nobody keeps when each step was: to infer messages takes more than a kilobyte for each of them. */
const MOST_TIMED = 200_000;
/** There is no more work between two wake-ups of one system call, ns. */
const ONE_CALL_NS = 500_000;

export interface ReplayOptions {
  /** What simulations will charge. */
  hardware: Readonly<Hardware>;
  /** The chip of the recording's machine, for which threads share a core; undefined: none do. */
  recordedOn?: Topology;
  /** Tasks of which is known that they may not run anywhere, by pid: they may where they ran. */
  bound?: ReadonlySet<number>;
  /** SCHED_BATCH or SCHED_IDLE, by pid, where that is known. */
  policies?: ReadonlyMap<number, number>;
  /** The part of the recording to take begins here, ns. */
  fromNs?: number;
  /** Tapes are to say when their steps were. */
  keepTimes?: boolean;
}

/**
 * Makes tapes of a history: for each task its work, its sleeps and what ended them.
 *
 *  B1. A wake-up by a task is a step of both: the waker wakes where it was in its own work, the woken waits. Each wait has its
 *      wake, which comes before it in the order of the recording: no replay can hang.
 *  B2. Whatever else ends a sleep ends it after as long as it took, counted from when the task fell asleep.
 *  B3. Who sleeps soon after a wake-up, and has done nothing in between, woke as it was about to sleep.
 *  B4. Who goes on waking others when it should have given way does so in one system call: these wake-ups are one operation, with no work
 *      between them (it comes after them).
 *  B5. Messages that came to tasks that were awake are inferred (messages.ts).
 *  B6. A sleep that began before the window begins with it; a wake-up before it has no step.
 */
export class ReplayBuilder implements HistoryListener {
  private readonly tasks: (Building | undefined)[] = [];
  private readonly work: CpuWork;
  private readonly flags = new WakeFlags();
  private readonly hardware: Readonly<Hardware>;
  private readonly fromNs: number;
  private readonly bound: ReadonlySet<number>;
  private readonly policies: ReadonlyMap<number, number>;
  private isIn = false;
  private readonly causes = { task: 0, timer: 0, device: 0, interrupt: 0, unknown: 0, fork: 0 };
  private guessed = 0;
  /** Times that a task fell asleep or was woken. */
  private events = 0;
  private isTimed = true;
  private readonly keepTimes: boolean;
  private cpuNs = 0;
  private workNs = 0;
  private costsNs = 0;

  constructor({ hardware, recordedOn, fromNs = 0, keepTimes = false, ...known }: ReplayOptions) {
    this.bound = known.bound ?? new Set();
    this.policies = known.policies ?? new Map();
    this.keepTimes = keepTimes;
    this.hardware = hardware;
    this.fromNs = fromNs;
    this.work = new CpuWork(hardware, recordedOn);
  }

  heard(cpu: number, time: number): void {
    this.work.heard(cpu, time);
  }

  begins(
    life: RecordedLife,
    time: number,
    how: "running" | "runnable" | "asleep" | "new",
    parent: RecordedLife | null,
  ): void {
    if (isStopper(life) || life.pid >= STOPPER_PID) return;
    if (how !== "asleep") this.flags.begins(life);
    const isIn = this.enters(time) && how === "new";
    const forker = isIn && parent ? this.tasks[parent.index] : undefined;
    const task = new Building(life, forker?.index ?? -1, isIn ? time - this.fromNs : 0);
    if (!this.isTimed) task.tape.forgetTimes();
    this.tasks[life.index] = task;
    if (how === "asleep") task.asleepSince = time;
    if (forker) {
      this.step(forker, T.STEP_FORK, life.index, time);
      this.causes.fork++;
    }
  }

  comes(life: RecordedLife, cpu: number, time: number): void {
    this.enters(time);
    this.flags.comes(life, cpu);
    this.work.clear(cpu, time);
    this.work.busy(cpu, time, true);
    const task = this.tasks[life.index];
    if (!task) return;
    if (this.isIn) task.owed += this.hardware.contextSwitchNs;
    if (!this.bound.has(life.pid)) return;
    task.ranOn ??= new Set();
    task.ranOn.add(cpu);
  }

  ran(life: RecordedLife, cpu: number, from: number, to: number): void {
    if (!this.enters(to)) return;
    const work = this.work.take(cpu, to);
    const task = this.tasks[life.index];
    if (!task) return;
    const begin = Math.max(from, this.fromNs);
    task.worked(work, begin, to - begin);
    this.cpuNs += to - begin;
  }

  leaves(life: RecordedLife, cpu: number, time: number, state: TimelineState): void {
    this.enters(time);
    if (state !== "R") this.count();
    this.work.busy(cpu, time, false);
    const task = this.tasks[life.index];
    if (!task) return;
    task.callFrom = -1;
    if (state === "R") return;
    this.flags.sleeps(life);
    if (task.wokeLength === task.tape.length && time - task.wokeAt <= ABOUT_TO_SLEEP_NS) {
      task.tape.makeSync();
      task.wokeLength = -1;
    }
    task.asleepSince = time;
    task.isGone = state === "X" || state === "Z";
    if (task.isGone && !this.isIn) this.tasks[life.index] = undefined;
  }

  wakes(
    life: RecordedLife,
    time: number,
    cause: Cause,
    waker: RecordedLife | null,
    guessed: boolean,
    overdue: boolean,
  ): void {
    this.enters(time);
    this.count();
    this.flags.wakes(life, cause === "task" ? waker : null);
    const task = this.tasks[life.index];
    if (!task) return;
    const since = Math.max(task.asleepSince, this.fromNs);
    task.asleepSince = -1;
    if (!this.isIn) return;
    const by = cause === "task" && waker ? this.tasks[waker.index] : undefined;
    if (by) {
      this.wake(by, task, overdue, time);
      by.wokeAt = time;
      this.settle(task);
      task.tape.pushSleep(T.STEP_WAIT, by.index, time - since, time);
      task.owed += this.hardware.syscallNs;
      this.causes.task++;
      if (guessed) this.guessed++;
    } else this.sleep(task, cause === "task" ? "unknown" : cause, time - since, time);
  }

  moved(life: RecordedLife, kind: MoveKind): void {
    this.flags.moved(life, kind);
  }

  /** B1, B4 */
  private wake(by: Building, task: Building, overdue: boolean, time: number): void {
    if (by.callFrom < 0 || by.wokeLength !== by.tape.length) by.callFrom = by.tape.length;
    const gap = by.run - by.wokeRun;
    if (overdue && by.callFrom < by.tape.length && gap <= ONE_CALL_NS)
      by.worked(by.tape.joinWakes(by.callFrom, gap), time, 0);
    else this.settle(by);
    by.tape.push(T.STEP_WAKE, task.index, time);
    by.owed += this.hardware.syscallNs;
    by.wokeLength = by.tape.length;
    by.wokeRun = by.run;
  }

  priority(life: RecordedLife, time: number): void {
    const task = this.tasks[life.index];
    if (!task || life.prio < MAX_RT_PRIO) return; // lent by a mutex, or not yet begun
    const nice = niceOf(life.prio);
    task.rtPriority = 0; // or else it was lent
    if (!this.enters(time)) task.nice = nice;
    else this.step(task, T.STEP_NICE, nice + 20, time);
  }

  frequency(cpu: number, time: number, khz: number): void {
    this.enters(time);
    this.work.frequency(cpu, time, khz);
  }

  /** What was made, of a recording that ended at `toNs`. */
  finish(toNs: number, lives: readonly RecordedLife[]): Replay {
    for (const task of this.tasks) {
      if (!task) continue;
      task.comm = lives[task.index].comm || `pid-${task.pid}`;
      this.settle(task);
      if (task.asleepSince >= 0) {
        const kind = task.isGone ? T.STEP_EXIT : T.STEP_SLEEP;
        task.tape.pushSleep(kind, 0, toNs - Math.max(task.asleepSince, this.fromNs), toNs);
      }
    }
    const unseen = this.isTimed ? inferMessages(this.tasks) : undefined;
    for (const task of this.tasks) {
      if (!task) continue;
      this.flags.set(task.tape, lives[task.index], lives);
      task.tape.trim();
      if (!this.keepTimes) task.tape.forgetTimes();
      const [, bound, worker] = BOUND.exec(task.comm) ?? [];
      if (bound ?? worker) task.boundTo = Number(bound ?? worker);
      if (task.rtPriority === 0) task.policy = this.policies.get(task.pid);
    }
    const { causes, guessed, cpuNs, workNs, costsNs } = this;
    const { sharedNs, slowNs } = this.work;
    return {
      tasks: this.tasks,
      lengthNs: Math.max(0, toNs - this.fromNs),
      causes,
      guessed,
      unseen,
      corrections: { cpuNs, workNs, sharedNs, slowNs, costsNs },
    };
  }

  /** Whether the window has begun; as it begins, the CPUs' work until then is nobody's. */
  private enters(time: number): boolean {
    if (!this.isIn && time >= this.fromNs) {
      this.isIn = true;
      this.work.restart(this.fromNs);
    }
    return this.isIn;
  }

  private count(): void {
    if (++this.events <= MOST_TIMED || !this.isTimed) return;
    this.isTimed = false;
    for (const task of this.tasks) task?.tape.forgetTimes();
  }

  private sleep(task: Building, cause: T.SleepCause, ns: number, time: number): void {
    this.causes[cause]++;
    this.settle(task);
    task.tape.pushSleep(T.STEP_SLEEP, T.SLEEP_CAUSES.indexOf(cause), ns, time);
  }

  /** A step that enters the kernel. */
  private step(task: Building, kind: number, value: number, time: number): void {
    this.settle(task);
    task.tape.push(kind, value, time);
    task.owed += this.hardware.syscallNs;
  }

  /** Puts the work until now on the tape, less what is owed for it. */
  private settle(task: Building): void {
    const { work, costs } = task.settle();
    this.workNs += work;
    this.costsNs += costs;
  }
}
