import { type CoreListener, SchedulerCore, type Task, type Topology } from "../sim/core.ts";

/**
 * The leanest event loop that can drive the scheduling core, for measuring the core: periodic tasks that run and sleep
 * for random times, ticks, nothing else. Deterministic.
 */
export interface Load {
  topology: Topology;
  tasks: number;
  /** Share of the chip's capacity the tasks ask for: below 1 CPUs idle at times, above 1 queues stay full. */
  demand: number;
  /** Mean burst, ns. */
  burst: number;
  /** Control groups, each in the one before; all tasks are in the last. Default: none. */
  nested?: number;
}

/** A binary heap of (time, id) in typed arrays. */
export class EventHeap {
  private readonly times: Float64Array;
  private readonly ids: Int32Array;
  size = 0;
  operations = 0;

  constructor(capacity: number) {
    this.times = new Float64Array(capacity + 1);
    this.ids = new Int32Array(capacity + 1);
  }

  get time(): number {
    return this.times[0];
  }

  get id(): number {
    return this.ids[0];
  }

  /** The time of the next push(): a parameter would be boxed where V8 does not inline the call. */
  readonly at = new Float64Array(1);

  push(time: number, id: number): void {
    this.at[0] = time;
    this.insert(id);
  }

  insert(id: number): void {
    const time = this.at[0];
    this.operations++;
    const { times, ids } = this;
    let i = this.size++;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (times[up] <= time) break;
      times[i] = times[up];
      ids[i] = ids[up];
      i = up;
    }
    times[i] = time;
    ids[i] = id;
  }

  pop(): void {
    this.operations++;
    const { times, ids } = this;
    const n = --this.size;
    const time = times[n];
    const id = ids[n];
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && times[child + 1] < times[child]) child++;
      if (times[child] >= time) break;
      times[i] = times[child];
      ids[i] = ids[child];
      i = child;
    }
    times[i] = time;
    ids[i] = id;
  }
}

/** Drives a core with a load. Event ids: a task's number = it wakes; tasks + cpu = a burst may be over there. */
export class LoadDriver implements CoreListener {
  readonly core: SchedulerCore;
  readonly heap: EventHeap;
  private readonly tasks: Task[] = [];
  /** ns of the current burst still to run, by task number; valid while not on a CPU. */
  private readonly remaining: Float64Array;
  /** When the running burst of a CPU ends. */
  private readonly ends: Float64Array;
  private readonly load: Load;
  private readonly meanSleep: number;
  private state = 0x2545f491;
  private now = 0;
  private nextTick: number;
  private readonly tickNs = 4_000_000;

  constructor(load: Load) {
    this.load = load;
    const cpus = load.topology.cpus.length;
    this.core = new SchedulerCore({ topology: load.topology, listener: this });
    this.remaining = new Float64Array(load.tasks);
    this.ends = new Float64Array(cpus);
    this.heap = new EventHeap(load.tasks * 2 + cpus * 8 + 1024);
    // run / (run + sleep) = demand * cpus / tasks
    const share = Math.min(1, (load.demand * cpus) / load.tasks);
    this.meanSleep = load.burst * (1 / share - 1);
    this.nextTick = this.tickNs;
    let group = this.core.machine.rootGroup;
    for (let i = 0; i < (load.nested ?? 0); i++) group = this.core.newGroup({ parent: group });
    for (let i = 0; i < load.tasks; i++) {
      const task = this.core.newTask({ group, pid: i, cpu: i % cpus, nice: (i % 5) - 2 });
      this.tasks.push(task);
      this.heap.push(this.random() * (this.meanSleep + load.burst), i);
    }
  }

  /** xorshift: uniform in [0, 1). */
  private random(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) / 4294967296;
  }

  onSwitch(cpu: number, prev: Task | null, next: Task | null): void {
    if (prev !== null) this.remaining[prev.pid] = this.ends[cpu] - this.now;
    if (next !== null) {
      const end = this.now + this.remaining[next.pid];
      this.ends[cpu] = end;
      this.heap.at[0] = end;
      this.heap.insert(this.load.tasks + cpu);
    }
  }

  /** Runs until the core has seen `events` more scheduler events. */
  run(events: number): void {
    const { core, heap, load } = this;
    const until = core.events + events;
    while (core.events < until) {
      if (heap.size === 0 || heap.time >= this.nextTick) {
        this.now = this.nextTick;
        this.nextTick += this.tickNs;
        core.advanceTo(this.now);
        core.tick();
        continue;
      }
      const id = heap.id;
      const time = Math.floor(heap.time);
      const stamp = heap.time;
      heap.pop();
      this.now = Math.max(time, this.now);
      if (id < load.tasks) {
        core.advanceTo(this.now);
        this.remaining[id] = Math.floor(load.burst * (0.5 + this.random()));
        core.wake(this.tasks[id], Math.floor(this.random() * core.cpus.length));
        continue;
      }
      const cpu = id - load.tasks;
      const task = core.cpus[cpu].curr;
      if (task === null || this.ends[cpu] !== stamp) continue; // preempted since
      core.advanceTo(this.now);
      this.heap.push(this.now + Math.floor(2 * this.random() * this.meanSleep) + 1000, task.pid);
      core.block(cpu);
    }
  }
}
