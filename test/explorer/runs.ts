import type { ExplorerRun } from "../../explorer/data/run.ts";
import { parseNamedRun } from "../../lab/explore/named-run.ts";
import { type OpenRunOptions, openRun } from "../../lab/explore/open-run.ts";

/** A run as the command line names it. */
export const open = (name: string, options: OpenRunOptions = {}): Promise<ExplorerRun> =>
  openRun(parseNamedRun(name, "a"), options);

/** Sums of a column by another one. */
export function sums(key: ArrayLike<number>, of: ArrayLike<number>, groups: number): number[] {
  const total = new Array<number>(groups).fill(0);
  for (let i = 0; i < key.length; i++) if (key[i] >= 0) total[key[i]] += of[i];
  return total;
}
