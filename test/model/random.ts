import { RandomState } from "../../model/numerics/random-state.ts";

/** A stream of uniform numbers for tests. */
export function stream(seed: number): () => number {
  return new RandomState([seed, 2, 3, 4]).uniform;
}
