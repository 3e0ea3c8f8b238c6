import { contextOf, isOverdue } from "./ftrace-row.ts";
import { isDigit, type Scanner } from "./scanner.ts";
import { type Row, unreadRow } from "./sched-words.ts";

const BLANK = 0x20;
const MINUS = 0x2d;
const MOST_PID = 2 ** 31;

/**
 * The columns of `trace-cmd report -l`, in which the flags stand behind the CPU, and of ftrace's option latency-format, of which trace-cmd has them:
 *
 *     rcu_sche-13      1dNs..    17.224739782: sched_wakeup: ...
 *     rcu_sche-13        1dNs..   12us+: sched_wakeup: ...             microseconds since the buffer was emptied
 */
export class LatencyRow {
  readonly row: Row = { ...unreadRow(), noFlags: false };
  /** The row's time is in whole microseconds: it is of ftrace itself. */
  inMicroseconds = false;
  private readonly words: Scanner;

  constructor(words: Scanner) {
    this.words = words;
  }

  /** True where the line is a row: the scanner then stands before the name of its event. */
  read(): boolean {
    const { words, row } = this;
    for (let minus = words.findByte(MINUS); minus >= 0; minus = words.findByte(MINUS, minus + 1)) {
      words.at = minus + 1;
      const account = words.digits();
      if (!(account < MOST_PID) || words.next !== BLANK) continue;
      words.blanks();
      const cpu = words.digits();
      const flags = words.at;
      words.word();
      const length = words.at - flags;
      if (Number.isNaN(cpu) || length < 4 || length > 8 || isDigit(words.bytes[flags])) continue;
      words.blanks();
      const isTime = words.time();
      if (!isTime && !words.microseconds()) continue;
      this.inMicroseconds = !isTime;
      row.cpu = cpu;
      row.account = account;
      row.context = contextOf(words.bytes[flags + 2]);
      row.overdue = isOverdue(words.bytes[flags + 1]);
      words.blanks();
      return true;
    }
    return false;
  }
}
