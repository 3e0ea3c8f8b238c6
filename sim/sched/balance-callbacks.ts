import type { Machine } from "../state/machine.ts";
import type { BalanceCallback, Rq } from "../state/rq.ts";

/** What a class has to do as soon as the queue is consistent again (rq->balance_callback): the last one queued goes first. */

/** queue_balance_callback() */
export function queueBalanceCallback(rq: Rq, callback: BalanceCallback): void {
  if (!rq.balanceCallbacks.includes(callback)) rq.balanceCallbacks.push(callback);
}

/** __balance_callbacks() */
export function runBalanceCallbacks(machine: Machine, rq: Rq): void {
  for (;;) {
    const callback = rq.balanceCallbacks.pop();
    if (callback === undefined) return;
    callback(machine, rq);
  }
}
