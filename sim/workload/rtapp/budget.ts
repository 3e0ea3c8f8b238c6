import type { TreeReader } from "./tree.ts";

/** Events and phases of all files together: what half a gigabyte holds. */
export const MAX_EVENTS = 500_000;

/** Counts what a workload is made of, so that no file, however it multiplies its parts, takes all memory. */
export class Budget {
  private used = 0;

  /** @throws InputError when there is no room for `count` more events or phases. */
  take(count: number, reader: TreeReader, entry: { key?: string; line: number }): void {
    this.used += count;
    if (this.used > MAX_EVENTS)
      reader.fail("too many events", entry, `at most ${MAX_EVENTS} events and phases`);
  }
}
