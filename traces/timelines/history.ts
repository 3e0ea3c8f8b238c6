import { InputError } from "../input-error.ts";
import type { TimelineState, TimelineTask } from "../timeline.ts";
import {
  type Claim,
  type ForkClaim,
  MOST_CPUS,
  type ScheduleClaim,
  UNKNOWN_PID,
  UNKNOWN_PRIO,
} from "./claim.ts";
import { ClaimCounts } from "./claim-counts.ts";
import type { HistoryListener, MoveKind } from "./history-listener.ts";
import {
  ASLEEP,
  type Cause,
  ENDED,
  isStopper,
  NEW,
  type RecordedLife,
  RUNNABLE,
  RUNNING,
  UNSEEN,
  VANISHED,
} from "./life.ts";
import { Lives } from "./lives.ts";

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

/** How late a wake-up may come after its waking and still belong to it, ns (H4). */
const PENDING_NS = 1_000_000;

class Cpu {
  /** Who runs; null: its idle task, undefined: not known. */
  current: RecordedLife | null | undefined = undefined;
  /** From when on `current` has not been told of, ns. */
  since = 0;
  /** When it was last heard of. */
  heard = 0;
  interrupt: "timer" | "device" | undefined = undefined;
  /** Whom the last event on it wakes. */
  placing: RecordedLife | null = null;
}

/** What was wrong with a recording, and what is missing in it. */
export interface Flaws {
  /** Events known to be lost, and times that some were lost that nobody counted. */
  lost: number;
  uncounted: number;
  /** Of `lost`: before the first event, where they do no harm. */
  lostBefore: number;
  /** The file is cut off at its end, which is one of `uncounted`. */
  cut?: boolean;
  /** Bytes of something else behind the end. */
  trailing?: number;
  /** Rows that could not be read, and the first of them. */
  unread: number;
  firstUnread?: { line: number; text: string };
  /** Claims that gave way to others. */
  contradictions: number;
}

export class History {
  /** What the recording says, by the number of its events. */
  readonly counts = new ClaimCounts();
  readonly flaws: Flaws = { lost: 0, uncounted: 0, lostBefore: 0, unread: 0, contradictions: 0 };
  /** Time of the last claim, ns. */
  now = 0;
  /** Times that a task came to another CPU than the one it ran on before. */
  moves = 0;
  /** CPUs that the recording says the machine has; 0: it does not. */
  saidCpus = 0;
  private readonly known = new Lives();
  private readonly cpus: (Cpu | undefined)[] = [];
  private readonly listener: HistoryListener;

  constructor(listener: HistoryListener = {}) {
    this.listener = listener;
  }

  get lives(): readonly RecordedLife[] {
    return this.known.all;
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
        this.cpuAt(claim.cpu);
        break;
      case "rename":
        this.known.of(claim.task.pid, claim.task.comm, claim.time);
        break;
      case "frequency":
        this.cpuAt(claim.cpu);
        this.listener.frequency?.(claim.cpu, claim.time, claim.khz);
        break;
      case "interrupt":
        this.cpuAt(claim.cpu).interrupt = claim.what;
        break;
      case "loss":
        if (claim.cut) this.flaws.cut = true;
        this.lost(claim.cpu, claim.events, claim.before === true);
        break;
      case "trailing":
        this.flaws.trailing = claim.bytes;
        break;
      case "machine":
        if (claim.cpus <= MOST_CPUS) this.saidCpus = claim.cpus;
        break;
      case "unread":
        this.flaws.unread++;
        this.flaws.firstUnread ??= { line: claim.line, text: claim.text };
        break;
    }
  }

  /** What was before `time` counts no more. */
  restart(time: number): void {
    for (const cpu of this.cpus) if (cpu?.current) this.tellRun(cpu.current, time);
    this.counts.restart(this.lives);
    this.moves = 0;
  }

  /** The recording is over: tells the last stretches. */
  end(): void {
    for (const cpu of this.cpus) if (cpu?.current) this.tellRun(cpu.current, this.now);
  }

  private switched(claim: Extract<ScheduleClaim, { type: "switch" }>): void {
    const { time } = claim;
    const cpu = this.happens(claim);
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
    const next = claim.next.pid > 0 ? this.lifeOfTask(claim.next, time) : null;
    this.counts.switched(next);
    if (next) this.come(next, cpu, claim.cpu, time);
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
    else if (prev.state === ASLEEP) this.listener.wakes?.(prev, from, "unknown", null, false, false);
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
    task.cpu = number;
    task.since = time;
    if (task.ranOn >= 0 && task.ranOn !== number) this.move(task);
    task.ranOn = number;
    cpu.current = task;
    this.listener.comes?.(task, number, time, waited);
  }

  private woken(claim: Extract<ScheduleClaim, { type: "waking" | "wakeup" }>): void {
    const { time } = claim;
    const cpu = this.happens(claim);
    const isNew = claim.type === "wakeup" && claim.isNew;
    const task = this.lifeOfTask(claim.task, time, isNew);
    this.counts.woken(claim, task);
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
    this.wake(task, time, task.pendingCause, task.pendingWaker, claim.yields === "cause", claim.overdue);
    cpu.placing = task;
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
  private runningOn(
    cpu: Cpu,
    claim: { time: number; cpu: number; account: number },
  ): RecordedLife | null | undefined {
    if (cpu.current !== undefined || claim.account === UNKNOWN_PID) return cpu.current;
    if (claim.account === 0) {
      cpu.current = null;
      return null;
    }
    const task = this.known.of(claim.account, "", claim.time);
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
    overdue = false,
  ): void {
    if (waker?.state === RUNNING) this.tellRun(waker, time);
    if (task.state === VANISHED) this.listener.leaves?.(task, task.cpu, task.since, "S");
    this.listener.wakes?.(task, time, cause, waker, guessed, overdue);
    this.becomeRunnable(task, time, task.cpu);
  }

  private becomeRunnable(task: RecordedLife, time: number, cpu: number): void {
    task.state = RUNNABLE;
    task.since = time;
    task.cpu = cpu;
    task.pendingNs = -1;
  }

  private migrated(claim: Extract<ScheduleClaim, { type: "migrate" }>): void {
    const { placing } = this.cpuAt(claim.cpu);
    this.happens(claim).heard = claim.time;
    const task = this.lifeOfTask(claim.task, claim.time);
    this.counts.migrated(task);
    const kind = placing === task ? "wakeup" : this.kindOfMove(task, claim.cpu);
    if (task.state !== RUNNING) task.cpu = claim.destCpu;
    this.listener.moved?.(task, kind, claim.time);
  }

  /**
   * Whoever wakes a task places it just then, before anything else happens on that CPU, and before sched_wakeup; a stopper moves it while it
   * runs itself.
   */
  private kindOfMove(task: RecordedLife, cpu: number): MoveKind {
    if (task.state === ASLEEP) return "wakeup";
    const mover = this.cpuAt(cpu).current;
    return mover && isStopper(mover) ? "active" : "balance";
  }

  private forked(claim: ForkClaim & { account: number }): void {
    const { time, task: child } = claim;
    const cpu = this.happens(claim);
    cpu.heard = time;
    const task = this.known.forked(child.pid, child.comm, time);
    task.state = NEW;
    task.since = time;
    const running = claim.context === undefined ? this.runningOn(cpu, claim) : null;
    const parent = claim.parent === undefined ? running : this.known.of(claim.parent, "", time);
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

  /** Something happens on the CPU. */
  private happens(claim: { cpu: number; time: number }): Cpu {
    this.listener.heard?.(claim.cpu, claim.time);
    const cpu = this.cpuAt(claim.cpu);
    cpu.placing = null;
    return cpu;
  }

  private cpuAt(number: number): Cpu {
    const known = this.cpus[number];
    if (known) return known;
    if (number >= MOST_CPUS)
      throw new InputError("has a CPU that no kernel has", {
        found: number,
        expected: `0..${MOST_CPUS - 1}`,
      });
    const made = new Cpu();
    this.cpus[number] = made;
    return made;
  }

  /** The task that a claim names, with what it says of it. `isNew`: it has just been forked. */
  private lifeOfTask({ pid, comm, prio }: TimelineTask, time: number, isNew = false): RecordedLife {
    const task = isNew ? this.known.begun(pid, comm, time) : this.known.of(pid, comm, time);
    if (prio !== UNKNOWN_PRIO && prio !== task.prio) {
      task.prio = prio;
      this.listener.priority?.(task, time);
    }
    return task;
  }
}
