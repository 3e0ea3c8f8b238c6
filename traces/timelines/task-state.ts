import type { TimelineState } from "../timeline.ts";

/**
 * The state of sched_switch as kernels since 4.14 have it: one bit of TASK_REPORT (include/linux/sched.h), or none for a
 * runnable task.
 */
export const STATE_BITS: Readonly<Record<TimelineState, number>> = {
  R: 0,
  S: 1,
  D: 2,
  T: 4,
  t: 8,
  X: 16,
  Z: 32,
  P: 64,
  I: 128,
};

/** Letters by the number of their bit. */
const BY_BIT: readonly TimelineState[] = ["S", "D", "T", "t", "X", "Z", "P", "I"];

/**
 * The state that a number says. Bits above TASK_REPORT say that a runnable task was preempted (256 since 4.14, up to 4096
 * before) or qualify another state; of several the lowest counts. Before 4.14 the number 64 was x, gone for good: a task that
 * leaves as P and never comes back has the same history.
 */
export function stateOfBits(bits: number): TimelineState {
  for (let i = 0; i < BY_BIT.length; i++) if (bits & (1 << i)) return BY_BIT[i];
  return "R";
}

/** By the letter that sched_switch prints (kernels 2.6.30 to 6.x), as a character code; undefined for what is none. */
const BY_LETTER = new Map<number, TimelineState>(
  (
    [
      ...Object.keys(STATE_BITS).map((letter) => [letter, letter]),
      ["x", "X"], // gone for good
      ["K", "D"], // to be woken by deadly signals alone
      ["W", "D"], // about to wake up, or paging in old kernels
      ["N", "D"], // without a load
      ["n", "D"], // new
      ["p", "R"], // preempted (6.11)
    ] as [string, TimelineState][]
  ).map(([letter, state]) => [letter.charCodeAt(0), state]),
);

/** The state by the first letter of its text: `R`, `R+`, `D|K`. */
export const stateOfLetter = (code: number): TimelineState | undefined => BY_LETTER.get(code);
