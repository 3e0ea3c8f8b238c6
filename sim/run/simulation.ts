import { InputError } from "../../traces/input-error.ts";
import { cpuNumbers } from "../chip/topology.ts";
import { SchedulerCore } from "../core.ts";
import { type Clock, EventQueue } from "../engine/event-queue.ts";
import { type Random, randomStream } from "../engine/random.ts";
import { Notes } from "../notes.ts";
import { taskComm } from "../workload/comm.ts";
import type { TaskSpec } from "../workload/programme.ts";
import { TaskRandom } from "../workload/task-random.ts";
import { withNumbers } from "./cpu-numbers.ts";
import { foreignReleaseRemark, reportLost } from "./deadlock.ts";
import { Interpreter } from "./interpreter.ts";
import { meteredPolicy, type PolicyMeter } from "./metered-policy.ts";
import { Observer } from "./observer.ts";
import type { SimulationOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { SimTask } from "./sim-task.ts";
import { TaskNumbers } from "./task-numbers.ts";
import { WorkConservation } from "./work-conservation.ts";

/** When a run first looks for deadlocks among tasks while others go on, ns; then at twice that time, and so on. */
const FIRST_LOST_CHECK_NS = 100_000_000;

/**
 * The event loop: takes the next event, moves the core's clock, carries the event out, and brings the CPUs' progress to
 * rest. Three kinds of event: the jiffy (every 1/HZ s, all CPUs whose tick runs), a task's timer, a CPU's completion.
 * Timers and completions have queues of their own, as there are few CPUs and many sleepers.
 */
export class Simulation {
  readonly options: SimulationOptions;
  readonly core: SchedulerCore;
  readonly clock: Clock = { now: -0 };
  /** The tasks' timers. With the jiffy and progress.completions they hold all that is to come. */
  private readonly timers = new EventQueue(this.clock);
  private nextJiffy: number;
  readonly observer: Observer;
  readonly progress: Progress;
  readonly tasks: SimTask[] = [];
  private readonly numbers = new TaskNumbers();
  readonly remarks = new Notes();
  readonly meter: PolicyMeter;
  exited = 0;
  units = 0;
  ticks = 0;
  readonly conservation: WorkConservation;
  private readonly interpreter: Interpreter;
  private readonly random: Random;
  private readonly jiffyNs: number;
  private eventsAtOnce = 0;
  /** When the next event is due. Not handed over as a parameter: V8 would box it. */
  private readonly dueNow = new Float64Array(1);
  /** When to tell onProgress again, and when to look for lost tasks. */
  private progressAt = 0;
  private lostCheckAt = FIRST_LOST_CHECK_NS;

  constructor(options: SimulationOptions) {
    this.options = options;
    const { hardware, topology } = options;
    this.conservation = new WorkConservation(topology.cpus.length);
    this.observer = new Observer({
      cpus: topology.cpus.length,
      conservation: this.conservation,
      hardware,
      onDecision: options.onDecision,
      onTimeline: options.onTimeline && withNumbers(cpuNumbers(topology), options.onTimeline),
    });
    this.meter = meteredPolicy(options, (ns) => this.progress.charge(this.core.executingCpu, ns));
    const newidleRandom = new TaskRandom(randomStream(options.seed, "newidle"));
    this.core = new SchedulerCore({
      topology,
      tunables: {
        newidleCost: (span, examined) =>
          hardware.balancePassNs === 0
            ? 0
            : hardware.balancePassNs + examined * hardware.balanceTaskNs + span,
        newidleRandom: () => newidleRandom.next32(),
        ...options.tunables,
      },
      policy: this.meter.policy,
      listener: this.observer,
    });
    this.jiffyNs = Math.floor(1e9 / this.core.tunables.hz);
    this.nextJiffy = this.jiffyNs;
    this.progress = new Progress(this.core, this.clock, hardware, this.conservation);
    this.observer.progress = this.progress;
    this.observer.core = this.core;
    this.random = randomStream(options.seed, "workload");
    this.interpreter = new Interpreter(this.core, this.timers, this.progress, hardware, {
      spawn: (spec, cpu) => this.spawn(spec, cpu),
      done: (task, units) => {
        task.units += units;
        this.units += units;
      },
      exited: (task) => {
        this.exited++;
        task.exitNs = this.clock.now;
      },
      timerFired: (task) => this.observer.timerFired(task),
      waking: (task, cpu) => this.observer.waking(task, cpu),
      foreignRelease: (task, mutex, line) =>
        this.remarks.add("foreign release", foreignReleaseRemark(task, mutex, line)),
    });
  }

  /** Remarks for the user: the workload's, the chip's, then those of the run. */
  get notes(): string[] {
    const { workload, topology } = this.options;
    return [...workload.notes, ...(topology.notes ?? []), ...this.remarks.list()];
  }

  /** From the first event to the last. */
  run(): void {
    this.begin();
    this.advance(Number.POSITIVE_INFINITY);
    this.progress.settleAll();
  }

  /** The same in turns of `events` events, each within `around`; `pause` is waited for between them. */
  async runInTurns(
    events: number,
    pause: () => Promise<unknown>,
    around: (turn: () => void) => void,
  ): Promise<void> {
    let over = false;
    around(() => this.begin());
    for (;;) {
      around(() => {
        over = this.advance(events);
      });
      if (over) break;
      await pause();
    }
    this.progress.settleAll();
  }

  private begin(): void {
    this.options.workload.setUp({
      cpus: this.core.cpus.length,
      cpuNumbers: cpuNumbers(this.options.topology),
      hardware: this.options.hardware,
      maxTasks: this.options.maxTasks,
      spawn: (spec) => this.spawn(spec, -1),
    });
    this.progress.rest();
  }

  /** Carries out up to `events` events; true when there is no more to come. */
  private advance(events: number): boolean {
    const { durationNs, onProgress } = this.options;
    // Counted upwards: counting down from infinity would allocate a number for each event.
    for (let done = 0; this.exited < this.tasks.length || this.tasks.length === 0; done++) {
      if (done === events) return false;
      const next = Math.min(this.nextJiffy, this.timers.peek(), this.progress.completions.peek());
      if (next > durationNs) {
        this.moveTo(durationNs);
        this.reportLost(false);
        break;
      }
      // Only the jiffy is left: nobody runs and no timer is set.
      if (this.timers.size + this.progress.completions.size === 0 && this.tasks.length > 0) {
        this.reportLost(true);
        break;
      }
      if (next >= this.lostCheckAt) {
        reportLost(this.tasks, this.clock.now, false);
        this.lostCheckAt = 2 * next;
      }
      if (onProgress && next >= this.progressAt) {
        onProgress(next, durationNs);
        this.progressAt = next + Math.ceil(durationNs / 100);
      }
      this.dueNow[0] = next;
      this.step();
    }
    return true;
  }

  /** Carries out the first event, which is due at dueNow[0]: at equal times the jiffy, then timers, then completions. */
  private step(): void {
    const { clock, timers } = this;
    const time = this.dueNow[0];
    if (time === clock.now) this.checkProgress();
    else {
      this.eventsAtOnce = 0;
      this.conservation.pass(time - clock.now);
      clock.now = time;
      this.observer.now = time;
      this.core.advanceTo(time);
    }
    if (time === this.nextJiffy) this.jiffy();
    else if (time === timers.peek()) this.interpreter.timerFired(timers.pop());
    else this.completion(this.progress.completions.pop());
    this.progress.rest();
    this.conservation.look();
  }

  private jiffy(): void {
    this.core.advanceJiffies();
    for (let cpu = 0; cpu < this.core.cpus.length; cpu++) {
      if (this.core.cpus[cpu].tickStopped) continue;
      this.ticks++;
      this.progress.charge(cpu, this.options.hardware.tickNs);
      this.core.tickCpu(cpu);
      this.progress.rest();
    }
    this.nextJiffy += this.jiffyNs;
  }

  private completion(cpu: number): void {
    this.progress.settle(cpu);
    const task = this.progress.cpus[cpu].occupant;
    if (task) this.interpreter.resume(task, cpu);
  }

  /** Creates a task: at its start time by a timer, or now from `cpu` (fork). */
  private spawn(spec: TaskSpec, cpu: number): void {
    if (this.tasks.length >= this.options.maxTasks) {
      throw new InputError("the workload creates too many tasks", {
        found: `more than ${this.options.maxTasks}`,
        expected: "a bounded number of tasks",
        hint: cpu < 0 ? "Ask for fewer tasks" : "Look for forks in an endless loop",
      });
    }
    const startNs = spec.startNs ?? 0;
    const task = this.core.newTask({
      comm: taskComm((cpu >= 0 && spec.forkComm?.(this.tasks.length)) || spec.comm),
      nice: spec.nice,
      policy: spec.policy,
      affinity: spec.affinity,
    });
    const t = new SimTask(
      task,
      spec,
      new TaskRandom(this.random),
      this.observer.latency.allocate(),
      this.numbers,
    );
    task.user = t;
    t.timersFromNs = spec.timersFromNs ?? this.clock.now + startNs;
    this.tasks.push(t);
    if (cpu >= 0 && startNs === 0) {
      t.born = true;
      this.core.wakeNew(task, cpu);
    } else {
      t.timerDue = this.clock.now + startNs;
      this.interpreter.setTimer(t);
    }
  }

  private moveTo(time: number): void {
    this.conservation.pass(time - this.clock.now);
    this.clock.now = time;
    this.observer.now = time;
    this.core.advanceTo(time);
  }

  /** @throws InputError for a deadlock; tasks that wait for ever for other reasons become remarks. */
  private reportLost(stalled: boolean): void {
    reportLost(this.tasks, this.clock.now, stalled, (text) => this.remarks.add("lost", text));
  }

  /** Bounds the events that may happen at one clock value. */
  private checkProgress(): void {
    if (++this.eventsAtOnce <= 20_000 + 1000 * this.tasks.length) return;
    const names = this.progress.cpus.flatMap((c) => (c.occupant ? [c.occupant.task.comm] : []));
    throw new InputError("the simulated clock does not move any more: tasks wake each other in no time", {
      found: `running: ${names.slice(0, 8).join(", ")}`,
      expected: "run or sleep events with a duration in endless loops",
    });
  }
}
