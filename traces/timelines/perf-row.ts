import { UNKNOWN_PID } from "./claim.ts";
import type { Scanner } from "./scanner.ts";
import type { Row } from "./sched-words.ts";

/**
 * The columns of `perf script` and `perf sched script`:
 *
 *     git   646 [000]   659.838263:       sched:sched_waking: ...
 *     Web Content  2650/2711  [000]   659.838263123:     sched:sched_waking: ...   with the process (-F +pid)
 *
 * They have no flags.
 */
export class PerfRow {
  readonly row: Row = { time: 0, cpu: 0, account: UNKNOWN_PID, context: undefined, noFlags: true };
  private readonly words: Scanner;

  constructor(words: Scanner) {
    this.words = words;
  }

  /** True where the line is a row of a scheduling event or its like: the scanner then stands before the event's name. */
  read(): boolean {
    const { words, row } = this;
    const { text } = words;
    for (let open = words.find(" ["); open >= 0; open = words.find(" [", open + 1)) {
      words.at = open + 2;
      const cpu = words.digits();
      if (Number.isNaN(cpu) || !words.skip("]")) continue;
      words.blanks();
      if (!words.time()) continue;
      const behind = words.at;
      const account = this.tidBefore(open);
      if (account === undefined) continue;
      row.cpu = cpu;
      row.account = account;
      words.at = behind;
      words.blanks();
      // the event's name has that of its subsystem before it: sched:sched_switch
      const colon = text.indexOf(":", words.at);
      if (colon >= 0 && text.charCodeAt(colon + 1) !== 0x20) words.at = colon + 1;
      return true;
    }
    return false;
  }

  /** The number before the CPU, which has a blank or a slash before it. */
  private tidBefore(open: number): number | undefined {
    const { words } = this;
    let at = open;
    while (at > 0 && words.text.charCodeAt(at - 1) === 0x20) at--;
    const last = at;
    while (at > 0 && words.text.charCodeAt(at - 1) >= 0x30 && words.text.charCodeAt(at - 1) <= 0x39) at--;
    const before = words.text.charCodeAt(at - 1);
    if (at === last || (at > 0 && before !== 0x20 && before !== 0x2f && before !== 0x2d)) return undefined;
    words.at = at;
    const tid = words.digits();
    // -1 stands for a task that perf does not know
    return before === 0x2d || Number.isNaN(tid) ? UNKNOWN_PID : tid;
  }
}
