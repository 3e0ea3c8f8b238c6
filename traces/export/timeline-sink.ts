import type { Made } from "../made.ts";
import type { TimelineEvent } from "../timeline.ts";

/** Takes the events of a timeline in time order and makes a file of them; whole or not there. */
export interface TimelineSink {
  event(event: TimelineEvent): void;
  /** Events so far that the kind of file has no place for, as too little is known of them. */
  readonly leftOut: number;
  close(): void;
  abort(): void;
}

/** What a timeline says beside its events. */
export interface TimelineAbout {
  /** CPUs of the machine, where they are known. */
  cpus?: number;
  /** How it was made, where the format has a place for it: `report` has none. */
  made?: Made;
}
