import { InputError } from "../traces/input-error.ts";
import { BALANCER } from "./balance/balancer.ts";
import { pulledBy } from "./balance/policy-pull.ts";
import { rankedBy } from "./balance/policy-rank.ts";
import { type SchedstatCpu, schedstat } from "./balance/schedstat.ts";
import { MAX_CPUS, type Topology } from "./chip/topology.ts";
import { attachDomains } from "./domains/attach.ts";
import { FAIR } from "./fair/fair-class.ts";
import { createGroup, removeGroup } from "./fair/group/life.ts";
import { setBandwidth, setIdle, setShares } from "./fair/group/settings.ts";
import { throttleQueue } from "./fair/group/throttle.ts";
import { CpuMask } from "./lib/cpumask.ts";
import { placedBy } from "./place/policy-place.ts";
import type { SettingChanges, Settings } from "./policy/control.ts";
import { operationsOf } from "./policy/operations.ts";
import type { Policy } from "./policy/policy.ts";
import { RT } from "./rt/rt-class.ts";
import { moveToGroup, setCpusAllowed, setScheduler, setUserNice } from "./sched/change.ts";
import { IDLE } from "./sched/idle-class.ts";
import { updateRqClock } from "./sched/resched.ts";
import { runToRest, schedule } from "./sched/schedule.ts";
import { STOP } from "./sched/stop-class.ts";
import { queueMigration, takeStopper } from "./sched/stopper.ts";
import { tryToWakeUp, wakeUpNewTask } from "./sched/wakeup.ts";
import { BOOT_CLOCK } from "./state/boot-clock.ts";
import { type CoreListener, PREV_EXITED, PREV_RUNNABLE, PREV_SLEEPING } from "./state/core-listener.ts";
import { DecisionQuery } from "./state/decision-query.ts";
import { Machine } from "./state/machine.ts";
import { idleCpu } from "./state/occupancy.ts";
import type { Rq } from "./state/rq.ts";
import { WF_EXEC } from "./state/sched-class.ts";
import { changeSettings, settingsOf } from "./state/settings.ts";
import {
  isRtPolicy,
  normalPrio,
  SCHED_BATCH,
  SCHED_IDLE,
  SCHED_NORMAL,
  TASK_DEAD,
  TASK_NEW,
  TASK_SLEEPING,
  Task,
} from "./state/task.ts";
import type { TaskGroup } from "./state/task-group.ts";
import { inverseOf, weightOf } from "./state/weights.ts";
import { defaultTunables, rrTicks, type Tunables } from "./tunables.ts";

export type { SchedstatCpu, SchedstatDomain } from "./balance/schedstat.ts";
export { stockRule } from "./balance/stock-rule.ts";
export type { Topology, TopologyCpu } from "./chip/topology.ts";
export * from "./state/core-listener.ts";
export type { LbCounters } from "./state/counters.ts";
export { SCHED_BATCH, SCHED_FIFO, SCHED_IDLE, SCHED_NORMAL, SCHED_RR, Task } from "./state/task.ts";
export type { TaskGroup } from "./state/task-group.ts";
export { defaultTunables, migrationCostTime, TUNABLE_RANGES, type Tunables } from "./tunables.ts";

export interface CoreOptions {
  topology: Topology;
  tunables?: Partial<Tunables>;
  /** What it leaves out is done by the stock rules, inlined. @throws InputError for operations that nobody asks */
  policy?: Policy;
  listener?: CoreListener;
}

export interface NewTaskOptions {
  comm?: string;
  nice?: number;
  /** SCHED_NORMAL (0, default), SCHED_BATCH (3) or SCHED_IDLE (5), SCHED_FIFO (1) or SCHED_RR (2). */
  policy?: number;
  /** 1 to 99 with SCHED_FIFO and SCHED_RR, 0 (default) with others. */
  rtPriority?: number;
  /** CPUs the task may use; undefined = all. */
  affinity?: readonly number[];
  /** A kernel thread of its only CPU, as ksoftirqd and kworkers are: no balancer moves it. Default: false. */
  perCpuKthread?: boolean;
  /** Default: the root group. */
  group?: TaskGroup;
  /** CPU it slept on last (default: lowest allowed). wakeNew() places anew. */
  cpu?: number;
  /** Default: counts up from 1. */
  pid?: number;
}

/** What a group may run. */
export interface Bandwidth {
  /** ns in each period, on all CPUs together; Infinity: no limit. At least 1 ms. */
  quotaNs?: number;
  /** ns, 1 ms to 1 s; 100 ms in a new group. */
  periodNs?: number;
  /** ns of unused quota that may be saved up, at most the quota. */
  burstNs?: number;
}

export interface NewGroupOptions {
  /** Default: counts up from 1. */
  id?: number;
  /** Default: the root group. */
  parent?: TaskGroup;
  /** cpu.weight, 1 to 10000 */
  weight?: number;
  /** cpu.idle */
  idle?: boolean;
  bandwidth?: Bandwidth;
}

/** A CPU as outputs see it (struct rq). Read only. */
export interface CoreCpu {
  readonly cpu: number;
  /** Task on the CPU, null when idle. */
  readonly curr: Task | null;
  /** Fair tasks on the queue, the running one included (cfs.h_nr_running). */
  readonly nrRunning: number;
  /** The stopper holds the CPU (only inside listener calls). */
  readonly stopperRunning: boolean;
  /** nohz: the CPU is idle and its tick is stopped: do not call tickCpu() for it. */
  readonly tickStopped: boolean;
}

/**
 * The scheduling classes and the fair one's balancer on a chip, driven by operations at a clock that only the caller moves. After each
 * operation everything it set off (reschedules, newly-idle balancing, softirqs, the stopper, queued wake-ups) has run
 * to rest at the same clock value. Deterministic; no I/O; no randomness.
 */
export class SchedulerCore {
  readonly topology: Topology;
  readonly tunables: Readonly<Tunables>;
  readonly cpus: readonly CoreCpu[];
  /** The model's state: queues, domains, counters. For outputs and tests. */
  readonly machine: Machine;
  private nextPid = 1;
  private nextGroup = 1;

  constructor(options: CoreOptions) {
    const nr = options.topology.cpus.length;
    if (nr < 1 || nr > MAX_CPUS) {
      throw new InputError("wrong number of CPUs", {
        field: "topology.cpus",
        found: nr,
        expected: `1 to ${MAX_CPUS}`,
      });
    }
    const { policy } = options;
    if (policy) operationsOf(policy);
    this.topology = options.topology;
    this.tunables = { ...defaultTunables(nr), ...options.tunables };
    this.machine = new Machine(options.topology, this.tunables, {
      decide: policy?.decide?.bind(policy) ?? null,
      ranking: policy?.rank ? rankedBy(policy.rank.bind(policy)) : null,
      pull: policy?.pull ? pulledBy(policy.pull.bind(policy)) : null,
      classes: {
        stop: STOP,
        rt: RT,
        fair: policy?.place ? placedBy(policy.place.bind(policy), FAIR) : FAIR,
        idle: IDLE,
      },
      balancer: BALANCER,
      throttle: throttleQueue,
    });
    attachDomains(this.machine, options.topology);
    if (options.listener) this.listen(options.listener);
    this.cpus = this.machine.cpus;
  }

  /** From now on `listener` observes, in place of whoever did. */
  listen(listener: CoreListener): void {
    this.machine.listener = listener;
    if (listener.onDecision) this.machine.query ??= new DecisionQuery();
  }

  /** Clock, integer ns since the start. */
  get now(): number {
    return this.machine.clock - BOOT_CLOCK;
  }

  get jiffies(): number {
    return this.machine.jiffies;
  }

  /** Scheduler events so far: switches, wake-ups, ticks, balance passes, migrations. */
  get events(): number {
    return this.machine.events;
  }

  /** smp_processor_id(): the CPU whose code runs, inside listener calls and policies; -1 = none of the machine's. */
  get executingCpu(): number {
    return this.machine.thisCpu;
  }

  /** Moves the clock; `now` must not go back. */
  advanceTo(now: number): void {
    const clock = BOOT_CLOCK + now;
    if (!(clock >= this.machine.clock)) throw this.goesBack(now);
    this.machine.clock = clock;
  }

  /** Moves the clock to where another one stands. As advanceTo(); not a number, as V8 boxes a double handed to a function. */
  follow(other: { readonly now: number }): void {
    const clock = BOOT_CLOCK + other.now;
    if (!(clock >= this.machine.clock)) throw this.goesBack(other.now);
    this.machine.clock = clock;
  }

  private goesBack(now: number): RangeError {
    return new RangeError(`clock would go from ${this.now} back to ${now}`);
  }

  /** A new task, asleep. */
  newTask(options: NewTaskOptions = {}): Task {
    const affinity = options.affinity === undefined ? this.machine.allCpus : this.maskOf(options.affinity);
    const pid = options.pid ?? this.nextPid;
    if (pid >= this.nextPid) this.nextPid = pid + 1;
    const nice = options.nice ?? 0;
    const policy = options.policy ?? SCHED_NORMAL;
    const rtPriority = options.rtPriority ?? 0;
    checkNice(nice);
    checkPolicy(policy, rtPriority);
    const cpu = options.cpu ?? affinity.first();
    const task = new Task(
      pid,
      options.comm ?? `task-${pid}`,
      nice,
      policy,
      affinity,
      isRtPolicy(policy) ? this.machine.rt : this.machine.fair,
      (options.group ?? this.machine.rootGroup).queues[cpu],
    );
    task.setQueue(cpu);
    task.group.nrTasks++;
    if (options.perCpuKthread === true) {
      if (task.nrCpusAllowed !== 1) {
        throw new InputError("a per-CPU kernel thread has one CPU", {
          field: "affinity",
          found: `${task.nrCpusAllowed} CPUs`,
          expected: "one",
        });
      }
      task.perCpuKthread = true;
    }
    const { se } = task;
    this.machine.nodes.add(se);
    task.cpu = cpu;
    task.wakeCpu = cpu;
    task.recentUsedCpu = cpu;
    task.rtPriority = rtPriority;
    task.prio = normalPrio(policy, rtPriority, nice);
    task.timeSlice = rrTicks(this.tunables);
    se.setLoad(weightOf(nice, policy) * 1024, inverseOf(nice, policy));
    se.avg.loadAvg = se.weight; // init_entity_runnable_average()
    task.wakeeFlipDecay = this.machine.jiffies;
    return task;
  }

  /** fork: places a new task (wake_up_new_task), forked by what runs on `parentCpu`. */
  wakeNew(task: Task, parentCpu: number): void {
    if (task.state !== TASK_NEW) throw new Error(`${task.comm} is not new`);
    const machine = this.machine;
    machine.thisCpu = parentCpu;
    wakeUpNewTask(machine, task);
    runToRest(machine, parentCpu);
  }

  /** execve of the task running on `cpu` (sched_exec). False when idle. */
  exec(cpu: number): boolean {
    const machine = this.machine;
    const rq = machine.cpus[cpu];
    const task = rq.curr;
    if (task === null) return false;
    this.enter(rq);
    const target = task.schedClass.selectCpu(machine, task, cpu, WF_EXEC);
    if (target !== cpu) queueMigration(machine, task, target, false);
    runToRest(machine, cpu);
    return true;
  }

  /**
   * try_to_wake_up from `fromCpu` (from the task running there, or an interrupt when it is idle). False when the task
   * is already runnable. `sync`: the waker is about to sleep (WF_SYNC, pipes). `goesOn`: the waker is in the middle of a system call; the
   * machine is not at rest before giveWay(), for which nothing else is done meanwhile but waking.
   */
  wake(task: Task, fromCpu: number, sync = false, goesOn = false): boolean {
    if (task.state === TASK_NEW) {
      // never forked: it comes out of a sleep that left no trace in the averages
      task.se.avg.loadAvg = 0;
      task.state = TASK_SLEEPING;
    }
    if (task.state !== TASK_SLEEPING) return false;
    const machine = this.machine;
    machine.thisCpu = fromCpu;
    tryToWakeUp(machine, task, sync);
    if (!goesOn) runToRest(machine, fromCpu);
    return true;
  }

  /** The system call on `cpu` in which tasks were woken is over. */
  giveWay(cpu: number): void {
    runToRest(this.machine, cpu);
  }

  /** The task running on `cpu` goes to sleep. False when idle. */
  block(cpu: number): boolean {
    return this.leave(cpu, PREV_SLEEPING);
  }

  /** The task running on `cpu` ends. False when idle. */
  exitCurrent(cpu: number): boolean {
    return this.leave(cpu, PREV_EXITED);
  }

  /**
   * A fatal signal from `fromCpu`: the task ends as soon as it has a CPU, at once where it has one; a sleeper is woken
   * for that. False when it has got one before, or is gone or not there.
   */
  kill(task: Task, fromCpu: number): boolean {
    if (task.doomed || task.state === TASK_DEAD || task.state === TASK_NEW) return false;
    const runs = () => this.machine.cpus[task.cpu].running === task;
    for (let cpu = -1; cpu !== task.cpu && runs(); ) {
      cpu = task.cpu;
      this.letStopperIn(cpu);
    }
    task.doomed = true;
    if (task.state === TASK_SLEEPING) {
      this.letStopperIn(fromCpu);
      this.wake(task, fromCpu);
    } else if (runs()) this.exitCurrent(task.cpu);
    return true;
  }

  /**
   * From here on an interrupt that wakes another CPU's stopper does not arrive: the CPU goes on until something else
   * interrupts it. Between caches it arrives all the same. False when they are held up already.
   */
  holdStoppers(): boolean {
    if (this.machine.heldStoppers !== null) return false;
    this.machine.heldStoppers = [];
    return true;
  }

  /** The interrupts held up arrive, in their order. False when none were to be held up. */
  freeStoppers(): boolean {
    const machine = this.machine;
    if (machine.heldStoppers === null) return false;
    for (const cpu of machine.heldStoppers) machine.kick(cpu);
    machine.heldStoppers = null;
    runToRest(machine, -1);
    return true;
  }

  /** The interrupt held up for `cpu`, if there is one, arrives now. */
  letStopperIn(cpu: number): void {
    const rq = this.machine.cpus[cpu];
    while (rq.stop.onRq || rq.stopPending) {
      this.machine.kick(cpu);
      runToRest(this.machine, -1);
    }
  }

  /**
   * From now on interrupts between CPUs are under way until interruptArrives(), for which `later` sees to it; unless the CPU has acted
   * before: it finds then what they are for.
   */
  delayInterrupts(later: (cpu: number) => void): void {
    this.machine.interruptLater = later;
  }

  /** All interrupts under way to the CPU arrive. */
  interruptArrives(cpu: number): void {
    this.machine.kick(cpu);
    runToRest(this.machine, -1);
  }

  /**
   * From now on the interrupt by which a busy CPU asks an idle one to balance for all idle ones is under way until
   * nohzKickArrives(), for which `later` sees to it; unless the CPU has acted before, and found it.
   */
  delayNohzKicks(later: (cpu: number) => void): void {
    this.machine.nohzKickLater = later;
  }

  /** The nohz kick of the CPU arrives, if it is still under way. */
  nohzKickArrives(cpu: number): void {
    if (!this.machine.cpus[cpu].nohzKicked) return;
    this.machine.kick(cpu);
    runToRest(this.machine, -1);
  }

  /** What runs on the CPU is about to act. An interrupt that is held up has come by then: the CPU has had others. */
  private enter(rq: Rq): void {
    this.machine.thisCpu = rq.cpu;
    if (rq.stopPending) takeStopper(this.machine, rq);
  }

  /** What follows is done by somebody on none of the machine's CPUs. */
  private outside(): Machine {
    const { machine } = this;
    machine.thisCpu = -1;
    if (!machine.tunables.distributeAffinity) machine.distributeCursor = -1;
    return machine;
  }

  private leave(cpu: number, prevState: number): boolean {
    const machine = this.machine;
    const rq = machine.cpus[cpu];
    if (rq.running === rq.idle) return false;
    this.enter(rq);
    schedule(machine, rq, prevState);
    runToRest(machine, cpu);
    return true;
  }

  /** sched_yield() of the task running on `cpu`. False when idle. */
  yieldCpu(cpu: number): boolean {
    const machine = this.machine;
    const rq = machine.cpus[cpu];
    if (rq.running === rq.idle) return false;
    this.enter(rq);
    rq.yldCount++;
    rq.running.schedClass.yieldTask?.(machine, rq);
    schedule(machine, rq, PREV_RUNNABLE);
    runToRest(machine, cpu);
    return true;
  }

  /** set_user_nice(), from outside the machine. False when nothing changed. */
  setNice(task: Task, nice: number): boolean {
    checkNice(nice);
    if (task.state === TASK_DEAD) return false;
    const machine = this.outside();
    const changed = setUserNice(machine, task, nice);
    runToRest(machine, -1);
    return changed;
  }

  /** sched_setscheduler(); `rtPriority` as for newTask(). False when nothing changed. */
  setPolicy(task: Task, policy: number, rtPriority = 0): boolean {
    checkPolicy(policy, rtPriority);
    if (task.state === TASK_DEAD) return false;
    const machine = this.outside();
    const changed = setScheduler(machine, task, policy, rtPriority);
    runToRest(machine, -1);
    return changed;
  }

  /** set_cpus_allowed_ptr(). False when nothing changed. */
  setAffinity(task: Task, cpus: readonly number[]): boolean {
    const mask = this.maskOf(cpus);
    if (task.state === TASK_DEAD) return false;
    const machine = this.outside();
    const changed = setCpusAllowed(machine, task, mask);
    runToRest(machine, -1);
    return changed;
  }

  /** A new group without tasks: weight 100, no quota. @throws InputError for settings that the kernel refuses */
  newGroup(options: NewGroupOptions = {}): TaskGroup {
    const { machine } = this;
    const id = options.id ?? this.nextGroup;
    if (id >= this.nextGroup) this.nextGroup = id + 1;
    machine.thisCpu = -1;
    const group = createGroup(machine, id, options.parent ?? machine.rootGroup);
    runToRest(machine, -1);
    if (options.weight !== undefined) this.setWeight(group, options.weight);
    if (options.idle !== undefined) this.setIdle(group, options.idle);
    if (options.bandwidth !== undefined && !this.setBandwidth(group, options.bandwidth)) {
      throw new InputError("the kernel refuses such a quota", {
        field: "bandwidth",
        found: JSON.stringify(options.bandwidth),
        expected: "quota and period of at least 1 ms, the period at most 1 s, the burst at most the quota",
      });
    }
    return group;
  }

  /** False when it has tasks or groups in it, or is the root. */
  removeGroup(group: TaskGroup): boolean {
    if (group.parent === null || group.nrTasks > 0 || group.children.length > 0) return false;
    return this.fromOutside(() => {
      removeGroup(this.machine, group);
      return true;
    });
  }

  /** cpu.weight, 1 to 10000. False for an idle group. @throws InputError */
  setWeight(group: TaskGroup, weight: number): boolean {
    if (!(Number.isInteger(weight) && weight >= 1 && weight <= 10_000)) {
      throw new InputError("no such weight", { field: "cpu.weight", found: weight, expected: "1 to 10000" });
    }
    return this.setShares(group, Math.floor((weight * 1024 + 50) / 100)); // DIV_ROUND_CLOSEST
  }

  /** cpu.weight.nice. False for an idle group. @throws InputError */
  setWeightNice(group: TaskGroup, nice: number): boolean {
    checkNice(nice);
    return this.setShares(group, weightOf(nice, SCHED_NORMAL));
  }

  private setShares(group: TaskGroup, shares: number): boolean {
    checkNotRoot(group);
    return this.fromOutside(() => setShares(this.machine, group, shares * 1024));
  }

  /** cpu.idle: all in the group gives way to all that is not idle; sets its weight, too. */
  setIdle(group: TaskGroup, idle: boolean): void {
    checkNotRoot(group);
    this.fromOutside(() => setIdle(this.machine, group, idle));
  }

  /** cpu.max and cpu.max.burst; what is left out stays as it is. False where the kernel refuses. */
  setBandwidth(group: TaskGroup, { quotaNs, periodNs, burstNs }: Bandwidth): boolean {
    checkNotRoot(group);
    const { quota, period, burst } = group.bandwidth!;
    return this.fromOutside(() =>
      setBandwidth(this.machine, group, periodNs ?? period, quotaNs ?? quota, burstNs ?? burst),
    );
  }

  /** The task, whatever it is doing, goes to another group. False when it is there already, or has ended. */
  moveTask(task: Task, group: TaskGroup): boolean {
    if (task.state === TASK_DEAD || task.group === group) return false;
    task.group.nrTasks--;
    group.nrTasks++;
    this.fromOutside(() => moveToGroup(this.machine, task, group));
    return true;
  }

  /** Something that none of the CPUs does. */
  private fromOutside<T>(change: () => T): T {
    const { machine } = this;
    machine.thisCpu = -1;
    const result = change();
    runToRest(machine, -1);
    return result;
  }

  /** jiffies + 1, then every CPU that ticks does so in turn, each with its softirq, run to rest in between. */
  tick(): void {
    this.advanceJiffies();
    for (const rq of this.machine.cpus) if (!rq.tickStopped) this.tickCpu(rq.cpu);
  }

  /** jiffies + 1. The event loop calls it every 1/HZ s, whether CPUs tick or not. */
  advanceJiffies(): void {
    this.machine.jiffies++;
  }

  /** The timer interrupt of one CPU: scheduler_tick(), softirq, then to rest. */
  tickCpu(cpu: number): void {
    const machine = this.machine;
    const rq = machine.cpus[cpu];
    machine.thisCpu = cpu;
    machine.events++;
    schedulerTick(machine, rq);
    runToRest(machine, cpu);
  }

  /**
   * The timer interrupt of one CPU up to where scheduler_tick() has returned. What that asks for (a reschedule, the softirq) is done when
   * interruptArrives() says so, or when the CPU acts before. False: it asks for nothing.
   */
  beginTick(cpu: number): boolean {
    const machine = this.machine;
    const rq = machine.cpus[cpu];
    machine.thisCpu = cpu;
    machine.events++;
    schedulerTick(machine, rq);
    machine.thisCpu = -1;
    return rq.needResched || rq.softirq;
  }

  /** When the earliest of the scheduler's own timers is due, ns since the start; Infinity: none is armed. */
  get nextTimer(): number {
    return this.machine.timers.next - BOOT_CLOCK;
  }

  /**
   * The interrupt of that timer, then to rest. The clock must stand where it is due. Who drives the core calls it in time:
   * before any other operation at that clock value or after it.
   */
  fireTimer(): void {
    const machine = this.machine;
    const { timers } = machine;
    const timer = timers.earliest();
    if (timer === null || timer.expires !== machine.clock) {
      throw new RangeError(`no timer is due at ${this.now}, the next one is at ${this.nextTimer}`);
    }
    const { cpu } = timer;
    timers.cancel(timer);
    machine.thisCpu = cpu;
    machine.events++;
    if (timer.fire(machine, timer)) timers.start(timer, cpu);
    runToRest(machine, cpu);
  }

  /** The knobs that can be turned while it runs. */
  get settings(): Settings {
    return settingsOf(this.machine);
  }

  /** Turns some of them. @throws InputError for names that there are not, and values out of range */
  set(changes: SettingChanges): void {
    changeSettings(this.machine, changes);
  }

  /** The counters of /proc/schedstat (version 15), CPU by CPU, domain by domain. */
  schedstat(): SchedstatCpu[] {
    return schedstat(this.machine);
  }

  private maskOf(cpus: readonly number[]): CpuMask {
    const nr = this.machine.cpus.length;
    const mask = new CpuMask(nr);
    for (const cpu of cpus) {
      if (!Number.isInteger(cpu) || cpu < 0 || cpu >= nr) {
        throw new InputError("no such CPU", { field: "affinity", found: cpu, expected: `0 to ${nr - 1}` });
      }
      mask.set(cpu);
    }
    if (cpus.length === 0) {
      throw new InputError("a task needs a CPU", {
        field: "affinity",
        found: "none",
        expected: "at least one",
      });
    }
    return mask;
  }
}

/** scheduler_tick() */
function schedulerTick(machine: Machine, rq: Rq): void {
  updateRqClock(machine, rq);
  rq.running.schedClass.tick(machine, rq, rq.running);
  rq.idleBalance = idleCpu(rq);
  machine.balancer.triggerLoadBalance(machine, rq);
}

function checkNice(nice: number): void {
  if (Number.isInteger(nice) && nice >= -20 && nice <= 19) return;
  throw new InputError("no such nice value", { field: "nice", found: nice, expected: "-20 to 19" });
}

function checkNotRoot(group: TaskGroup): void {
  if (group.parent !== null) return;
  throw new InputError("the root group cannot be changed", { field: "group", found: 0, expected: "another" });
}

function checkPolicy(policy: number, rtPriority: number): void {
  const realTime = isRtPolicy(policy);
  if (!realTime && policy !== SCHED_NORMAL && policy !== SCHED_BATCH && policy !== SCHED_IDLE) {
    throw new InputError("no such policy", {
      field: "policy",
      found: policy,
      expected: "0 (SCHED_NORMAL), 1 (SCHED_FIFO), 2 (SCHED_RR), 3 (SCHED_BATCH) or 5 (SCHED_IDLE)",
    });
  }
  const [min, max] = realTime ? [1, 99] : [0, 0];
  if (Number.isInteger(rtPriority) && rtPriority >= min && rtPriority <= max) return;
  throw new InputError("no such priority", {
    field: "rtPriority",
    found: rtPriority,
    expected: realTime ? "1 to 99 with a real-time policy" : "0 with a fair policy",
  });
}
