import type { Rq } from "../state/rq.ts";
import { advanceSums, peltNow, updateLoadAverages } from "./pelt.ts";

/** update_rt_rq_load_avg(): up to the queue's clock, during which time a real-time task ran (1) or none (0). */
export function updateRtAvg(rq: Rq, running: number): void {
  const { avg } = rq.rt;
  peltNow[0] = rq.clock;
  if (advanceSums(avg, running, running, running)) updateLoadAverages(avg, 1);
}
