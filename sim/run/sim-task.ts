import type { Task } from "../cfs/task.ts";
import type { CacheTrace } from "../chip/cache-warmth.ts";
import { LatencyHistogram } from "../output/latency-histogram.ts";
import { type Programme, type ProgrammeTask, Step, type TaskSpec } from "../workload/programme.ts";
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
  readonly step = new Step();
  now = 0;
  register = 0;

  /** Work left of the current step, in ns of full speed x 1000 (speeds are permille). */
  remaining = 0;
  /** Lost time to pay before work goes on, ns: switches, refills, interrupts. */
  debt = 0;
  /** The step also lasts until this time, ns (OP_RUN_UNTIL); 0 = no. */
  until = 0;

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
  /** When the task came into being, ns: its timers count from here. */
  startNs = 0;

  core = -1;
  llc = -1;
  coreMark = 0;
  llcMark = 0;
  workingSetBytes: number;

  // Statistics, ns or counts.
  runNs = 0;
  /** Part of runNs without progress: switches, refills, interrupts, balancing. */
  lostNs = 0;
  refillNs = 0;
  waitNs = 0;
  /** Since when it is runnable without running; -1 = it is not. */
  runnableSince = -1;
  /** It waits for the CPU after a wake-up, not after a preemption. */
  waking = false;
  wakeups = 0;
  switches = 0;
  preemptions = 0;
  migrations = 0;
  units = 0;
  exitNs = -1;
  latency: LatencyHistogram | null = null;
  maxLatencyEndNs = 0;

  constructor(task: Task, spec: TaskSpec, random: TaskRandom) {
    this.task = task;
    this.spec = spec;
    this.programme = spec.programme();
    this.random = random;
    this.workingSetBytes = spec.workingSetBytes ?? 0;
  }

  get pid(): number {
    return this.task.pid;
  }

  addLatency(ns: number, bucket: number, now: number): void {
    this.latency ??= new LatencyHistogram();
    if (ns > this.latency.max) this.maxLatencyEndNs = now;
    this.latency.add(ns, bucket);
  }
}
