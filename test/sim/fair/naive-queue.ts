import { SCHED_BATCH, SCHED_IDLE, SCHED_NORMAL } from "../../../sim/core.ts";
import { PRIO_TO_INVERSE, PRIO_TO_WEIGHT } from "../../../sim/state/weights.ts";

const LATENCY = 6_000_000n; // one CPU: the factor is 1
const MIN_GRANULARITY = 750_000n;
const WAKEUP_GRANULARITY = 1_000_000n;
const NR_LATENCY = 8;

const max = (a: bigint, b: bigint) => (a > b ? a : b);

/** delta * weight / inverse's weight, as __calc_delta() says it in C: u64 factor, shifted until it fits in 32 bits. */
function calcDelta(delta: bigint, weight: bigint, inverse: bigint): bigint {
  let factor = weight * inverse;
  let shift = 32n;
  while (factor >> 32n > 0n) {
    factor >>= 1n;
    shift--;
  }
  return (delta * factor) >> shift;
}

export class NaiveTask {
  vruntime = 0n;
  sum = 0n;
  sumWhenPicked = 0n;
  execStart = 0n;
  runnable = false;
  /** When it last entered the timeline: among equal vruntimes the earlier goes first. */
  entered = 0;
  readonly weight: bigint;
  readonly inverse: bigint;
  readonly policy: number;

  constructor(nice: number, policy: number) {
    this.policy = policy;
    this.weight = policy === SCHED_IDLE ? 3n : BigInt(PRIO_TO_WEIGHT[nice + 20]);
    this.inverse = policy === SCHED_IDLE ? 1431655765n : BigInt(PRIO_TO_INVERSE[nice + 20]);
  }

  virtual(delta: bigint): bigint {
    return this.weight === 1024n ? delta : calcDelta(delta, 1024n, this.inverse);
  }
}

/**
 * A machine of one CPU, the plain way: an array of runnable tasks searched from end to end, BigInt, one switch after
 * another. What the simulator does with a red-black tree, sums that are kept and numbers cut in halves must come out the same.
 */
export class NaiveQueue {
  tasks: NaiveTask[] = [];
  /** On the CPU; null: idle. */
  curr: NaiveTask | null = null;
  minVruntime = 1n << 20n;
  next: NaiveTask | null = null;
  last: NaiveTask | null = null;
  skip: NaiveTask | null = null;
  clock = 0n;
  private entries = 0;
  private resched = false;

  get weight(): bigint {
    return this.tasks.reduce((sum, t) => sum + t.weight, 0n);
  }

  fork(task: NaiveTask): void {
    this.account();
    if (this.curr) task.vruntime = this.curr.vruntime;
    const start = this.minVruntime + task.virtual(this.slice(task));
    const relative = max(task.vruntime, start) - this.minVruntime;
    task.vruntime = relative + this.minVruntime;
    this.enter(task);
    this.preemptFor(task);
    this.settle();
  }

  wake(task: NaiveTask): void {
    this.account();
    const credit = (task.policy === SCHED_IDLE ? MIN_GRANULARITY : LATENCY) / 2n;
    task.vruntime = max(task.vruntime, this.minVruntime - credit);
    this.enter(task);
    this.preemptFor(task);
    this.settle();
  }

  block(): void {
    const task = this.curr!;
    this.account();
    this.forget(task);
    task.runnable = false;
    this.tasks = this.tasks.filter((t) => t !== task);
    this.follow();
    this.reschedule();
    this.settle();
  }

  yieldCpu(): void {
    if (this.tasks.length > 1) {
      this.forget(this.curr!);
      if (this.curr!.policy !== SCHED_BATCH) this.account();
      this.skip = this.curr;
    }
    this.reschedule();
    this.settle();
  }

  tick(): void {
    this.account();
    if (this.curr && this.tasks.length > 1) {
      const ideal = this.slice(this.curr);
      const ran = this.curr.sum - this.curr.sumWhenPicked;
      if (ran > ideal) {
        this.resched = true;
        this.forget(this.curr);
      } else if (ran >= MIN_GRANULARITY && this.curr.vruntime - this.leftmost()!.vruntime > ideal) {
        this.resched = true;
      }
    }
    this.settle();
  }

  private enter(task: NaiveTask): void {
    task.runnable = true;
    task.entered = ++this.entries;
    this.tasks.push(task);
  }

  private forget(task: NaiveTask): void {
    if (this.next === task) this.next = null;
    if (this.last === task) this.last = null;
    if (this.skip === task) this.skip = null;
  }

  /** The runnable tasks that do not run, in the order of the timeline. */
  private timeline(): NaiveTask[] {
    return this.tasks
      .filter((t) => t !== this.curr)
      .sort((a, b) => (a.vruntime === b.vruntime ? a.entered - b.entered : a.vruntime < b.vruntime ? -1 : 1));
  }

  private leftmost(): NaiveTask | null {
    return this.timeline()[0] ?? null;
  }

  private account(): void {
    const { curr, clock } = this;
    if (!curr || clock <= curr.execStart) return;
    const delta = clock - curr.execStart;
    curr.execStart = clock;
    curr.sum += delta;
    curr.vruntime += curr.virtual(delta);
    this.follow();
  }

  /** min_vruntime follows the smallest vruntime, never back. */
  private follow(): void {
    const all = this.timeline();
    if (this.curr?.runnable) all.push(this.curr);
    if (all.length === 0) return;
    const least = all.reduce((a, b) => (b.vruntime < a.vruntime ? b : a)).vruntime;
    this.minVruntime = max(this.minVruntime, least);
  }

  private slice(task: NaiveTask): bigint {
    const all = task.runnable ? this.tasks : [...this.tasks, task];
    const weight = all.reduce((sum, t) => sum + t.weight, 0n);
    const period = all.length > NR_LATENCY ? BigInt(all.length) * MIN_GRANULARITY : LATENCY;
    // beside the tasks of other policies an idle one may be cut shorter: to the same value, unless scaled
    return max(calcDelta(period, task.weight, 0xffffffffn / weight), MIN_GRANULARITY);
  }

  /** 1: `task` is left of `curr` by more than the wake-up granularity in its own virtual time; 0: by less; -1: not. */
  private ahead(curr: NaiveTask, task: NaiveTask): number {
    const difference = curr.vruntime - task.vruntime;
    if (difference <= 0n) return -1;
    return difference > task.virtual(WAKEUP_GRANULARITY) ? 1 : 0;
  }

  private preemptFor(task: NaiveTask): void {
    const { curr } = this;
    if (!curr) {
      this.resched = true;
      return;
    }
    if (curr === task || this.resched) return;
    const idle = curr.policy === SCHED_IDLE;
    if (!idle || task.policy === SCHED_IDLE) {
      if (task.policy !== SCHED_NORMAL) return;
      this.account();
      if (this.ahead(curr, task) !== 1) return;
      this.next = task;
    }
    this.resched = true;
    if (this.tasks.length >= NR_LATENCY && !idle) this.last = curr;
  }

  private pick(): NaiveTask {
    const curr = this.curr?.runnable ? this.curr : null;
    const others = this.timeline();
    const least = (a: NaiveTask | undefined) =>
      a === undefined || (curr && curr.vruntime < a.vruntime) ? curr : a;
    const left = least(others[0])!;
    let pick = left;
    if (this.skip === pick) {
      const second = pick === curr ? (others[0] ?? null) : least(others[1]);
      if (second && this.ahead(second, left) < 1) pick = second;
    }
    if (this.next && this.ahead(this.next, left) < 1) return this.next;
    if (this.last && this.ahead(this.last, left) < 1) return this.last;
    return pick;
  }

  private reschedule(): void {
    const prev = this.curr;
    if (prev?.runnable) this.account();
    this.resched = false;
    if (this.tasks.length === 0) {
      this.curr = null;
      return;
    }
    const next = this.pick();
    if (next === prev) return;
    if (prev?.runnable) prev.entered = ++this.entries;
    this.forget(next);
    next.execStart = this.clock;
    next.sumWhenPicked = next.sum;
    this.curr = next;
  }

  private settle(): void {
    while (this.resched) this.reschedule();
  }
}
