import type { TimelineEvent } from "../timeline.ts";

/** Takes the events of a timeline in time order and makes a file of them; whole or not there. */
export interface TimelineSink {
  event(event: TimelineEvent): void;
  close(): void;
  abort(): void;
}
