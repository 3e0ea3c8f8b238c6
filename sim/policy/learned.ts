import type { TraceRow } from "../../traces/schema.ts";
import type { PolicyFactory } from "./policy.ts";
import { move } from "./stock.ts";

/** A trained classifier: true for the positive class of its target. The row is reused: keep nothing of it. */
export type Inference = (row: Readonly<TraceRow>) => boolean;

/**
 * Algorithm 3 of the thesis: after the hard refusals the inference alone decides whether the task moves. For models of
 * the target `migrate`. Active balance is left alone, as the stopper has already taken the CPU.
 */
export const model =
  (infer: Inference, name = "model"): PolicyFactory =>
  () => ({
    name,
    asks: (query) => !query.activeBalance,
    decide: (query) => (query.activeBalance ? 1 : infer(query.row) ? move(query) : 0),
  });

/**
 * The thesis's proposal: a call that the inference takes for the beginning of a forced migration (target
 * `forced_eventually`) moves at once, before balancing has to fail; for all others the stock rule holds. The inference is asked
 * only where the stock rule would keep the task.
 */
export const premigrate =
  (infer: Inference, name = "premigrate"): PolicyFactory =>
  () => ({
    name,
    asks: (query) => !query.activeBalance && query.hot && query.nrBalanceFailed <= query.cacheNiceTries,
    decide(query) {
      if (query.activeBalance || !query.hot) return 1;
      if (query.nrBalanceFailed > query.cacheNiceTries) return 2;
      return infer(query.row) ? 2 : 0;
    },
  });
