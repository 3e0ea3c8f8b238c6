import type { TimelineContext, TimelineState, TimelineTask } from "../timeline.ts";
import type { Claim, ScheduleClaim } from "./claim.ts";
import { UNKNOWN_PID } from "./claim.ts";
import { Names } from "./names.ts";
import { bytesOf, type Scanner, standAt } from "./scanner.ts";
import { stateOfBits, stateOfLetter } from "./task-state.ts";

/** What the row says before the words of its event. */
export interface Row {
  time: number;
  cpu: number;
  account: number;
  context: TimelineContext | undefined;
  /** The dialect has no flags: what an interrupt did looks as if the task on the CPU had done it. */
  noFlags: boolean;
  overdue: boolean;
}

/** A row before its columns are read. */
export const unreadRow = (): Row => ({
  time: 0,
  cpu: 0,
  account: UNKNOWN_PID,
  context: undefined,
  noFlags: true,
  overdue: false,
});

/** The words between which the fields stand. */
const PREV_COMM = bytesOf("prev_comm=");
const PREV_PID = bytesOf(" prev_pid=");
const PREV_PRIO = bytesOf(" prev_prio=");
const PREV_STATE = bytesOf(" prev_state=");
const NEXT_COMM = bytesOf(" next_comm=");
const NEXT_PID = bytesOf(" next_pid=");
const NEXT_PRIO = bytesOf(" next_prio=");
const ARROW = bytesOf(" ==> ");
const COMM = bytesOf("comm=");
const TARGET_CPU = bytesOf("target_cpu=");
const TARGET = bytesOf("CPU:");
const ORIG_CPU = bytesOf("orig_cpu=");
const DEST_CPU = bytesOf("dest_cpu=");
const PID = bytesOf("pid=");
const COMM_BEHIND = bytesOf(" comm=");
const CLONE_FLAGS = bytesOf(" clone_flags=");
const PID_BEHIND = bytesOf(" pid=");
const CHILD_COMM = bytesOf(" child_comm=");
const PARENT_COMM = bytesOf("parent_comm=");
const PARENT_PID = bytesOf(" parent_pid=");
const CHILD_PID = bytesOf(" child_pid=");
const NEWCOMM = bytesOf(" newcomm=");
const OOM_SCORE_ADJ = bytesOf(" oom_score_adj=");
const STATE = bytesOf("state=");
const CPU_ID = bytesOf("cpu_id=");
const PRIO = bytesOf(" prio=");
const OPEN = bytesOf(" [");
const CLOSE = bytesOf("]");
const HEXADECIMAL = bytesOf("0x");

const COLON = 0x3a;

/** Softirqs that run timers; the others work for devices (include/linux/interrupt.h). */
const TIMER_SOFTIRQ = /^vec=\d+ +\[action=(HR)?TIMER\]|^vec=[18]\b/;

/**
 * Events in the words of their tracepoints, in all spellings that kernels, libtraceevent and perf have for them:
 *
 *     prev_comm=sh prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=swapper/1 next_pid=0 next_prio=120
 *     prev_comm=sh prev_pid=7 prev_prio=120 prev_state=1 next_comm=swapper/1 next_pid=0 next_prio=120
 *     sh:7 [120] S ==> swapper/1:0 [120]
 *     comm=sh pid=7 prio=120 success=1 target_cpu=001        (success= only where the kernel still has it)
 *     sh:7 [120] success=1 CPU:001
 *     comm=sh pid=7 child_comm=sh child_pid=9
 *     parent_comm=sh parent_pid=7 child_comm=sh child_pid=9       (trace-cmd report -R)
 *
 * A comm may hold blanks, brackets and equals signs: it ends where the words behind it begin.
 */
export class SchedWords {
  private readonly names = new Names();
  private readonly words: Scanner;

  /** `words` stands before the words of an event when one of the methods is called. */
  constructor(words: Scanner) {
    this.words = words;
  }

  /**
   * The claim of the event whose name and colon stand here; null for one that says nothing of schedules, undefined for one that
   * cannot be read. `false`: no event stands here.
   */
  claim(row: Row): Claim | null | undefined | false {
    const { words } = this;
    const { at } = words;
    const colon = words.findByte(COLON);
    if (colon < 0) return false;
    const event = EVENTS[colon - at]?.find(({ name }) => standAt(name, words.bytes, at));
    if (!event) return null;
    words.at = colon + 1;
    words.blanks();
    return event.read(this, row);
  }

  switched(row: Row): Claim | undefined {
    const { words } = this;
    if (!words.skip(PREV_COMM)) return this.switchedByArrow(row);
    const comm = words.at;
    const prev = this.until(PREV_PID, comm);
    if (prev < 0) return undefined;
    const prevPid = words.integer();
    const prevPrio = words.skip(PREV_PRIO) ? words.integer() : Number.NaN;
    if (!words.skip(PREV_STATE)) return undefined;
    const prevState = this.state();
    const nextComm = words.find(NEXT_COMM) + 11;
    if (nextComm < 11) return undefined;
    words.at = nextComm;
    const next = this.until(NEXT_PID, nextComm);
    if (next < 0) return undefined;
    const nextPid = words.integer();
    const nextPrio = words.skip(NEXT_PRIO) ? words.integer() : Number.NaN;
    if (prevState === undefined || Number.isNaN(prevPid + prevPrio + nextPid + nextPrio)) return undefined;
    const { bytes } = words;
    return {
      type: "switch",
      time: row.time,
      cpu: row.cpu,
      prev: this.names.task(prevPid, bytes, comm, prev, prevPrio),
      prevState,
      next: this.names.task(nextPid, bytes, nextComm, next, nextPrio),
      account: row.account,
    };
  }

  private switchedByArrow(row: Row): Claim | undefined {
    const { words } = this;
    const arrow = words.find(ARROW);
    if (arrow < 0) return undefined;
    const { end } = words;
    words.end = arrow;
    const prev = this.namedByColon();
    words.blanks();
    const prevState = this.state();
    words.end = end;
    words.at = arrow + 5;
    const next = this.namedByColon();
    if (!prev || !next || prevState === undefined) return undefined;
    return { type: "switch", time: row.time, cpu: row.cpu, prev, prevState, next, account: row.account };
  }

  woken(type: "waking" | "wakeup", row: Row, isNew: boolean): Claim | undefined {
    const { words } = this;
    const task = words.skip(COMM) ? this.named() : this.namedByColon();
    if (!task) return undefined;
    const { at } = words;
    const target = words.find(TARGET_CPU, at);
    words.at = target >= 0 ? target + 11 : words.find(TARGET, at) + 4;
    const targetCpu = words.at < at ? Number.NaN : words.digits();
    if (Number.isNaN(targetCpu)) return undefined;
    const { time, cpu, account, context } = row;
    const claim: ScheduleClaim =
      type === "waking"
        ? { type, time, cpu, task, targetCpu, context, account }
        : { type, time, cpu, task, targetCpu, isNew, context, account };
    if (row.noFlags) claim.yields = "cause";
    if (row.overdue) claim.overdue = true;
    return claim;
  }

  migrated(row: Row): Claim | undefined {
    const { words } = this;
    const task = words.skip(COMM) ? this.named() : this.namedByColon();
    if (!task) return undefined;
    const origCpu = this.field(ORIG_CPU);
    const destCpu = this.field(DEST_CPU);
    if (Number.isNaN(origCpu + destCpu)) return undefined;
    const { time, cpu, account, context } = row;
    return { type: "migrate", time, cpu, task, origCpu, destCpu, context, account };
  }

  newTask(row: Row): Claim | undefined {
    const { words } = this;
    const pid = this.field(PID);
    if (!words.skip(COMM_BEHIND)) return undefined;
    const from = words.at;
    const to = this.until(CLONE_FLAGS, from);
    if (Number.isNaN(pid) || to < 0) return undefined;
    const { time, cpu, account, context } = row;
    const task = this.names.task(pid, words.bytes, from, to, -1);
    return { type: "newtask", time, cpu, task, context, account };
  }

  forked(row: Row): Claim | undefined {
    const { words } = this;
    const isRaw = words.skip(PARENT_COMM);
    if (!isRaw && !words.skip(COMM)) return undefined;
    if (this.until(isRaw ? PARENT_PID : PID_BEHIND, words.at) < 0) return undefined;
    const parent = words.integer();
    if (!words.skip(CHILD_COMM)) return undefined;
    const from = words.at;
    const to = this.until(CHILD_PID, from);
    const pid = to < 0 ? Number.NaN : words.integer();
    if (Number.isNaN(parent + pid)) return undefined;
    const { time, cpu, account, context } = row;
    const task = this.names.task(pid, words.bytes, from, to, -1);
    return { type: "newtask", time, cpu, task, context, account, parent };
  }

  ended(type: "exit" | "free", row: Row): Claim | undefined {
    const { words } = this;
    const task = words.skip(COMM) ? this.named() : this.namedByColon();
    if (!task) return undefined;
    const { time, cpu, account, context } = row;
    return { type, time, cpu, task, context, account };
  }

  renamed(row: Row): Claim | undefined {
    const { words } = this;
    const pid = this.field(PID);
    const from = words.find(NEWCOMM) + 9;
    if (Number.isNaN(pid) || from < 9) return undefined;
    words.at = from;
    const to = this.until(OOM_SCORE_ADJ, from);
    if (to < 0) return undefined;
    const { comm } = this.names.task(pid, words.bytes, from, to, -1);
    return { type: "rename", time: row.time, cpu: row.cpu, task: { pid, comm } };
  }

  frequency({ time }: Row): Claim | undefined {
    const khz = this.field(STATE);
    const cpu = this.field(CPU_ID);
    return Number.isNaN(khz + cpu) ? undefined : { type: "frequency", time, cpu, khz };
  }

  softirq({ time, cpu }: Row): Claim {
    const { words } = this;
    const what = TIMER_SOFTIRQ.test(words.text(words.at, words.end)) ? "timer" : "device";
    return { type: "interrupt", time, cpu, what };
  }

  /** `NAME pid=7 prio=120`, behind `comm=`; what follows stays. */
  private named(): TimelineTask | undefined {
    const { words } = this;
    const from = words.at;
    const to = this.until(PID_BEHIND, from);
    if (to < 0) return undefined;
    const pid = words.integer();
    const prio = words.skip(PRIO) ? words.integer() : -1;
    return Number.isNaN(pid + prio) ? undefined : this.names.task(pid, words.bytes, from, to, prio);
  }

  /** `NAME:7 [120]`; what follows stays. The name may have colons and brackets of its own: the last of them tell. */
  private namedByColon(): TimelineTask | undefined {
    const { words } = this;
    const from = words.at;
    let task: TimelineTask | undefined;
    let behind = from;
    for (let open = words.find(OPEN); open >= 0; open = words.find(OPEN, open + 1)) {
      const colon = words.findBack(COLON, open);
      if (colon < from) continue;
      words.at = colon + 1;
      const pid = words.integer();
      if (words.at !== open || pid < 0) continue;
      words.at = open + 2;
      const prio = words.integer();
      if (Number.isNaN(prio) || !words.skip(CLOSE)) continue;
      task = this.names.task(pid, words.bytes, from, colon, prio);
      behind = words.at;
    }
    words.at = behind;
    return task;
  }

  /** A whole number behind `name`, which stands here or further on; NaN where there is none. */
  private field(name: Uint8Array): number {
    const { words } = this;
    const found = words.find(name);
    if (found < 0) return Number.NaN;
    words.at = found + name.length;
    return words.integer();
  }

  /** Where `what` begins, behind which the scanner then stands; -1 where it is not. */
  private until(what: Uint8Array, from: number): number {
    const found = this.words.find(what, from);
    if (found >= 0) this.words.at = found + what.length;
    return found;
  }

  /** In letters or as a number. */
  private state(): TimelineState | undefined {
    const { words } = this;
    const state = stateOfLetter(words.next);
    if (state !== undefined) return state;
    const hexadecimal = words.skip(HEXADECIMAL);
    if (!hexadecimal) {
      const bits = words.digits();
      return Number.isNaN(bits) ? undefined : stateOfBits(bits);
    }
    const from = words.at;
    words.word();
    const bits = Number.parseInt(words.text(from, words.at), 16);
    return Number.isNaN(bits) ? undefined : stateOfBits(bits);
  }
}

type Reader = (words: SchedWords, row: Row) => Claim | undefined;

const interrupt =
  (what: "timer" | "device" | undefined): Reader =>
  (_, { time, cpu }) => ({ type: "interrupt", time, cpu, what });

const READERS: Readonly<Record<string, Reader>> = {
  sched_switch: (words, row) => words.switched(row),
  sched_waking: (words, row) => words.woken("waking", row, false),
  sched_wakeup: (words, row) => words.woken("wakeup", row, false),
  sched_wakeup_new: (words, row) => words.woken("wakeup", row, true),
  sched_migrate_task: (words, row) => words.migrated(row),
  task_newtask: (words, row) => words.newTask(row),
  sched_process_fork: (words, row) => words.forked(row),
  sched_process_exit: (words, row) => words.ended("exit", row),
  sched_process_free: (words, row) => words.ended("free", row),
  task_rename: (words, row) => words.renamed(row),
  cpu_frequency: (words, row) => words.frequency(row),
  irq_handler_entry: interrupt("device"),
  irq_handler_exit: interrupt(undefined),
  hrtimer_expire_entry: interrupt("timer"),
  hrtimer_expire_exit: interrupt(undefined),
  timer_expire_entry: interrupt("timer"),
  timer_expire_exit: interrupt(undefined),
  softirq_entry: (words, row) => words.softirq(row),
  softirq_exit: interrupt(undefined),
};

/** Events by the length of their names, by which most are told apart. */
const EVENTS: { name: Uint8Array; read: Reader }[][] = [];
for (const [name, read] of Object.entries(READERS)) {
  EVENTS[name.length] ??= [];
  EVENTS[name.length].push({ name: bytesOf(name), read });
}
