import { UNKNOWN_PID } from "./claim.ts";
import { bytesOf, isDigit, type Scanner } from "./scanner.ts";
import { unreadRow } from "./sched-words.ts";

const [BLANK, MINUS, SLASH, COLON] = [0x20, 0x2d, 0x2f, 0x3a];
const OPEN = bytesOf(" [");
const CLOSE = bytesOf("]");

/**
 * The columns of `perf script` and `perf sched script`:
 *
 *     git   646 [000]   659.838263:       sched:sched_waking: ...
 *     Web Content  2650/2711  [000]   659.838263123:     sched:sched_waking: ...   with the process (-F +pid)
 *
 * They have no flags.
 */
export class PerfRow {
  readonly row = unreadRow();
  private readonly words: Scanner;

  constructor(words: Scanner) {
    this.words = words;
  }

  /** True where the line is a row of a scheduling event or its like: the scanner then stands before the event's name. */
  read(): boolean {
    const { words, row } = this;
    for (let open = words.find(OPEN); open >= 0; open = words.find(OPEN, open + 1)) {
      words.at = open + 2;
      const cpu = words.digits();
      if (Number.isNaN(cpu) || !words.skip(CLOSE)) continue;
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
      const colon = words.findByte(COLON);
      if (colon >= 0 && words.bytes[colon + 1] !== BLANK) words.at = colon + 1;
      return true;
    }
    return false;
  }

  /** The number before the CPU, which has a blank or a slash before it. */
  private tidBefore(open: number): number | undefined {
    const { words } = this;
    const { bytes, start } = words;
    let at = open;
    while (at > start && bytes[at - 1] === BLANK) at--;
    const last = at;
    while (at > start && isDigit(bytes[at - 1])) at--;
    const before = at > start ? bytes[at - 1] : BLANK;
    if (at === last || (before !== BLANK && before !== SLASH && before !== MINUS)) return undefined;
    words.at = at;
    const tid = words.digits();
    // -1 stands for a task that perf does not know
    return before === MINUS || Number.isNaN(tid) ? UNKNOWN_PID : tid;
  }
}
