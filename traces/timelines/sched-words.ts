import type { TimelineContext, TimelineState, TimelineTask } from "../timeline.ts";
import type { Claim, ScheduleClaim } from "./claim.ts";
import { Names } from "./names.ts";
import type { Scanner } from "./scanner.ts";
import { stateOfBits, stateOfLetter } from "./task-state.ts";

/** What the row says before the words of its event. */
export interface Row {
  time: number;
  cpu: number;
  account: number;
  context: TimelineContext | undefined;
  /** The dialect has no flags: what an interrupt did looks as if the task on the CPU had done it. */
  noFlags: boolean;
}

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

  /** The claim of an event; null for one that says nothing of schedules, undefined for one that cannot be read. */
  claim(event: string, row: Row): Claim | null | undefined {
    switch (event) {
      case "sched_switch":
        return this.switched(row);
      case "sched_waking":
        return this.woken("waking", row, false);
      case "sched_wakeup":
        return this.woken("wakeup", row, false);
      case "sched_wakeup_new":
        return this.woken("wakeup", row, true);
      case "sched_migrate_task":
        return this.migrated(row);
      case "task_newtask":
        return this.newTask(row);
      case "sched_process_fork":
        return this.forked(row);
      case "sched_process_exit":
        return this.ended("exit", row);
      case "sched_process_free":
        return this.ended("free", row);
      case "task_rename":
        return this.renamed(row);
      case "cpu_frequency":
        return this.frequency(row);
      default:
        return this.interrupt(event, row);
    }
  }

  private switched(row: Row): Claim | undefined {
    const { words } = this;
    if (!words.skip("prev_comm=")) return this.switchedByArrow(row);
    const comm = words.at;
    const prev = this.until(" prev_pid=", comm);
    if (prev < 0) return undefined;
    const prevPid = words.integer();
    const prevPrio = words.skip(" prev_prio=") ? words.integer() : Number.NaN;
    if (!words.skip(" prev_state=")) return undefined;
    const prevState = this.state();
    const nextComm = words.find(" next_comm=") + 11;
    if (nextComm < 11) return undefined;
    words.at = nextComm;
    const next = this.until(" next_pid=", nextComm);
    if (next < 0) return undefined;
    const nextPid = words.integer();
    const nextPrio = words.skip(" next_prio=") ? words.integer() : Number.NaN;
    if (prevState === undefined || Number.isNaN(prevPid + prevPrio + nextPid + nextPrio)) return undefined;
    const { text } = words;
    return {
      type: "switch",
      time: row.time,
      cpu: row.cpu,
      prev: this.names.task(prevPid, text, comm, prev, prevPrio),
      prevState,
      next: this.names.task(nextPid, text, nextComm, next, nextPrio),
      account: row.account,
    };
  }

  private switchedByArrow(row: Row): Claim | undefined {
    const { words } = this;
    const arrow = words.find(" ==> ");
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

  private woken(type: "waking" | "wakeup", row: Row, isNew: boolean): Claim | undefined {
    const { words } = this;
    const task = words.skip("comm=") ? this.named() : this.namedByColon();
    if (!task) return undefined;
    const { at } = words;
    const target = words.find("target_cpu=", at);
    words.at = target >= 0 ? target + 11 : words.find("CPU:", at) + 4;
    const targetCpu = words.at < at ? Number.NaN : words.digits();
    if (Number.isNaN(targetCpu)) return undefined;
    const { time, cpu, account, context } = row;
    const claim: ScheduleClaim =
      type === "waking"
        ? { type, time, cpu, task, targetCpu, context, account }
        : { type, time, cpu, task, targetCpu, isNew, context, account };
    if (row.noFlags) claim.yields = "cause";
    return claim;
  }

  private migrated(row: Row): Claim | undefined {
    const { words } = this;
    const task = words.skip("comm=") ? this.named() : this.namedByColon();
    if (!task) return undefined;
    const origCpu = this.field("orig_cpu=");
    const destCpu = this.field("dest_cpu=");
    if (Number.isNaN(origCpu + destCpu)) return undefined;
    const { time, cpu, account, context } = row;
    return { type: "migrate", time, cpu, task, origCpu, destCpu, context, account };
  }

  private newTask(row: Row): Claim | undefined {
    const { words } = this;
    const pid = this.field("pid=");
    if (!words.skip(" comm=")) return undefined;
    const from = words.at;
    const to = this.until(" clone_flags=", from);
    if (Number.isNaN(pid) || to < 0) return undefined;
    const { time, cpu, account, context } = row;
    const task = this.names.task(pid, words.text, from, to, -1);
    return { type: "newtask", time, cpu, task, context, account };
  }

  private forked(row: Row): Claim | undefined {
    const { words } = this;
    if (!words.skip("comm=") || this.until(" pid=", words.at) < 0) return undefined;
    const parent = words.integer();
    if (!words.skip(" child_comm=")) return undefined;
    const from = words.at;
    const to = this.until(" child_pid=", from);
    const pid = to < 0 ? Number.NaN : words.integer();
    if (Number.isNaN(parent + pid)) return undefined;
    const { time, cpu, account, context } = row;
    const task = this.names.task(pid, words.text, from, to, -1);
    return { type: "newtask", time, cpu, task, context, account, parent };
  }

  private ended(type: "exit" | "free", row: Row): Claim | undefined {
    const { words } = this;
    const task = words.skip("comm=") ? this.named() : this.namedByColon();
    if (!task) return undefined;
    const { time, cpu, account, context } = row;
    return { type, time, cpu, task, context, account };
  }

  private renamed(row: Row): Claim | undefined {
    const { words } = this;
    const pid = this.field("pid=");
    const from = words.find(" newcomm=") + 9;
    if (Number.isNaN(pid) || from < 9) return undefined;
    words.at = from;
    const to = this.until(" oom_score_adj=", from);
    if (to < 0) return undefined;
    const { comm } = this.names.task(pid, words.text, from, to, -1);
    return { type: "rename", time: row.time, cpu: row.cpu, task: { pid, comm } };
  }

  private frequency({ time }: Row): Claim | undefined {
    const khz = this.field("state=");
    const cpu = this.field("cpu_id=");
    return Number.isNaN(khz + cpu) ? undefined : { type: "frequency", time, cpu, khz };
  }

  private interrupt(event: string, { time, cpu }: Row): Claim | null {
    switch (event) {
      case "irq_handler_entry":
        return { type: "interrupt", time, cpu, what: "device" };
      case "hrtimer_expire_entry":
      case "timer_expire_entry":
        return { type: "interrupt", time, cpu, what: "timer" };
      case "softirq_entry": {
        const { text, at, end } = this.words;
        const what = TIMER_SOFTIRQ.test(text.slice(at, end)) ? "timer" : "device";
        return { type: "interrupt", time, cpu, what };
      }
      case "irq_handler_exit":
      case "hrtimer_expire_exit":
      case "timer_expire_exit":
      case "softirq_exit":
        return { type: "interrupt", time, cpu, what: undefined };
      default:
        return null;
    }
  }

  /** `NAME pid=7 prio=120`, behind `comm=`; what follows stays. */
  private named(): TimelineTask | undefined {
    const { words } = this;
    const from = words.at;
    const to = this.until(" pid=", from);
    if (to < 0) return undefined;
    const pid = words.integer();
    const prio = words.skip(" prio=") ? words.integer() : -1;
    return Number.isNaN(pid + prio) ? undefined : this.names.task(pid, words.text, from, to, prio);
  }

  /** `NAME:7 [120]`; what follows stays. The name may have colons and brackets of its own. */
  private namedByColon(): TimelineTask | undefined {
    const { words } = this;
    const from = words.at;
    for (let open = words.find(" ["); open >= 0; open = words.find(" [", open + 1)) {
      const colon = words.text.lastIndexOf(":", open);
      if (colon < from) continue;
      words.at = colon + 1;
      const pid = words.integer();
      if (words.at !== open || pid < 0) continue;
      words.at = open + 2;
      const prio = words.integer();
      if (!Number.isNaN(prio) && words.skip("]")) return this.names.task(pid, words.text, from, colon, prio);
    }
    return undefined;
  }

  /** A whole number behind `name`, which stands here or further on; NaN where there is none. */
  private field(name: string): number {
    const { words } = this;
    const found = words.find(name);
    if (found < 0) return Number.NaN;
    words.at = found + name.length;
    return words.integer();
  }

  /** Where `what` begins, behind which the scanner then stands; -1 where it is not. */
  private until(what: string, from: number): number {
    const found = this.words.find(what, from);
    if (found >= 0) this.words.at = found + what.length;
    return found;
  }

  /** In letters or as a number. */
  private state(): TimelineState | undefined {
    const { words } = this;
    const state = stateOfLetter(words.text.charCodeAt(words.at));
    if (state !== undefined) return state;
    const hexadecimal = words.skip("0x");
    if (!hexadecimal) {
      const bits = words.digits();
      return Number.isNaN(bits) ? undefined : stateOfBits(bits);
    }
    const from = words.at;
    words.word();
    const bits = Number.parseInt(words.text.slice(from, words.at), 16);
    return Number.isNaN(bits) ? undefined : stateOfBits(bits);
  }
}
