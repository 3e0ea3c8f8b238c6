import type { CacheTrace } from "../chip/cache-warmth.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import type { Task } from "../state/task.ts";
import type { Programme, ProgrammeTask, Step, TaskSpec } from "../workload/programme.ts";
import type { Resource, Waiter } from "../workload/resources.ts";
import type { TaskRandom } from "../workload/task-random.ts";
import type { TaskNumbers } from "./task-numbers.ts";

/** What the interpreter does when the task is on a CPU and its work is used up. */
export const FETCH = 0; // ask the programme for the next step
export const RETRY = 1; // the step in `step` once more (it had to wait)
export const REACQUIRE = 2; // take step.mutex again after a wait on a condition

/** A task of the simulation: the scheduler's Task, its programme and its progress. */
export class SimTask implements CacheTrace, Waiter, ProgrammeTask {
  readonly task: Task;
  readonly spec: TaskSpec;
  readonly programme: Programme;
  readonly random: TaskRandom;
  register = 0;
  /** The step it waits to go on with (resume RETRY or REACQUIRE); made when first needed. */
  pendingStep: Step | null = null;

  resume = FETCH;
  waitingFor: Resource | null = null;
  nextWaiter: Waiter | null = null;
  /**
   * It has to block when its work is used up: it spins first, or it lost the CPU to a task it woke just before. Whoever
   * wakes it until then only takes the flag away.
   */
  pendingBlock = false;
  /** Slot of its timer in the event queue, -1 while it has none. */
  timerSlot = -1;
  born = false;
  /** Steps in a row that took no time and did not block. */
  idleSteps = 0;

  core = -1;
  llc = -1;
  workingSetBytes: number;

  // Statistics.
  /** It waits for the CPU after a wake-up, not after a preemption. */
  waking = false;
  /** The CPUs it was allowed when it began to wait for one; those of its last wait while it runs or sleeps. */
  waitsOn: CpuMask | null = null;
  wakeups = 0;
  switches = 0;
  preemptions = 0;
  migrations = 0;
  units = 0;

  /** Its number: histogram 0 is that of all tasks, n that of the n-th task. */
  readonly index: number;
  private readonly numbers: TaskNumbers;
  private readonly base: number;

  constructor(task: Task, spec: TaskSpec, random: TaskRandom, index: number, numbers: TaskNumbers) {
    this.index = index;
    this.numbers = numbers;
    this.base = numbers.allocate();
    this.runnableSince = -1;
    this.exitNs = -1;
    this.task = task;
    this.spec = spec;
    this.programme = spec.programme();
    this.random = random;
    this.workingSetBytes = spec.workingSetBytes ?? 0;
  }

  get pid(): number {
    return this.task.pid;
  }

  get name(): string {
    return this.task.comm;
  }

  // Times, ns.

  /** Work left of the current step, in ns of full speed x 1000 (speeds are permille). */
  get remaining(): number {
    return this.numbers.data[this.base];
  }
  set remaining(value: number) {
    this.numbers.data[this.base] = value;
  }
  /** Lost time to pay before work goes on, ns: switches, refills, interrupts. */
  get debt(): number {
    return this.numbers.data[this.base + 1];
  }
  set debt(value: number) {
    this.numbers.data[this.base + 1] = value;
  }
  /** The step also lasts until this time, ns (OP_RUN_UNTIL); 0 = no. */
  get until(): number {
    return this.numbers.data[this.base + 2];
  }
  set until(value: number) {
    this.numbers.data[this.base + 2] = value;
  }
  get runNs(): number {
    return this.numbers.data[this.base + 3];
  }
  set runNs(value: number) {
    this.numbers.data[this.base + 3] = value;
  }
  /** Part of runNs without progress: switches, refills, interrupts, balancing. */
  get lostNs(): number {
    return this.numbers.data[this.base + 4];
  }
  set lostNs(value: number) {
    this.numbers.data[this.base + 4] = value;
  }
  /** Since when it is runnable without running; -1 = it is not. */
  get runnableSince(): number {
    return this.numbers.data[this.base + 5];
  }
  set runnableSince(value: number) {
    this.numbers.data[this.base + 5] = value;
  }
  get waitNs(): number {
    return this.numbers.data[this.base + 6];
  }
  set waitNs(value: number) {
    this.numbers.data[this.base + 6] = value;
  }
  /** Clock as its programme sees it. */
  get now(): number {
    return this.numbers.data[this.base + 7];
  }
  set now(value: number) {
    this.numbers.data[this.base + 7] = value;
  }
  get coreMark(): number {
    return this.numbers.data[this.base + 8];
  }
  set coreMark(value: number) {
    this.numbers.data[this.base + 8] = value;
  }
  get llcMark(): number {
    return this.numbers.data[this.base + 9];
  }
  set llcMark(value: number) {
    this.numbers.data[this.base + 9] = value;
  }
  get refillNs(): number {
    return this.numbers.data[this.base + 10];
  }
  set refillNs(value: number) {
    this.numbers.data[this.base + 10] = value;
  }
  /** What the task's timers count from, ns. */
  get timersFromNs(): number {
    return this.numbers.data[this.base + 11];
  }
  set timersFromNs(value: number) {
    this.numbers.data[this.base + 11] = value;
  }
  /** When its timer is to fire. */
  get timerDue(): number {
    return this.numbers.data[this.base + 14];
  }
  set timerDue(value: number) {
    this.numbers.data[this.base + 14] = value;
  }
  /** Longest wait for a CPU, and when it ended. */
  get maxWaitNs(): number {
    return this.numbers.data[this.base + 15];
  }
  set maxWaitNs(value: number) {
    this.numbers.data[this.base + 15] = value;
  }
  get maxWaitEndNs(): number {
    return this.numbers.data[this.base + 12];
  }
  set maxWaitEndNs(value: number) {
    this.numbers.data[this.base + 12] = value;
  }
  /** -1 while it lives. */
  get exitNs(): number {
    return this.numbers.data[this.base + 13];
  }
  set exitNs(value: number) {
    this.numbers.data[this.base + 13] = value;
  }
}
