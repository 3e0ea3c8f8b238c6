import type { Claim } from "./claim.ts";

/** Claims that are held back to bring them in order: as many as some CPUs' buffers hold. */
const WINDOW = 65_536;

/** What was out of order beyond mending. */
export interface Disorder {
  /** Claims that came later than the window reaches: they are taken at the time of the one before. */
  late: number;
  /** The largest of their steps back, ns. */
  mostNs: number;
}

/**
 * Brings claims in the order of their times, as far as WINDOW reaches, and counts times from the first of them (K1). Texts of
 * several CPUs come slightly out of order, and clocks of CPUs disagree; a clock that was set back comes late, is
 * counted, and its claims keep their order.
 */
export async function* inOrder(
  batches: AsyncIterable<readonly Claim[]>,
  disorder: Disorder,
): AsyncGenerator<readonly Claim[]> {
  let waiting: Claim[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  let isSorted = true;
  let base = Number.NaN;
  let last = 0;
  const release = (claims: readonly Claim[]) => {
    for (const claim of claims) {
      if (Number.isNaN(base)) base = claim.time;
      claim.time -= base;
      if (claim.time < last) {
        disorder.late++;
        disorder.mostNs = Math.max(disorder.mostNs, last - claim.time);
        claim.time = last;
      }
      last = claim.time;
    }
    return claims;
  };
  for await (const batch of batches) {
    for (const claim of batch) {
      if (claim.time < newest) isSorted = false;
      else newest = claim.time;
      waiting.push(claim);
    }
    if (waiting.length < 2 * WINDOW) continue;
    if (!isSorted) waiting.sort((a, b) => a.time - b.time); // stable: equal times keep their order
    const ready = waiting.length - WINDOW;
    yield release(waiting.slice(0, ready));
    waiting = waiting.slice(ready);
    isSorted = true;
  }
  if (!isSorted) waiting.sort((a, b) => a.time - b.time);
  yield release(waiting);
}
