import { InputError } from "../../traces/input-error.ts";
import type { Hardware } from "../chip/hardware.ts";
import { SCHED_FIFO, SCHED_RR, type SchedulerCore } from "../core.ts";
import type { Clock } from "../engine/agenda.ts";
import type { Notes } from "../notes.ts";
import { MAX_STEP_NS } from "../workload/limits.ts";
import * as P from "../workload/programme.ts";
import type { Condition, Mutex, Resource } from "../workload/resources.ts";
import { foreignReleaseRemark, refuseLockCycle } from "./deadlock.ts";
import type { GroupSet } from "./group-set.ts";
import type { Observer } from "./observer.ts";
import type { Progress } from "./progress.ts";
import { FETCH, REACQUIRE, RETRY, type SimTask } from "./sim-task.ts";
import type { TaskSet } from "./task-set.ts";
import type { Timers } from "./timers.ts";

/** How a step ended: at once; it needs CPU time now; the task gave up the CPU (or must, when it has it again). */
const AT_ONCE = 0;
const BUSY = 1;
const AWAY = 2;

/** Steps in a row without running, sleeping or waiting after which a task is taken to spin for ever. */
const SPIN_LIMIT = 100_000;

/** What the interpreter works with. */
interface Surroundings {
  core: SchedulerCore;
  clock: Clock;
  timers: Timers;
  progress: Progress;
  hardware: Hardware;
  groups: GroupSet;
  tasks: TaskSet;
  observer: Observer;
  remarks: Notes;
}

/**
 * Executes the programmes of tasks: asks for steps and turns them into work, operations of the scheduling core, and
 * traffic at the resources they wait for.
 *
 * Invariants:
 *  I1. Steps of a task are executed only while it is the task on its CPU; when a step makes it lose the CPU (it woke
 *      somebody more important), the next one waits until it is back.
 *  I2. A task is in a resource's queue exactly while `waitingFor` is set, and then it is asleep or `pendingBlock`
 *      (it spins, or has yet to be on a CPU again in order to sleep).
 *  I3. Whoever wakes a task does so from the CPU it runs on; timers fire on the CPU where the sleeper last ran.
 */
export class Interpreter {
  private readonly core: SchedulerCore;
  private readonly clock: Clock;
  private readonly timers: Timers;
  private readonly progress: Progress;
  private readonly hardware: Hardware;
  private readonly groups: GroupSet;
  private readonly tasks: TaskSet;
  private readonly observer: Observer;
  private readonly remarks: Notes;
  /** The step being executed; a task that has to wait takes a copy. */
  private readonly step = new P.Step();
  /** The task is in the middle of a system call, in which it gives way to nobody. */
  private goesOn = false;

  constructor(surroundings: Surroundings) {
    this.core = surroundings.core;
    this.clock = surroundings.clock;
    this.timers = surroundings.timers;
    this.progress = surroundings.progress;
    this.hardware = surroundings.hardware;
    this.groups = surroundings.groups;
    this.tasks = surroundings.tasks;
    this.observer = surroundings.observer;
    this.remarks = surroundings.remarks;
  }

  /** The work of the task on `cpu` is used up: goes on with its programme. */
  resume(task: SimTask, cpu: number): void {
    task.until = 0;
    this.progress.touch(cpu);
    if (task.pendingBlock) {
      task.pendingBlock = false;
      this.core.block(cpu);
      return;
    }
    while (this.core.cpus[cpu].curr === task.task) {
      const how = this.execute(task, cpu);
      if (how === AT_ONCE) {
        if (++task.idleSteps > SPIN_LIMIT) throw this.spins(task);
        continue;
      }
      task.idleSteps = 0;
      return;
    }
  }

  /** The timer of a task fired: it is born or wakes up. */
  timerFired(task: SimTask): void {
    this.observer.timerFired(task);
    if (!task.born) {
      task.born = true;
      this.core.wakeNew(task.task, 0);
      return;
    }
    this.progress.charge(task.task.cpu, this.hardware.ipiNs);
    this.observer.waking(task, task.task.cpu);
    this.core.wake(task.task, task.task.cpu);
  }

  private execute(task: SimTask, cpu: number): number {
    const { resume } = task;
    task.resume = FETCH;
    if (resume === REACQUIRE) return this.lock(task, cpu, task.pendingStep!, REACQUIRE);
    if (resume === RETRY) return this.system(task, cpu, task.pendingStep!);
    const { step } = this;
    task.now = this.clock.now;
    task.programme.next(step, task);
    switch (step.op) {
      case P.OP_RUN:
        task.remaining = duration(task, step.ns) * 1000;
        return step.ns === 0 ? AT_ONCE : BUSY;
      case P.OP_RUN_UNTIL:
        task.until = this.clock.now + duration(task, step.ns);
        return step.ns === 0 ? AT_ONCE : BUSY;
      case P.OP_SLEEP:
        task.timerDue = this.clock.now + duration(task, step.ns);
        return this.sleep(task, cpu);
      case P.OP_SLEEP_UNTIL:
        task.timerDue = step.ns;
        return this.sleep(task, cpu);
      case P.OP_TIMER:
        return this.timer(task, cpu, step);
      case P.OP_EXIT:
        this.exit(task, cpu);
        return AWAY;
      case P.OP_DONE:
        this.tasks.done(task, step.count);
        return AT_ONCE;
      default:
        if (!step.free) task.debt += this.progress.debtOf(this.hardware.syscallNs);
        step.free = false; // of this step alone: it is everybody's
        return this.system(task, cpu, step);
    }
  }

  /** Steps that enter the kernel. */
  private system(task: SimTask, cpu: number, step: P.Step): number {
    switch (step.op) {
      case P.OP_LOCK:
        return this.lock(task, cpu, step, RETRY);
      case P.OP_UNLOCK:
        if (this.mayRelease(task, step)) this.unlock(cpu, step.mutex!);
        return AT_ONCE;
      case P.OP_SYNC:
        this.wakeFirst(step.condition!, cpu, false);
        return this.wait(task, cpu, step);
      case P.OP_WAIT:
        return this.wait(task, cpu, step);
      case P.OP_SIGNAL:
        this.wakeFirst(step.condition!, cpu, false);
        return AT_ONCE;
      case P.OP_BROADCAST:
        this.wakeAll(step.condition!, cpu);
        return AT_ONCE;
      case P.OP_SUSPEND:
        return this.enqueue(task, cpu, step.condition!, FETCH, step);
      case P.OP_BARRIER:
        if (step.barrier!.waiters + 1 < step.barrier!.users)
          return step.ns > 0
            ? this.spin(task, step.barrier!, step.ns)
            : this.enqueue(task, cpu, step.barrier!, FETCH, step);
        this.wakeAll(step.barrier!, cpu);
        return AT_ONCE;
      case P.OP_SEMAPHORE_WAIT:
        if (step.semaphore!.count === 0) return this.enqueue(task, cpu, step.semaphore!, RETRY, step);
        step.semaphore!.count--;
        return AT_ONCE;
      case P.OP_SEMAPHORE_POST:
      case P.OP_SEMAPHORE_POST_SYNC:
        this.post(step, cpu);
        return AT_ONCE;
      case P.OP_SEND:
        return this.send(task, cpu, step);
      case P.OP_RECEIVE:
        return this.receive(task, cpu, step);
      case P.OP_GATE_PASS:
        return step.gate!.open ? AT_ONCE : this.enqueue(task, cpu, step.gate!, RETRY, step);
      case P.OP_GATE_CLOSE:
        step.gate!.open = false;
        return AT_ONCE;
      case P.OP_GATE_OPEN:
        step.gate!.open = true;
        this.wakeAll(step.gate!, cpu);
        return AT_ONCE;
      case P.OP_YIELD:
        this.core.yieldCpu(cpu);
        // Spinning on yield is lawful as long as it costs time.
        return this.hardware.syscallNs > 0 ? BUSY : AT_ONCE;
      case P.OP_FORK:
        this.tasks.spawn(step.child!, cpu);
        return AT_ONCE;
      case P.OP_EXEC:
        this.core.exec(cpu);
        return AT_ONCE;
      case P.OP_SET_NICE:
        this.core.setNice(task.task, step.count);
        return AT_ONCE;
      case P.OP_SET_POLICY:
        this.core.setPolicy(task.task, step.count);
        return AT_ONCE;
      case P.OP_SET_FIFO:
        this.core.setPolicy(task.task, SCHED_FIFO, step.count);
        return AT_ONCE;
      case P.OP_SET_RR:
        this.core.setPolicy(task.task, SCHED_RR, step.count);
        return AT_ONCE;
      case P.OP_SET_AFFINITY:
        this.core.setAffinity(task.task, this.groups.allowed(task.task.group, step.cpus!)!);
        return AT_ONCE;
      case P.OP_SET_GROUP:
        this.groups.move(task.task, step.group!);
        this.observer.groups?.look(cpu);
        return AT_ONCE;
      default:
        throw new RangeError(`unknown step ${step.op}`);
    }
  }

  /** Until task.timerDue. */
  private sleep(task: SimTask, cpu: number): number {
    if (task.timerDue <= this.clock.now) return AT_ONCE;
    this.timers.set(task);
    this.core.block(cpu);
    return AWAY;
  }

  private timer(task: SimTask, cpu: number, step: P.Step): number {
    const t = step.timer!;
    if (t.next < 0) t.next = task.timersFromNs;
    t.next += duration(task, step.ns);
    if (t.next > this.clock.now) {
      task.timerDue = t.next;
      return this.sleep(task, cpu);
    }
    if (!t.absolute) t.next = this.clock.now;
    return AT_ONCE;
  }

  private lock(task: SimTask, cpu: number, step: P.Step, again: number): number {
    const mutex = step.mutex!;
    if (mutex.owner === null) {
      mutex.owner = task;
      return AT_ONCE;
    }
    refuseLockCycle(task, mutex);
    return this.enqueue(task, cpu, mutex, again, step);
  }

  /**
   * As glibc has it: a plain mutex is freed by whoever unlocks it; a priority-inheriting one only by its owner, others
   * get EPERM, from pthread_cond_wait() too, and nothing happens.
   */
  private mayRelease(task: SimTask, step: P.Step): boolean {
    const mutex = step.mutex!;
    if (mutex.owner === task) return true;
    if (mutex.owner !== null || mutex.handOff)
      this.remarks.add("foreign release", foreignReleaseRemark(task, mutex, step.line));
    return !mutex.handOff;
  }

  private unlock(cpu: number, mutex: Mutex): void {
    const next = mutex.dequeue() as SimTask | null;
    mutex.owner = null;
    if (!next) return;
    if (mutex.handOff) {
      mutex.owner = next;
      next.resume = FETCH; // it owns the mutex already: on with the step after
    }
    this.wake(next, cpu, false);
  }

  private wait(task: SimTask, cpu: number, step: P.Step): number {
    if (!this.mayRelease(task, step)) return AT_ONCE;
    this.keep(task, step, REACQUIRE);
    step.condition!.enqueue(task);
    this.unlock(cpu, step.mutex!);
    return this.away(task, cpu);
  }

  private send(task: SimTask, cpu: number, step: P.Step): number {
    const channel = step.channel!;
    if (channel.size === channel.capacity) return this.enqueue(task, cpu, channel.writers, RETRY, step);
    channel.put(step.count);
    this.wakeFirst(channel.readers, cpu, channel.sync);
    return AT_ONCE;
  }

  private receive(task: SimTask, cpu: number, step: P.Step): number {
    const channel = step.channel!;
    if (channel.size === 0) return this.enqueue(task, cpu, channel.readers, RETRY, step);
    task.register = channel.take();
    this.wakeFirst(channel.writers, cpu, channel.sync);
    return AT_ONCE;
  }

  private post(step: P.Step, cpu: number): void {
    const semaphore = step.semaphore!;
    const wentOn = this.goesOn;
    this.goesOn = step.goesOn;
    step.goesOn = false; // of this step alone: it is everybody's
    semaphore.count += step.count;
    for (let i = 0; i < step.count && semaphore.waiters > 0; i++)
      this.wakeFirst(semaphore, cpu, step.op === P.OP_SEMAPHORE_POST_SYNC);
    if (wentOn && !this.goesOn) this.core.giveWay(cpu);
  }

  private enqueue(task: SimTask, cpu: number, resource: Resource, resume: number, step: P.Step): number {
    if (resume !== FETCH) this.keep(task, step, resume);
    resource.enqueue(task);
    return this.away(task, cpu);
  }

  /** The task goes on with this very step later; `step` itself is everybody's. */
  private keep(task: SimTask, step: P.Step, resume: number): void {
    task.resume = resume;
    if (task.pendingStep === step) return;
    task.pendingStep ??= new P.Step();
    P.copyStep(step, task.pendingStep);
  }

  /** Blocks the task, or has it block as soon as it is back on a CPU (I2). */
  private away(task: SimTask, cpu: number): number {
    if (this.core.cpus[cpu].curr === task.task) this.core.block(cpu);
    else task.pendingBlock = true;
    return AWAY;
  }

  /** Waits busily: in the queue, but on the CPU until the step's work is used up. */
  private spin(task: SimTask, resource: Resource, ns: number): number {
    resource.enqueue(task);
    task.remaining = duration(task, ns) * 1000;
    task.pendingBlock = true;
    return BUSY;
  }

  private wakeFirst(resource: Resource, cpu: number, sync: boolean): void {
    const task = resource.dequeue() as SimTask | null;
    if (task) this.wake(task, cpu, sync);
  }

  /** Wakes everybody who waits now; who comes back to the queue meanwhile is not woken again. */
  private wakeAll(resource: Resource | Condition, cpu: number): void {
    for (let n = resource.waiters; n > 0; n--) this.wakeFirst(resource, cpu, false);
  }

  private wake(task: SimTask, fromCpu: number, sync: boolean): void {
    if (task.pendingBlock) {
      task.pendingBlock = false;
      task.remaining = 0;
      this.progress.touch(task.task.cpu);
      return;
    }
    this.observer.waking(task, fromCpu);
    this.core.wake(task.task, fromCpu, sync, this.goesOn);
  }

  private exit(task: SimTask, cpu: number): void {
    this.core.exitCurrent(cpu);
    this.tasks.exit(task);
  }

  private spins(task: SimTask): InputError {
    return new InputError(`task ${task.name} loops for ever in no time`, {
      ...task.spec.origin,
      found: `${SPIN_LIMIT} steps in a row without running, sleeping or waiting`,
      expected: "a run, sleep, timer or wait with a duration in each endless loop",
    });
  }
}

function duration(task: SimTask, ns: number): number {
  if (Number.isInteger(ns) && ns >= 0 && ns <= MAX_STEP_NS) return ns;
  throw new InputError(`task ${task.task.comm} has an impossible duration`, {
    found: `${ns} ns`,
    expected: `an integer 0..${MAX_STEP_NS}`,
  });
}
