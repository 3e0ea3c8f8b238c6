import { cpuNumbers } from "../chip/topology.ts";
import { SchedulerCore } from "../core.ts";
import { Agenda } from "../engine/agenda.ts";
import { randomStream } from "../engine/random.ts";
import { Notes } from "../notes.ts";
import { defaultTunables, type Tunables } from "../tunables.ts";
import { TaskRandom } from "../workload/task-random.ts";
import { Background } from "./background.ts";
import { Controller } from "./controller.ts";
import { withNumbers } from "./cpu-numbers.ts";
import { reportLost } from "./deadlock.ts";
import { GroupSet } from "./group-set.ts";
import { GroupTimeline } from "./group-timeline.ts";
import { Interpreter } from "./interpreter.ts";
import { Interrupts } from "./interrupts.ts";
import { Jitter } from "./jitter.ts";
import { meteredPolicy, type PolicyMeter } from "./metered-policy.ts";
import { Observer } from "./observer.ts";
import type { SimulationOptions } from "./options.ts";
import { PassRecorder } from "./pass-recorder.ts";
import { PolicyThread } from "./policy-thread.ts";
import {
  PRIORITY_COMPLETION,
  PRIORITY_CORE_TIMER,
  PRIORITY_FREQUENCY,
  PRIORITY_INTERRUPT,
  PRIORITY_JIFFY,
  PRIORITY_TIMER,
  PRIORITY_TURN,
} from "./priorities.ts";
import { Progress } from "./progress.ts";
import type { SimTask } from "./sim-task.ts";
import { StreamTurns } from "./stream-turns.ts";
import { TaskSet } from "./task-set.ts";
import { Timers } from "./timers.ts";
import { Watch } from "./watch.ts";
import { WorkConservation } from "./work-conservation.ts";

/**
 * A run: takes the next event off the agenda, moves the core's clock, has the event carried out, and brings the CPUs'
 * progress to rest. Five kinds of event: a timer of the scheduler's own, the jiffy (every 1/HZ s, with the ticks of all CPUs
 * that are not idle), an interrupt that comes late (a tick, a nohz kick), a task's timer, a CPU's completion of a step. Once
 * made it stands before its first event; how it is driven from there (step by step, up to a time, to its end) makes no
 * difference to what happens.
 */
export class Simulation {
  readonly options: SimulationOptions;
  readonly core: SchedulerCore;
  readonly agenda = new Agenda();
  readonly clock = this.agenda.clock;
  readonly observer: Observer;
  readonly progress: Progress;
  readonly tasks: TaskSet;
  readonly groups: GroupSet;
  readonly background: Background;
  readonly remarks = new Notes();
  readonly meter: PolicyMeter;
  readonly policyThread: PolicyThread;
  readonly conservation: WorkConservation;
  ticks = 0;
  /** There is no more to come. */
  over = false;
  private readonly watch: Watch;
  private readonly interpreter: Interpreter;
  private readonly jiffyNs: number;
  private readonly jiffySlot: number;
  /** null: the policy controls nothing. */
  private readonly controller: Controller | null;
  /** When the next one comes, ns. */
  private jiffyAt: number;
  /** null where CPUs have turns, by which interrupts come. */
  private readonly interrupts: Interrupts | null;
  private readonly turns: StreamTurns | null;
  /** The core's next timer, as the agenda has it. ns; Infinity: none */
  private coreTimerDue = Number.POSITIVE_INFINITY;
  private readonly coreTimerSlot: number;

  /** @throws InputError where the workload cannot be set up */
  constructor(options: SimulationOptions) {
    this.options = options;
    const { agenda, clock, remarks } = this;
    const { hardware, topology, workload, maxTasks } = options;
    const newidleRandom = new TaskRandom(randomStream(options.seed, "newidle"));
    const tunables: Tunables = {
      ...defaultTunables(topology.cpus.length),
      newidleCost: (span, examined) =>
        this.turns === null || hardware.newidleTailPermille === 0
          ? jitter.newidleCost(span, examined)
          : this.turns.measured(jitter.ownNewidleCost(span, examined)),
      newidleRandom: () => newidleRandom.next32(),
      ...options.tunables,
    };
    this.jiffyNs = Math.floor(1e9 / tunables.hz);
    const jitter = new Jitter(hardware, options.seed, this.jiffyNs);
    const charge = (ns: number) => this.progress.charge(this.core.executingCpu, ns);
    const work = (ns: number, done: () => void) => {
      if (this.policyThread === undefined)
        throw new Error("host.work() cannot be called before the simulation begins");
      this.policyThread.work(ns, done);
    };
    this.meter = meteredPolicy(options, tunables, clock, charge, work);
    const { makeCore = (made) => new SchedulerCore(made) } = options;
    this.core = makeCore({ topology, tunables, policy: this.meter.policy });
    const { core } = this;
    this.jiffySlot = agenda.add(PRIORITY_JIFFY, 0);
    this.jiffyAt = this.jiffyNs;
    agenda.schedule(this.jiffySlot, this.jiffyAt);
    this.coreTimerSlot = agenda.add(PRIORITY_CORE_TIMER, 0);
    const conservation = new WorkConservation(core.cpus.length, clock);
    const progress = new Progress(core, agenda, hardware, conservation);
    this.turns =
      hardware.oneStream === 1
        ? new StreamTurns(core, agenda, progress, hardware, () => this.nextOfCore(), {
            tick: (cpu) => this.slowTick(cpu),
            timer: (task) => this.interpreter.timerFired(task),
          })
        : null;
    this.interrupts =
      this.turns === null ? new Interrupts(core, agenda, jitter, (cpu) => this.tick(cpu)) : null;
    const observer = new Observer(core, progress, conservation, clock, {
      hardware,
      onDecision: options.onDecision,
      onTimeline: options.onTimeline && withNumbers(cpuNumbers(topology), options.onTimeline),
      watch: options.onPass && new PassRecorder(core, clock, cpuNumbers(topology), options.onPass),
    });
    core.listen(observer);
    const { policy } = this.meter;
    if (policy?.idle) {
      const numbers = cpuNumbers(topology);
      progress.onIdle = (cpu, exited) => policy.idle!({ now: clock.now, cpu: numbers[cpu], exited });
    }
    const timers = new Timers(agenda, jitter);
    timers.turns = this.turns;
    this.groups = new GroupSet(core, options.groups ?? [], cpuNumbers(topology), options.autogroup ?? false);
    if (observer.timeline) observer.groups = new GroupTimeline(core, this.groups, clock, observer.timeline);
    const tasks = new TaskSet(options, core, this.groups, clock, timers, observer.latency);
    this.interpreter = new Interpreter({
      core,
      clock,
      timers,
      progress,
      hardware,
      groups: this.groups,
      tasks,
      observer,
      remarks,
    });
    this.conservation = conservation;
    this.progress = progress;
    this.observer = observer;
    this.tasks = tasks;
    this.controller = policy?.control ? new Controller(policy, this) : null;
    this.watch = new Watch(options, tasks, progress, agenda);
    const machine = { seed: options.seed, hardware, cpuNumbers: cpuNumbers(topology) };
    this.background = new Background(options.background ?? 0, machine, core, timers);
    this.policyThread = new PolicyThread(core, agenda, options.seed, -1 - this.background.tasks.length);
    workload.setUp({
      cpus: core.cpus.length,
      cpuNumbers: cpuNumbers(topology),
      hardware,
      maxTasks,
      spawn: (spec) => tasks.spawn(spec, -1),
    });
    progress.rest();
    this.setCoreTimer();
    this.turns?.look();
  }

  /** Remarks for the user: the workload's, the chip's, then those of the run. */
  get notes(): string[] {
    const { workload, topology } = this.options;
    return [...workload.notes, ...(topology.notes ?? []), ...this.remarks.list()];
  }

  /** When the next event is due, ns; Infinity when the run is over. */
  peek(): number {
    return this.over ? Number.POSITIVE_INFINITY : this.agenda.peek();
  }

  /**
   * Carries out the next event; false when there is none before the end of the run.
   * @throws InputError for deadlocks and for endless loops in no time
   */
  step(): boolean {
    const { agenda, background, clock, tasks, watch } = this;
    if (this.over) return false;
    const slot = agenda.look();
    const next = agenda.firstAt;
    // nobody runs, and no timer is set but those of the background
    const jiffyOnly = agenda.size === 1 + background.tasks.length && background.asleep;
    if (tasks.over || next > this.options.durationNs || (jiffyOnly && tasks.list.length > 0)) {
      this.end();
      return false;
    }
    if (next >= watch.dueAt) watch.look();
    const moves = next > clock.now;
    agenda.take(slot);
    if (moves) {
      watch.moves();
      this.core.follow(clock);
    } else {
      watch.stands();
    }
    this.fire(slot);
    this.progress.rest();
    this.setCoreTimer();
    this.turns?.look();
    this.conservation.look();
    return true;
  }

  /** All events up to and including those at `ns`; the clock stands there afterwards, or where the run has ended. */
  runUntil(ns: number): void {
    while (this.agenda.peek() <= ns && this.step());
    if (!this.over) this.moveTo(ns); // without settling: when that happens shows in the warmth of caches
  }

  /** From here to the end. */
  run(): void {
    while (this.step());
  }

  /** The run is over before the event found last. @throws InputError for a deadlock */
  private end(): void {
    const next = this.agenda.firstAt;
    const { durationNs, durationIsDefault } = this.options;
    const { list, exited, over } = this.tasks;
    if (!over) {
      const stalled = next <= durationNs;
      if (!stalled) this.moveTo(durationNs);
      reportLost(list, this.clock.now, stalled, (text) => this.remarks.add("lost", text));
      if (!stalled && durationIsDefault && list.length > 0)
        this.remarks.add(
          "cut",
          `no duration was given: cut after ${durationNs / 1e9} s, when ${list.length - exited} of ${list.length} tasks had not ended`,
        );
    }
    this.progress.settleAll();
    this.conservation.settle();
    this.over = true;
  }

  private fire(slot: number): void {
    const { agenda, progress, interpreter } = this;
    const owner = agenda.ownerOf(slot);
    switch (agenda.priorityOf(slot)) {
      case PRIORITY_COMPLETION:
        interpreter.resume(progress.completed(owner), owner);
        break;
      case PRIORITY_TIMER:
        this.timer(owner < 0 ? this.kernelThread(-1 - owner) : this.tasks.list[owner]);
        break;
      case PRIORITY_INTERRUPT:
        this.interrupts!.arrive(owner);
        break;
      case PRIORITY_TURN:
        this.turns!.fire();
        break;
      case PRIORITY_JIFFY:
        this.jiffy();
        break;
      case PRIORITY_CORE_TIMER:
        this.coreTimer();
        break;
      case PRIORITY_FREQUENCY:
        progress.frequencies!.step(owner, this.clock.now);
    }
  }

  /** A thread of the background, or the one after all these: the policy's. */
  private kernelThread(number: number): SimTask {
    return this.background.tasks[number] ?? this.policyThread.called();
  }

  /** The first one of a task is its birth, to which no CPU is needed. */
  private timer(task: SimTask): void {
    if (this.turns !== null && task.born) this.turns.timerDue(task);
    else this.interpreter.timerFired(task);
  }

  /** When the jiffy or a timer of the core is due, whichever is sooner. */
  private nextOfCore(): number {
    return Math.min(this.jiffyAt, this.core.nextTimer);
  }

  private jiffy(): void {
    this.controller?.tick(this.clock.now);
    this.core.advanceJiffies();
    if (this.turns === null) this.interrupts!.jiffy();
    else this.turns.jiffy();
    this.jiffyAt = this.clock.now + this.jiffyNs;
    this.agenda.schedule(this.jiffySlot, this.clock.now + this.jiffyNs);
  }

  /** The timer interrupt of a CPU. */
  private tick(cpu: number): void {
    this.ticks++;
    this.progress.charge(cpu, this.options.hardware.tickNs);
    this.core.tickCpu(cpu);
    this.progress.rest();
  }

  /** The same where it takes a busy CPU time; true: what it asks for is still to be done. */
  private slowTick(cpu: number): boolean {
    const { core, options, progress } = this;
    if (options.hardware.tickExitNs === 0 || !progress.isBusy(cpu)) {
      this.tick(cpu);
      return false;
    }
    this.ticks++;
    progress.charge(cpu, options.hardware.tickNs);
    return core.beginTick(cpu);
  }

  private coreTimer(): void {
    this.coreTimerDue = Number.POSITIVE_INFINITY;
    this.core.fireTimer();
  }

  /** Has the core armed or cancelled a timer? */
  private setCoreTimer(): void {
    const next = this.core.machine.timers.next;
    if (next === this.coreTimerDue) return;
    this.coreTimerDue = next;
    if (next === Number.POSITIVE_INFINITY) this.agenda.cancel(this.coreTimerSlot);
    else this.agenda.schedule(this.coreTimerSlot, this.core.nextTimer);
  }

  private moveTo(time: number): void {
    this.clock.now = time;
    this.core.follow(this.clock);
  }
}
