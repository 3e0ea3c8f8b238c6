import { type Claim, MOST_CPUS } from "./claim.ts";

/** Claims that are held back to bring them in order: as many as some CPUs' buffers hold. */
const WINDOW = 65_536;
/** As many as the pages that some CPUs are filling: enough for a recording that has been in order so far. */
const ORDERLY_WINDOW = 4096;

/** What was out of order though a clock that runs forward cannot have made it so. */
export interface Disorder {
  /** Claims of a CPU that come before one that the recording has before them. */
  back: number;
  /** The largest of their steps back, ns. */
  mostNs: number;
  /** Claims that came later than the window reaches: they are taken at the time of the one before. */
  late: number;
}

/**
 * Brings claims in the order of their times, as far as the window reaches, and counts times from the first of them (K1). Texts of
 * several CPUs come slightly out of order, and clocks of CPUs disagree; that a clock was
 * set back shows on its own CPU, and is counted.
 */
export async function* inOrder(
  batches: AsyncIterable<readonly Claim[]>,
  disorder: Disorder,
): AsyncGenerator<readonly Claim[]> {
  let waiting: Claim[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  let isSorted = true;
  let isOrderly = true;
  let base = Number.NaN;
  let last = 0;
  const clocks = new Clocks(disorder);
  const release = (claims: readonly Claim[]) => {
    for (const claim of claims) {
      if (Number.isNaN(base)) base = claim.time;
      claim.time -= base;
      if (claim.time < last) {
        disorder.late++;
        claim.time = last;
      }
      last = claim.time;
    }
    return claims;
  };
  let window = WINDOW;
  for await (const batch of batches) {
    for (const claim of batch) {
      if (claim.time < newest) isSorted = false;
      else newest = claim.time;
      if ("account" in claim) clocks.heard(claim.cpu, claim.time);
      waiting.push(claim);
    }
    if (waiting.length < 2 * window) continue;
    if (!isSorted) waiting.sort((a, b) => a.time - b.time); // stable: equal times keep their order
    isOrderly &&= isSorted;
    window = isOrderly ? ORDERLY_WINDOW : WINDOW;
    const ready = Math.max(0, waiting.length - window);
    yield release(waiting.slice(0, ready));
    waiting = waiting.slice(ready);
    isSorted = true;
  }
  if (!isSorted) waiting.sort((a, b) => a.time - b.time);
  yield release(waiting);
}

/** The newest time of each CPU. */
class Clocks {
  private readonly newest: number[] = [];
  private readonly disorder: Disorder;

  constructor(disorder: Disorder) {
    this.disorder = disorder;
  }

  heard(cpu: number, time: number): void {
    if (cpu >= MOST_CPUS) return;
    const { newest, disorder } = this;
    if (time >= newest[cpu] || newest[cpu] === undefined) newest[cpu] = time;
    else {
      disorder.back++;
      disorder.mostNs = Math.max(disorder.mostNs, newest[cpu] - time);
    }
  }
}
