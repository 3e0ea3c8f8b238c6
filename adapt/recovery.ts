import type { AdaptEvent } from "./adaptation.ts";
import type { CallLog } from "./call-log.ts";

/** What it took until a model that knows the new character of a workload was in force. */
export interface Recovery {
  /** From the change to the swap, and to the end of its trial. ns */
  swapNs: number;
  confirmedNs: number;
  /** Calls and hard cases from the change to the swap. */
  calls: number;
  hard: number;
}

/** The first swap after a change that was confirmed; null where there is none: the model was good enough, or none became better. */
export function recoveryFrom(fromNs: number, events: readonly AdaptEvent[], log: CallLog): Recovery | null {
  let swap: AdaptEvent | undefined;
  for (const event of events) {
    if (event.atNs < fromNs) continue;
    if (event.what === "swap") swap = event;
    if (event.what === "rollback") swap = undefined;
    if (event.what !== "confirmed" || swap === undefined) continue;
    const [before, after] = [log.before(fromNs), log.before(swap.atNs)];
    return {
      swapNs: swap.atNs - fromNs,
      confirmedNs: event.atNs - fromNs,
      calls: after.calls - before.calls,
      hard: after.hard - before.hard,
    };
  }
  return null;
}
