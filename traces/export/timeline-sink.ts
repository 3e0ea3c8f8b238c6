import type { TimelineEvent } from "../timeline.ts";

/** Takes the events of a timeline in time order and makes a file of them; whole or not there. */
export interface TimelineSink {
  event(event: TimelineEvent): void;
  /** Events so far that the kind of file has no place for, as too little is known of them. */
  readonly leftOut: number;
  close(): void;
  abort(): void;
}
