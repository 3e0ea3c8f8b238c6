import { PASS_KINDS } from "../data/run.ts";
import { lowerBound } from "./lower-bound.ts";
import type { IndexedRun } from "./runs.ts";

const NEWLY_IDLE = PASS_KINDS.indexOf("newly_idle");

/** How nr_balance_failed of a domain came to what a pass found. */
export interface Story {
  /** The passes that raised it, one by one, oldest first. */
  failed: number[];
  /** Passes between these that moved nobody and did not count: those of a newly idle CPU never do. */
  uncounted: number[];
}

/**
 * The failed passes before `pass`, back to the last one that found none failed: for each number that nr_balance_failed has had since
 * then the last pass that found it so. Where a source lacks passes, some numbers have none, and the earliest may lie before a reset
 * that nobody has seen.
 */
export function storyOf(indexed: IndexedRun, pass: number): Story {
  const { passes } = indexed.run;
  const own = indexed.passesLike(pass);
  const story: Story = { failed: [], uncounted: [] };
  let reached = passes.failedBefore[pass];
  for (let i = lowerBound(own, pass) - 1; i >= 0 && reached > 0; i--) {
    const earlier = own[i];
    // one that has reset it, or lies before a reset that the source has not seen
    if (passes.failedBefore[earlier] > reached || passes.failedAfter[earlier] === 0) break;
    if (passes.failedBefore[earlier] < reached && raises(indexed, earlier)) {
      story.failed.unshift(earlier);
      reached = passes.failedBefore[earlier];
    } else if (passes.kind[earlier] === NEWLY_IDLE && passes.decisionCount[earlier] > 0)
      story.uncounted.unshift(earlier);
  }
  return story;
}

/** The forced migration with the most failed passes before it, the first one of several; undefined where nobody was forced. */
export function mostTelling(indexed: IndexedRun): number | undefined {
  const failedBefore = (decision: number) =>
    storyOf(indexed, indexed.run.decisions.pass[decision]).failed.length;
  let [most, found] = [-1, undefined as number | undefined];
  for (const decision of indexed.forced) {
    const failed = failedBefore(decision);
    if (failed > most) [most, found] = [failed, decision];
  }
  return found;
}

/** Where a source does not say what a pass left: all that moved nobody count, but those of a newly idle CPU. */
function raises({ run: { passes } }: IndexedRun, pass: number): boolean {
  const after = passes.failedAfter[pass];
  if (!Number.isNaN(after)) return after > passes.failedBefore[pass];
  return passes.kind[pass] !== NEWLY_IDLE && passes.moved[pass] === 0;
}
