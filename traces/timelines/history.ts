import { InputError } from "../input-error.ts";
import type { TimelineState, TimelineTask } from "../timeline.ts";
import { type Claim, type ForkClaim, type ScheduleClaim, UNKNOWN_PID, UNKNOWN_PRIO } from "./claim.ts";

/**
 * The history that a recording's claims agree on: who ran where from when to when, who slept, who woke whom, who was
 * moved. Where claims contradict each other the better one stands:
 *
 *  H1. A switch is right about who comes and who leaves, unless it says itself that who leaves yields. Whoever was thought to
 *      run on that CPU has left unseen, when the CPU was last heard of.
 *  H2. A task runs on one CPU: the CPU it came to last.
 *  H3. Who runs without having been woken was woken just then, nobody knows by what.
 *  H4. A waking before its task has left its CPU counts from when it leaves, if it leaves asleep, and soon or comes back without
 *      another (the CPU has balanced in between); a task that sees its own wake-up while it runs had not fallen asleep at all.
 *  H5. A pid that is forked, or that runs after its end, is another task.
 *  H6. Of what was before the first event nothing is known: who is first heard of as it leaves a CPU ran there from the
 *      beginning, who comes to one was runnable, who is woken slept.
 */

/** States of a task. */
const UNSEEN = 0;
const NEW = 1;
const RUNNING = 2;
const RUNNABLE = 3;
const ASLEEP = 4;
const ENDED = 5;
/** It left its CPU unseen. */
const VANISHED = 6;

/** How a task was moved: placed as it woke; pulled or pushed by a balancer; moved by the stopper of its CPU. */
export type MoveKind = "wakeup" | "balance" | "active";

/** The thread that moves running tasks off a CPU, by its name. */
export const isStopper = ({ comm }: { comm: string }): boolean => /^(?:migration|stopper)\/\d+$/.test(comm);

/** What woke a task. */
export type Cause = "task" | "timer" | "device" | "interrupt" | "unknown";

/** One task of a recording, from its first to its last event; a pid may have several (H5). */
export class RecordedLife {
  /** Number among the lives of the recording. */
  readonly index: number;
  readonly pid: number;
  comm: string;
  prio: number = UNKNOWN_PRIO;
  /** What the recording says of it, event by event: switches to it, sched_wakeup(_new), sched_waking, sched_migrate_task. */
  switches = 0;
  wakeups = 0;
  wakings = 0;
  migrateEvents = 0;
  /** Times it came to another CPU than the one it ran on before. */
  moves = 0;
  /** CPU time and waits for a CPU, ns. */
  runNs = 0;
  waitNs = 0;
  state = UNSEEN;
  /** Where it runs, ran last or waits; -1 unknown. */
  cpu = -1;
  /** CPU it ran on last; -1 unknown. */
  ranOn = -1;
  /** Since when it is in its state, ns; of one that is not seen yet, since when it may have been there. */
  since = 0;
  parent: RecordedLife | null = null;
  /** CPU of whoever made it runnable last; -1: nobody did since it ran. */
  wokenFrom = -1;
  pendingNs = -1;
  pendingCause: Cause = "unknown";
  pendingWaker: RecordedLife | null = null;

  constructor(index: number, pid: number, comm: string) {
    this.index = index;
    this.pid = pid;
    this.comm = comm;
  }
}

/** Is told the history in the order of time; times in ns. */
export interface HistoryListener {
  /** First heard of, in that state since the beginning of the recording; or new, forked by `parent` where that is known. */
  begins?(
    task: RecordedLife,
    time: number,
    how: "running" | "runnable" | "asleep" | "new",
    parent: RecordedLife | null,
  ): void;
  /** It comes to a CPU, having waited so long for it; -1: since before the recording. */
  comes?(task: RecordedLife, cpu: number, time: number, waitedNs: number): void;
  /** It had the CPU from `from` to `to`; a stretch on a CPU comes in pieces, cut where the task does something. */
  ran?(task: RecordedLife, cpu: number, from: number, to: number): void;
  /** It left the CPU, and is runnable, asleep or gone, by its state. */
  leaves?(task: RecordedLife, cpu: number, time: number, state: TimelineState): void;
  /** It is runnable from now on; `waker` where the cause is a task, which runs. */
  wakes?(task: RecordedLife, time: number, cause: Cause, waker: RecordedLife | null, guessed: boolean): void;
  /** sched_migrate_task */
  moved?(task: RecordedLife, kind: MoveKind, time: number): void;
  /** Its priority is another one than before (from UNKNOWN_PRIO too). */
  priority?(task: RecordedLife, time: number): void;
  /** The CPU runs at so many kHz. */
  frequency?(cpu: number, time: number, khz: number): void;
}

/** How late a wake-up may come after its waking and still belong to it, ns (H4). */
const PENDING_NS = 1_000_000;
/** How long a wake-up takes to place its task, ns. */
const PLACING_NS = 100_000;
/** More tasks than any machine has pids for, many times over. */
const MOST_LIVES = 1_000_000;
const MOST_CPUS = 8192;

class Cpu {
  /** Who runs; null: its idle task, undefined: not known. */
  current: RecordedLife | null | undefined = undefined;
  /** From when on `current` has not been told of, ns. */
  since = 0;
  /** When it was last heard of. */
  heard = 0;
  interrupt: "timer" | "device" | undefined = undefined;
}

/** What was wrong with a recording, and what is missing in it. */
export interface Flaws {
  /** Events known to be lost, and times that some were lost that nobody counted. */
  lost: number;
  uncounted: number;
  /** Of `lost`: before the first event, where they do no harm. */
  lostBefore: number;
  /** Rows that could not be read, and the first of them. */
  unread: number;
  firstUnread?: { line: number; text: string };
  /** Claims that gave way to others. */
  contradictions: number;
}

/** Both are told, the first one first. */
export function both(a: HistoryListener, b: HistoryListener): HistoryListener {
  return {
    begins(...told) {
      a.begins?.(...told);
      b.begins?.(...told);
    },
    comes(...told) {
      a.comes?.(...told);
      b.comes?.(...told);
    },
    ran(...told) {
      a.ran?.(...told);
      b.ran?.(...told);
    },
    leaves(...told) {
      a.leaves?.(...told);
      b.leaves?.(...told);
    },
    wakes(...told) {
      a.wakes?.(...told);
      b.wakes?.(...told);
    },
    moved(...told) {
      a.moved?.(...told);
      b.moved?.(...told);
    },
    priority(...told) {
      a.priority?.(...told);
      b.priority?.(...told);
    },
    frequency(...told) {
      a.frequency?.(...told);
      b.frequency?.(...told);
    },
  };
}

export class History {
  readonly lives: RecordedLife[] = [];
  readonly flaws: Flaws = { lost: 0, uncounted: 0, lostBefore: 0, unread: 0, contradictions: 0 };
  /** Time of the last claim, ns. */
  now = 0;
  switches = 0;
  wakeups = 0;
  wakings = 0;
  news = 0;
  migrateEvents = 0;
  moves = 0;
  /** CPUs that the recording says the machine has; 0: it does not. */
  saidCpus = 0;
  private readonly byPid = new Map<number, RecordedLife>();
  private readonly cpus: (Cpu | undefined)[] = [];
  private readonly listener: HistoryListener;

  constructor(listener: HistoryListener = {}) {
    this.listener = listener;
  }

  /** CPUs that events came from, ascending. */
  get seenCpus(): number[] {
    return this.cpus.flatMap((cpu, number) => (cpu ? [number] : []));
  }

  /** @throws InputError for more tasks or CPUs than there can be */
  add(claim: Claim): void {
    this.now = claim.time;
    switch (claim.type) {
      case "switch":
        this.switched(claim);
        break;
      case "waking":
      case "wakeup":
        this.woken(claim);
        break;
      case "migrate":
        this.migrated(claim);
        break;
      case "newtask":
        this.forked(claim);
        break;
      case "exit":
      case "free":
        this.heardOf(claim);
        break;
      case "rename":
        this.lifeOf(claim.task.pid, claim.task.comm);
        break;
      case "frequency":
        this.cpuAt(claim.cpu);
        this.listener.frequency?.(claim.cpu, claim.time, claim.khz);
        break;
      case "interrupt":
        this.cpuAt(claim.cpu).interrupt = claim.what;
        break;
      case "loss":
        this.lost(claim.cpu, claim.events, claim.before === true);
        break;
      case "machine":
        this.saidCpus = Math.min(claim.cpus, MOST_CPUS);
        break;
      case "unread":
        this.flaws.unread++;
        this.flaws.firstUnread ??= { line: claim.line, text: claim.text };
        break;
    }
  }

  /** The recording is over: tells the last stretches. */
  end(): void {
    for (const cpu of this.cpus) if (cpu?.current) this.tellRun(cpu.current, this.now);
  }

  private switched(claim: Extract<ScheduleClaim, { type: "switch" }>): void {
    const { time } = claim;
    const cpu = this.heardOf(claim);
    this.switches++;
    const prev =
      claim.prev.pid === 0 ? null : claim.prev.pid < 0 ? cpu.current : this.lifeOfTask(claim.prev, time);
    if (cpu.current !== undefined && cpu.current !== prev) {
      this.flaws.contradictions++;
      this.vanish(cpu);
    }
    if (prev) {
      this.cameUnseen(prev, cpu, claim.cpu);
      this.tellRun(prev, time);
      this.leave(prev, claim.cpu, time, claim.prevState);
    }
    cpu.heard = time;
    cpu.current = null;
    cpu.since = time;
    if (claim.next.pid > 0) this.come(this.lifeOfTask(claim.next, time), cpu, claim.cpu, time);
    else if (claim.next.pid < 0) cpu.current = undefined;
  }

  /** `prev` leaves the CPU: it must have come there, seen or not (H1, H2, H6). */
  private cameUnseen(prev: RecordedLife, cpu: Cpu, number: number): void {
    if (prev.state === RUNNING && prev.cpu === number) return;
    if (prev.state === RUNNING) {
      this.flaws.contradictions++;
      this.vanish(this.cpuAt(prev.cpu));
    }
    const from = Math.max(cpu.heard, prev.since);
    if (prev.state === UNSEEN) this.listener.begins?.(prev, prev.since, "running", null);
    else if (prev.state === NEW) this.listener.begins?.(prev, from, "new", prev.parent);
    else if (prev.state === ASLEEP) this.listener.wakes?.(prev, from, "unknown", null, false);
    cpu.current = prev;
    cpu.since = from;
    prev.state = RUNNING;
    prev.cpu = number;
    if (prev.ranOn >= 0 && prev.ranOn !== number) this.move(prev);
    prev.ranOn = number;
    this.listener.comes?.(prev, number, from, -1);
  }

  private leave(task: RecordedLife, cpu: number, time: number, state: TimelineState): void {
    task.since = time;
    this.listener.leaves?.(task, cpu, time, state);
    if (state === "R") task.state = RUNNABLE;
    else if (state === "X" || state === "Z") task.state = ENDED;
    else {
      task.state = ASLEEP;
      if (task.pendingNs < 0) return;
      if (time - task.pendingNs > PENDING_NS) return; // H4: it shows as the task comes back
      this.wake(task, time, task.pendingCause, task.pendingWaker, false);
    }
    task.pendingNs = -1;
  }

  private come(task: RecordedLife, cpu: Cpu, number: number, time: number): void {
    task.switches++;
    let waited = -1;
    switch (task.state) {
      case UNSEEN:
        this.listener.begins?.(task, task.since, "runnable", null);
        break;
      case NEW:
        this.listener.begins?.(task, time, "new", task.parent);
        break;
      case RUNNING: // H2
        this.flaws.contradictions++;
        this.vanish(this.cpuAt(task.cpu));
        break;
      case ASLEEP: {
        const { since, pendingNs } = task;
        if (pendingNs >= 0) {
          this.wake(task, time, task.pendingCause, task.pendingWaker, false); // H4
          waited = time - since;
          task.waitNs += waited;
        } else this.wake(task, time, "unknown", null, false); // H3
        break;
      }
      case RUNNABLE:
        waited = time - task.since;
        task.waitNs += waited;
        break;
    }
    task.state = RUNNING;
    task.wokenFrom = -1;
    task.cpu = number;
    task.since = time;
    if (task.ranOn >= 0 && task.ranOn !== number) this.move(task);
    task.ranOn = number;
    cpu.current = task;
    this.listener.comes?.(task, number, time, waited);
  }

  private woken(claim: Extract<ScheduleClaim, { type: "waking" | "wakeup" }>): void {
    const { time } = claim;
    const cpu = this.heardOf(claim);
    const isNew = claim.type === "wakeup" && claim.isNew;
    const task = this.lifeOfTask(claim.task, time, isNew);
    if (isNew) this.news++;
    if (claim.type === "wakeup") {
      this.wakeups++;
      task.wakeups++;
    } else {
      this.wakings++;
      task.wakings++;
    }
    cpu.heard = time;
    if (isNew && (task.state === NEW || task.state === UNSEEN)) {
      const parent =
        task.parent ?? (claim.context === undefined ? (this.runningOn(cpu, claim) ?? null) : null);
      if (parent) this.tellRun(parent, time);
      this.listener.begins?.(task, time, "new", parent);
      this.becomeRunnable(task, time, claim.targetCpu);
      return;
    }
    switch (task.state) {
      case UNSEEN:
        this.listener.begins?.(task, task.since, "asleep", null);
        break;
      case RUNNING:
        if (claim.type === "wakeup") task.pendingNs = -1;
        else {
          task.pendingNs = time;
          this.findCause(task, cpu, claim);
        }
        return;
      case NEW:
      case RUNNABLE:
        task.cpu = claim.targetCpu;
        return;
    }
    this.findCause(task, cpu, claim);
    this.wake(task, time, task.pendingCause, task.pendingWaker, claim.yields === "cause");
    task.wokenFrom = claim.cpu;
    task.cpu = claim.targetCpu;
  }

  /** Sets the cause of a wake-up that is due (task.pendingCause and pendingWaker). */
  private findCause(
    task: RecordedLife,
    cpu: Cpu,
    claim: Extract<ScheduleClaim, { type: "waking" | "wakeup" }>,
  ): void {
    task.pendingWaker = null;
    if (claim.context === "unknown") task.pendingCause = "unknown";
    else if (claim.context !== undefined || cpu.interrupt !== undefined)
      task.pendingCause = cpu.interrupt ?? "interrupt";
    else {
      const waker = this.runningOn(cpu, claim);
      // whoever wakes a task on an idle CPU is an interrupt
      task.pendingCause = waker && waker !== task ? "task" : waker === null ? "interrupt" : "unknown";
      if (task.pendingCause === "task") task.pendingWaker = waker!;
    }
  }

  /** Who runs on the CPU of a claim, null for its idle task; by the claim's account where no switch has told yet. */
  private runningOn(cpu: Cpu, claim: { cpu: number; account: number }): RecordedLife | null | undefined {
    if (cpu.current !== undefined || claim.account === UNKNOWN_PID) return cpu.current;
    if (claim.account === 0) {
      cpu.current = null;
      return null;
    }
    const task = this.lifeOf(claim.account, "");
    if (task.state === RUNNING || task.state === ENDED) return undefined;
    this.cameUnseen(task, cpu, claim.cpu);
    return task;
  }

  private wake(
    task: RecordedLife,
    time: number,
    cause: Cause,
    waker: RecordedLife | null,
    guessed: boolean,
  ): void {
    if (waker?.state === RUNNING) this.tellRun(waker, time);
    if (task.state === VANISHED) this.listener.leaves?.(task, task.cpu, task.since, "S");
    this.listener.wakes?.(task, time, cause, waker, guessed);
    this.becomeRunnable(task, time, task.cpu);
  }

  private becomeRunnable(task: RecordedLife, time: number, cpu: number): void {
    task.state = RUNNABLE;
    task.since = time;
    task.cpu = cpu;
    task.pendingNs = -1;
  }

  private migrated(claim: Extract<ScheduleClaim, { type: "migrate" }>): void {
    this.heardOf(claim).heard = claim.time;
    const task = this.lifeOfTask(claim.task, claim.time);
    task.migrateEvents++;
    this.migrateEvents++;
    this.listener.moved?.(task, this.kindOfMove(task, claim), claim.time);
    task.wokenFrom = -1;
    if (task.state !== RUNNING) task.cpu = claim.destCpu;
  }

  /** Whoever wakes a task places it just then, before it is anywhere; a stopper moves it while it runs itself. */
  private kindOfMove(task: RecordedLife, { cpu, time }: { cpu: number; time: number }): MoveKind {
    if (task.state === RUNNABLE && task.wokenFrom === cpu && time - task.since <= PLACING_NS) return "wakeup";
    const mover = this.cpuAt(cpu).current;
    return mover && isStopper(mover) ? "active" : "balance";
  }

  private forked(claim: ForkClaim & { account: number }): void {
    const { time, task: child } = claim;
    const cpu = this.heardOf(claim);
    cpu.heard = time;
    let task = this.byPid.get(child.pid);
    if (task && task.state !== NEW) task = undefined; // H5
    task ??= this.bear(child.pid, child.comm);
    task.state = NEW;
    task.since = time;
    const running = claim.context === undefined ? this.runningOn(cpu, claim) : null;
    const parent = claim.parent === undefined ? running : this.lifeOf(claim.parent, "");
    task.parent = parent ?? task.parent;
  }

  private lost(number: number | undefined, events: number | undefined, before: boolean): void {
    const { flaws } = this;
    if (events === undefined) flaws.uncounted++;
    else flaws.lost += events;
    if (before) {
      flaws.lostBefore += events ?? 0;
      return;
    }
    for (const [i, cpu] of this.cpus.entries())
      if (cpu && (number === undefined || number === i)) this.vanish(cpu);
  }

  /** Whoever runs there has left unseen (H1); who runs now is not known. */
  private vanish(cpu: Cpu): void {
    const task = cpu.current;
    cpu.current = undefined;
    if (!task) return;
    this.tell(task, cpu, Math.max(cpu.since, cpu.heard));
    task.state = VANISHED;
    task.since = Math.max(cpu.since, cpu.heard);
  }

  private tellRun(task: RecordedLife, time: number): void {
    if (task.state === RUNNING) this.tell(task, this.cpuAt(task.cpu), time);
  }

  private tell(task: RecordedLife, cpu: Cpu, time: number): void {
    if (time > cpu.since) {
      task.runNs += time - cpu.since;
      this.listener.ran?.(task, task.cpu, cpu.since, time);
    }
    cpu.since = Math.max(time, cpu.since);
  }

  private move(task: RecordedLife): void {
    task.moves++;
    this.moves++;
  }

  private heardOf(claim: { cpu: number; time: number; type: string }): Cpu {
    return this.cpuAt(claim.cpu);
  }

  private cpuAt(number: number): Cpu {
    const known = this.cpus[number];
    if (known) return known;
    if (number >= MOST_CPUS)
      throw new InputError("a CPU that no kernel has", { found: number, expected: `0..${MOST_CPUS - 1}` });
    const made = new Cpu();
    this.cpus[number] = made;
    return made;
  }

  /** The task that a claim names, with what it says of it. `isNew`: it has just been forked. */
  private lifeOfTask({ pid, comm, prio }: TimelineTask, time: number, isNew = false): RecordedLife {
    let task = this.lifeOf(pid, comm);
    if (isNew && task.state !== NEW && task.state !== UNSEEN) task = this.bear(pid, comm); // H5
    if (prio !== UNKNOWN_PRIO && prio !== task.prio) {
      task.prio = prio;
      this.listener.priority?.(task, time);
    }
    return task;
  }

  private lifeOf(pid: number, comm: string): RecordedLife {
    const known = this.byPid.get(pid);
    if (!known || known.state === ENDED) return this.bear(pid, comm); // H5
    if (comm !== "" && comm !== known.comm) known.comm = comm;
    return known;
  }

  private bear(pid: number, comm: string): RecordedLife {
    if (this.lives.length >= MOST_LIVES)
      throw new InputError("too many tasks", {
        found: `more than ${MOST_LIVES}`,
        expected: "a recording with fewer",
      });
    const task = new RecordedLife(this.lives.length, pid, comm);
    if (this.byPid.has(pid)) task.since = this.now;
    this.lives.push(task);
    this.byPid.set(pid, task);
    return task;
  }
}
