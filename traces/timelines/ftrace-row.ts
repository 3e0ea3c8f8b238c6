import type { TimelineContext } from "../timeline.ts";
import { isDigit, type Scanner } from "./scanner.ts";
import { unreadRow } from "./sched-words.ts";

const BLANK = 0x20;
const MINUS = 0x2d;
const COLON = 0x3a;
const [OPEN, CLOSE] = [0x5b, 0x5d]; // [ and ]
const [GROUP_OPEN, GROUP_CLOSE] = [0x28, 0x29]; // ( and )
const MOST_PID = 2 ** 31;
const NEED_RESCHED = 0x4e; // N

/**
 * The columns that ftrace and trace-cmd put before an event:
 *
 *     <idle>-0       [002] d.h3.   76.211513: sched_wakeup: ...
 *     Web Content-2711  ( 2650) [000] ....   76.211513: ...           with the thread group (option record-tgid)
 *     <...>-1701  [001]    76.211513: ...                             without flags (trace-cmd)
 *
 * A name may hold all that stands behind it in other rows, so columns are known by the CPU in its brackets with a pid before
 * it and a time behind.
 */
export class FtraceRow {
  /** What the columns say; `time` is for the caller to make of the scanner's seconds. */
  readonly row = unreadRow();
  private readonly words: Scanner;

  constructor(words: Scanner) {
    this.words = words;
  }

  /** True where the line is a row: the scanner then stands before the name of its event. */
  read(): boolean {
    const { words, row } = this;
    for (let open = words.findByte(OPEN); open >= 0; open = words.findByte(OPEN, open + 1)) {
      words.at = open + 1;
      const cpu = words.digits();
      if (Number.isNaN(cpu) || !words.pass(CLOSE)) continue;
      const account = this.pidBefore(open);
      if (account < 0 || !this.flagsAndTime()) continue;
      row.cpu = cpu;
      row.account = account;
      words.blanks();
      return true;
    }
    return false;
  }

  /**
   * Whether what `read` found is an event as ftrace names it. Rows of perf have the event's subsystem before its name, and some look
   * like rows of ftrace otherwise: `:-1    -1 [007]`.
   */
  isNamed(): boolean {
    const { words } = this;
    const colon = words.findByte(COLON);
    return colon >= 0 && (colon + 1 === words.end || words.bytes[colon + 1] === BLANK);
  }

  /** The pid before the CPU, and before a thread group in parentheses; -1 where there is none. */
  private pidBefore(open: number): number {
    const { words } = this;
    const { bytes, start } = words;
    let at = open - 1;
    while (at >= start && bytes[at] === BLANK) at--;
    if (at >= start && bytes[at] === GROUP_CLOSE) {
      at = words.findBack(GROUP_OPEN, at) - 1;
      while (at >= start && bytes[at] === BLANK) at--;
    }
    const last = at;
    let pid = 0;
    for (let unit = 1; at >= start && isDigit(bytes[at]); at--, unit *= 10) pid += (bytes[at] - 0x30) * unit;
    return at < last && at >= start && bytes[at] === MINUS && pid < MOST_PID ? pid : -1;
  }

  private flagsAndTime(): boolean {
    const { words, row } = this;
    words.blanks();
    if (isDigit(words.next) && words.time()) {
      row.noFlags = true;
      row.context = undefined;
      row.overdue = false;
      return true;
    }
    const flags = words.at;
    words.word();
    const length = words.at - flags;
    if (length < 4 || length > 8) return false;
    row.noFlags = false;
    row.context = contextOf(words.bytes[flags + 2]);
    row.overdue = isOverdue(words.bytes[flags + 1]);
    words.blanks();
    return words.time();
  }
}

/** The second flag: what runs is to give way (N). */
export const isOverdue = (flag: number): boolean => flag === NEED_RESCHED;

/** The third flag: a hard interrupt (H: in a soft one; Z, z: one that cannot be masked), a soft one, or a task's own doing. */
export function contextOf(flag: number): TimelineContext | undefined {
  switch (flag) {
    case 0x68: // h
    case 0x48: // H
    case 0x7a: // z
    case 0x5a: // Z
      return "hardirq";
    case 0x73: // s
      return "softirq";
    default:
      return undefined;
  }
}
