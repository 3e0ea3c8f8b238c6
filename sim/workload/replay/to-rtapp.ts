import type { ReplayTask } from "./replay.ts";
import * as T from "./tape.ts";

type Tasks = readonly (ReplayTask | undefined)[];

/** As in TaskSpec.policy. rt-app 1.0 does not know SCHED_BATCH. */
const SCHED_IDLE = 5;

/** Wake-ups by which a waker may be ahead of the woken. */
const AHEAD = 64;

/**
 * A replay as an rt-app file, in the JSON that rt-app 1.0 reads, piece by piece.
 *
 * No event of that rt-app remembers a wake-up for a task that does not wait yet. So each task has a ring of mutexes that it
 * holds: to wait is to lock the next of them again, to wake is to unlock it. Which one a waker unlocks is that of the
 * recording: its n-th wake-up of the task belongs to the n-th wait of the task for it.
 *
 *  R1. All threads take their mutexes, meet at a barrier, and begin.
 *  R2. Times are whole microseconds; what is cut off one of a task's stretches is added to the next.
 *  R3. rt-app 1.0 cannot fork: a task that was forked is a thread that waits for its parent.
 *  R4. A ring has as many mutexes as the task has waits, at most AHEAD: a waker farther ahead has a wake-up lost.
 */
export function* rtAppText(tasks: Tasks, comments: readonly string[]): Generator<string> {
  yield `/*\n${comments.map((line) => ` * ${line.replaceAll("*/", "* /")}\n`).join("")} */\n{\n  "tasks": {\n`;
  const rings = new Rings(tasks);
  let separator = "";
  for (const task of tasks) {
    if (!task) continue;
    yield `${separator}    ${JSON.stringify(nameOf(task))}: {\n`;
    const cpus = task.boundTo !== undefined ? [task.boundTo] : [...(task.ranOn ?? [])];
    if (cpus.length > 0) yield `      "cpus": ${JSON.stringify(cpus.sort((a, b) => a - b))},\n`;
    const policy = task.rtPriority > 0 ? "SCHED_FIFO" : task.policy === SCHED_IDLE ? "SCHED_IDLE" : undefined;
    if (policy) yield `      "policy": "${policy}",\n`;
    yield `      "priority": ${task.rtPriority || task.nice},\n      "loop": 1,\n      "phases": {\n`;
    yield* new TaskText(task, tasks, rings).phases();
    yield "      }\n    }";
    separator = ",\n";
  }
  yield '\n  },\n  "global": { "duration": -1, "calibration": "CPU0", "pi_enabled": false }\n}\n';
}

/** Unlike any other in the file, whatever pids were used twice. */
const nameOf = ({ comm, pid, index }: ReplayTask): string => `${comm}-${pid}.${index}`;

const isForked = (task: ReplayTask, tasks: Tasks): boolean =>
  task.forkedBy >= 0 && tasks[task.forkedBy] !== undefined;

/** The mutexes by which tasks wait. */
class Rings {
  private readonly tasks: Tasks;
  /** Waits of each task for others that take part. */
  private readonly waits: Uint32Array;
  /** By the woken, by the waker: which of the waits of the woken are for it, and how many of them are woken by now. */
  private readonly waitsFor: (Map<number, { waits: number[]; woken: number }> | undefined)[] = [];

  constructor(tasks: Tasks) {
    this.tasks = tasks;
    this.waits = new Uint32Array(tasks.length);
    for (const task of tasks) {
      if (!task) continue;
      if (isForked(task, tasks)) this.addWait(task, task.forkedBy);
      const { words } = task.tape;
      for (let i = 0; i < words.length; i++) {
        const kind = T.kindOf(words[i]);
        if (kind === T.STEP_WAIT && tasks[T.payloadOf(words[i])]) this.addWait(task, T.payloadOf(words[i]));
        if (T.isLong(kind)) i++;
      }
    }
  }

  private addWait(task: ReplayTask, waker: number): void {
    this.waitsFor[task.index] ??= new Map();
    const byWaker = this.waitsFor[task.index]!;
    const known = byWaker.get(waker) ?? { waits: [], woken: 0 };
    known.waits.push(this.waits[task.index]++);
    byWaker.set(waker, known);
  }

  /** The mutexes that a task takes first. */
  all(index: number): string[] {
    return Array.from({ length: this.size(index) }, (_, place) => this.mutex(index, place));
  }

  /** The mutex of a task's n-th wait. */
  mutex(index: number, wait: number): string {
    return `w${index}_${wait % this.size(index)}`;
  }

  /** The mutex by which `waker` wakes the task next; undefined where the task does not take part or never waits for it. */
  next(index: number, waker: number): string | undefined {
    if (!this.tasks[index]) return undefined;
    const known = this.waitsFor[index]?.get(waker);
    if (!known || known.woken === known.waits.length) return undefined;
    return this.mutex(index, known.waits[known.woken++]);
  }

  private size(index: number): number {
    return Math.min(AHEAD, this.waits[index]);
  }
}

/** The phases of one task. */
class TaskText {
  private readonly task: ReplayTask;
  private readonly tasks: Tasks;
  private readonly rings: Rings;
  private events: string[] = [];
  private number = 0;
  private waits = 0;
  /** ns that R2 has cut off. */
  private readonly cut = { run: 0, sleep: 0 };

  constructor(task: ReplayTask, tasks: Tasks, rings: Rings) {
    this.task = task;
    this.tasks = tasks;
    this.rings = rings;
  }

  *phases(): Generator<string> {
    const { task, tasks, rings } = this;
    for (const mutex of rings.all(task.index)) this.event("lock", `"${mutex}"`);
    this.event("barrier", '"begin"');
    if (isForked(task, tasks)) this.wait();
    else this.time("sleep", task.bornNs);
    let phase = 0;
    let head = "";
    const { words } = task.tape;
    for (let i = 0; i < words.length; i++) {
      const kind = T.kindOf(words[i]);
      const value = T.payloadOf(words[i]);
      if (kind === T.STEP_NICE) {
        yield `        "p${phase++}": {${head} ${this.taken()} },\n`;
        head = ` "priority": ${value - 20},`;
      } else this.step(kind, value, T.isLong(kind) ? T.sleepNs(words[++i]) : 0);
    }
    yield `        "p${phase}": {${head} ${this.taken()} }\n`;
  }

  private step(kind: number, value: number, ns: number): void {
    switch (kind) {
      case T.STEP_RUN:
        this.time("run", value);
        break;
      case T.STEP_SLEEP:
        this.time("sleep", ns);
        break;
      case T.STEP_WAIT:
        if (this.tasks[value]) this.wait();
        else this.time("sleep", ns);
        break;
      case T.STEP_WAKE:
      case T.STEP_WAKE_SYNC:
      case T.STEP_FORK: {
        const mutex = this.rings.next(value, this.task.index);
        if (mutex !== undefined) this.event("unlock", `"${mutex}"`);
        break;
      }
    }
  }

  private wait(): void {
    this.event("lock", `"${this.rings.mutex(this.task.index, this.waits++)}"`);
  }

  private time(kind: "run" | "sleep", ns: number): void {
    this.cut[kind] += ns;
    const us = Math.floor(this.cut[kind] / 1000);
    this.cut[kind] -= us * 1000;
    if (us > 0) this.event(kind, String(us));
  }

  /** Keys of one object differ, or rt-app keeps the last of them alone. */
  private event(kind: string, value: string): void {
    this.events.push(`"${kind}${this.number++}": ${value}`);
  }

  /** The events until now; a phase has at least one. */
  private taken(): string {
    if (this.events.length === 0) this.event("yield", '""');
    const text = this.events.join(", ");
    this.events = [];
    return `"loop": 1, ${text}`;
  }
}
