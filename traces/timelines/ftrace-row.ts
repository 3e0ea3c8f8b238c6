import type { TimelineContext } from "../timeline.ts";
import { UNKNOWN_PID } from "./claim.ts";
import type { Scanner } from "./scanner.ts";
import type { Row } from "./sched-words.ts";

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const BLANK = 0x20;

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
  readonly row: Row = { time: 0, cpu: 0, account: UNKNOWN_PID, context: undefined, noFlags: true };
  private readonly words: Scanner;

  constructor(words: Scanner) {
    this.words = words;
  }

  /** True where the line is a row: the scanner then stands before the name of its event. */
  read(): boolean {
    const { words, row } = this;
    const { text } = words;
    for (let open = words.find("["); open >= 0; open = words.find("[", open + 1)) {
      words.at = open + 1;
      const cpu = words.digits();
      if (Number.isNaN(cpu) || text.charCodeAt(words.at) !== 0x5d) continue;
      words.at++;
      const behind = words.at;
      const account = this.pidBefore(open);
      if (account < 0) continue;
      words.at = behind;
      if (!this.flagsAndTime()) continue;
      row.cpu = cpu;
      row.account = account;
      words.blanks();
      return true;
    }
    return false;
  }

  /** The pid before the CPU, and before a thread group in parentheses; -1 where there is none. */
  private pidBefore(open: number): number {
    const { text } = this.words;
    let at = open - 1;
    while (at >= 0 && text.charCodeAt(at) === BLANK) at--;
    if (text.charCodeAt(at) === 0x29) {
      at = text.lastIndexOf("(", at) - 1;
      while (at >= 0 && text.charCodeAt(at) === BLANK) at--;
    }
    const last = at;
    let pid = 0;
    for (let unit = 1; at >= 0 && isDigit(text.charCodeAt(at)); at--, unit *= 10)
      pid += (text.charCodeAt(at) - 0x30) * unit;
    return at < last && at >= 0 && text.charCodeAt(at) === 0x2d && pid < 2 ** 31 ? pid : -1;
  }

  private flagsAndTime(): boolean {
    const { words, row } = this;
    words.blanks();
    if (words.time()) {
      row.noFlags = true;
      row.context = undefined;
      return true;
    }
    const flags = words.at;
    words.word();
    const length = words.at - flags;
    if (length < 4 || length > 8) return false;
    row.noFlags = false;
    row.context = contextOf(words.text.charCodeAt(flags + 2));
    words.blanks();
    return words.time();
  }
}

/** The third flag: a hard interrupt (H: in a soft one; Z, z: one that cannot be masked), a soft one, or a task's own doing. */
function contextOf(flag: number): TimelineContext | undefined {
  switch (String.fromCharCode(flag)) {
    case "h":
    case "H":
    case "z":
    case "Z":
      return "hardirq";
    case "s":
      return "softirq";
    default:
      return undefined;
  }
}
