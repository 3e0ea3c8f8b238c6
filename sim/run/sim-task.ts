import type { CacheTrace } from "../chip/cache-warmth.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import type { Task } from "../state/task.ts";
import type { Programme, ProgrammeTask, Step, TaskSpec } from "../workload/programme.ts";
import type { Resource, Waiter } from "../workload/resources.ts";
import type { TaskRandom } from "../workload/task-random.ts";

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
  /** Slot of its timer on the agenda, -1 while it has none. */
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

  // Times, ns.
  /** Work left of the current step, in ns of full speed x 1000 (speeds are permille). */
  remaining = 0;
  /** Lost time to pay before work goes on: switches, refills, interrupts. Where CPUs share one stream, its unit is that of `remaining`. */
  debt = 0;
  /** The step also lasts until this time (OP_RUN_UNTIL); 0 = no. */
  until = 0;
  runNs = 0;
  /** Part of runNs without progress: switches, refills, interrupts, balancing. */
  lostNs = 0;
  /** Since when it is runnable without running; -1 = it is not. */
  runnableSince = 0;
  waitNs = 0;
  /** Clock as its programme sees it. */
  now = 0;
  coreMark = 0;
  llcMark = 0;
  refillNs = 0;
  /** What the task's timers count from. */
  timersFromNs = 0;
  /** When its timer is to fire. */
  timerDue = 0;
  /** Longest wait for a CPU, and when it ended. */
  maxWaitNs = 0;
  maxWaitEndNs = 0;
  /** -1 while it lives. */
  exitNs = 0;

  /** Its number, from 0; that of its latencies, too. The background's have -1, -2 and so on, then the policy's, and no latencies. */
  readonly index: number;

  constructor(task: Task, spec: TaskSpec, random: TaskRandom, index: number) {
    this.runnableSince = -1;
    this.exitNs = -1;
    this.index = index;
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
}
