import { STOPPER_PID, type TimelineState } from "../../../traces/timeline.ts";
import {
  type Cause,
  type HistoryListener,
  isStopper,
  type RecordedLife,
} from "../../../traces/timelines/history.ts";
import type { Hardware } from "../../chip/hardware.ts";
import type { Topology } from "../../chip/topology.ts";
import { CpuWork } from "./cpu-work.ts";
import type { Replay, ReplayTask } from "./replay.ts";
import * as T from "./tape.ts";

/** Kernel priorities of the fair class begin here, nice 0 in the middle of them. */
const MAX_RT_PRIO = 100;
const DEFAULT_PRIO = 120;
const MAX_PRIO = 140;

/** Threads that the kernel binds to a CPU and names after it. */
const BOUND =
  /^(?:ksoftirqd|cpuhp|watchdog|rcuc|rcuop|rcuog|irq_work|ktimers|idle_inject)\/(\d+)$|^kworker\/(\d+):/;
/** Whoever sleeps so soon after a wake-up knew of it, as the writer of a pipe or socket does (WF_SYNC), ns. */
const ABOUT_TO_SLEEP_NS = 100_000;

/** A task in the making. */
class Building implements ReplayTask {
  readonly index: number;
  readonly pid: number;
  comm: string;
  nice: number;
  rtPriority: number;
  boundTo?: number;
  readonly forkedBy: number;
  readonly tape = new T.Tape();
  /** Work since its last step, ns. */
  run = 0;
  /** What the simulator will charge for its steps and switches, not yet taken off its work. */
  owed = 0;
  readonly bornNs: number;
  /** Since when it sleeps or is gone, ns; -1: neither. */
  asleepSince = -1;
  isGone = false;
  /** When it last woke a task, and the length of its tape then. */
  wokeAt = Number.NEGATIVE_INFINITY;
  wokeLength = -1;

  constructor(life: RecordedLife, forkedBy: number, bornNs: number) {
    this.bornNs = bornNs;
    this.index = life.index;
    this.pid = life.pid;
    this.comm = life.comm;
    this.rtPriority = life.prio >= 0 && life.prio < MAX_RT_PRIO - 1 ? MAX_RT_PRIO - 1 - life.prio : 0;
    this.nice = niceOf(life.prio);
    this.forkedBy = forkedBy;
  }
}

const niceOf = (prio: number): number => (prio >= MAX_RT_PRIO && prio < MAX_PRIO ? prio - DEFAULT_PRIO : 0);

export interface ReplayOptions {
  /** What simulations will charge. */
  hardware: Readonly<Hardware>;
  /** The chip of the recording's machine, for which threads share a core; undefined: none do. */
  recordedOn?: Topology;
  /** The part of the recording to take begins here, ns. */
  fromNs?: number;
}

/**
 * Makes tapes of a history: for each task its work, its sleeps and what ended them.
 *
 *  B1. A wake-up by a task is a step of both: the waker wakes where it was in its own work, the woken waits. Each wait has its
 *      wake, which comes before it in the order of the recording: no replay can hang.
 *  B2. Whatever else ends a sleep ends it after as long as it took, counted from when the task fell asleep.
 *  B3. Who sleeps soon after a wake-up, and has done nothing in between, woke as it was about to sleep.
 *  B4. A sleep that began before the window begins with it; a wake-up before it has no step.
 */
export class ReplayBuilder implements HistoryListener {
  private readonly tasks: (Building | undefined)[] = [];
  private readonly work: CpuWork;
  private readonly hardware: Readonly<Hardware>;
  private readonly fromNs: number;
  private isIn = false;
  private readonly causes = { task: 0, timer: 0, device: 0, interrupt: 0, unknown: 0, fork: 0 };
  private guessed = 0;
  private cpuNs = 0;
  private workNs = 0;
  private costsNs = 0;

  constructor({ hardware, recordedOn, fromNs = 0 }: ReplayOptions) {
    this.hardware = hardware;
    this.fromNs = fromNs;
    this.work = new CpuWork(hardware, recordedOn);
  }

  begins(
    life: RecordedLife,
    time: number,
    how: "running" | "runnable" | "asleep" | "new",
    parent: RecordedLife | null,
  ): void {
    if (isStopper(life) || life.pid >= STOPPER_PID) return;
    const isIn = this.enters(time) && how === "new";
    const forker = isIn && parent ? this.tasks[parent.index] : undefined;
    const task = new Building(life, forker?.index ?? -1, isIn ? time - this.fromNs : 0);
    this.tasks[life.index] = task;
    if (how === "asleep") task.asleepSince = time;
    if (forker) {
      this.step(forker, T.STEP_FORK, life.index);
      this.causes.fork++;
    }
  }

  comes(life: RecordedLife, cpu: number, time: number): void {
    this.enters(time);
    this.work.clear(cpu, time);
    this.work.busy(cpu, time, true);
    const task = this.tasks[life.index];
    if (task && this.isIn) task.owed += this.hardware.contextSwitchNs;
  }

  ran(life: RecordedLife, cpu: number, from: number, to: number): void {
    if (!this.enters(to)) return;
    const work = this.work.take(cpu, to);
    const task = this.tasks[life.index];
    if (!task) return;
    task.run += work;
    this.cpuNs += to - Math.max(from, this.fromNs);
  }

  leaves(life: RecordedLife, cpu: number, time: number, state: TimelineState): void {
    this.enters(time);
    this.work.busy(cpu, time, false);
    const task = this.tasks[life.index];
    if (!task || state === "R") return;
    if (task.wokeLength === task.tape.length && time - task.wokeAt <= ABOUT_TO_SLEEP_NS) {
      task.tape.makeSync();
      task.wokeLength = -1;
    }
    task.asleepSince = time;
    task.isGone = state === "X" || state === "Z";
    if (task.isGone && !this.isIn) this.tasks[life.index] = undefined;
  }

  wakes(life: RecordedLife, time: number, cause: Cause, waker: RecordedLife | null, guessed: boolean): void {
    this.enters(time);
    const task = this.tasks[life.index];
    if (!task) return;
    const since = Math.max(task.asleepSince, this.fromNs);
    task.asleepSince = -1;
    if (!this.isIn) return;
    const by = cause === "task" && waker ? this.tasks[waker.index] : undefined;
    if (by) {
      this.step(by, T.STEP_WAKE, task.index);
      by.wokeAt = time;
      by.wokeLength = by.tape.length;
      this.settle(task);
      task.tape.pushSleep(T.STEP_WAIT, by.index, time - since);
      task.owed += this.hardware.syscallNs;
      this.causes.task++;
      if (guessed) this.guessed++;
    } else this.sleep(task, cause === "task" ? "unknown" : cause, time - since);
  }

  priority(life: RecordedLife, time: number): void {
    const task = this.tasks[life.index];
    if (!task || life.prio < MAX_RT_PRIO) return; // lent by a mutex, or not yet begun
    const nice = niceOf(life.prio);
    task.rtPriority = 0; // or else it was lent
    if (!this.enters(time)) task.nice = nice;
    else this.step(task, T.STEP_NICE, nice + 20);
  }

  frequency(cpu: number, time: number, khz: number): void {
    this.enters(time);
    this.work.frequency(cpu, time, khz);
  }

  /** What was made, of a recording that ended at `toNs`. */
  finish(toNs: number, lives: readonly RecordedLife[]): Replay {
    for (const task of this.tasks) {
      if (!task) continue;
      this.settle(task);
      if (task.asleepSince >= 0) {
        const kind = task.isGone ? T.STEP_EXIT : T.STEP_SLEEP;
        task.tape.pushSleep(kind, 0, toNs - Math.max(task.asleepSince, this.fromNs));
      }
      task.tape.trim();
      task.comm = lives[task.index].comm || `pid-${task.pid}`;
      const [, bound, worker] = BOUND.exec(task.comm) ?? [];
      if (bound ?? worker) task.boundTo = Number(bound ?? worker);
    }
    const { causes, guessed, cpuNs, workNs, costsNs } = this;
    const { sharedNs, slowNs } = this.work;
    return {
      tasks: this.tasks,
      lengthNs: Math.max(0, toNs - this.fromNs),
      causes,
      guessed,
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

  private sleep(task: Building, cause: T.SleepCause, ns: number): void {
    this.causes[cause]++;
    this.settle(task);
    task.tape.pushSleep(T.STEP_SLEEP, T.SLEEP_CAUSES.indexOf(cause), ns);
  }

  /** A step that enters the kernel. */
  private step(task: Building, kind: number, value: number): void {
    this.settle(task);
    task.tape.push(kind, value);
    task.owed += this.hardware.syscallNs;
  }

  /** Puts the work until now on the tape, less what is owed for it. */
  private settle(task: Building): void {
    const off = Math.min(task.run, task.owed);
    task.owed -= off;
    this.costsNs += off;
    const work = task.run - off;
    task.run = 0;
    this.workNs += work;
    task.tape.pushRun(work);
  }
}
