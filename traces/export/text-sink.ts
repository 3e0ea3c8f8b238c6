import { openAtomic } from "../atomic-file.ts";
import type { TimelineEvent } from "../timeline.ts";
import type { TimelineSink } from "./timeline-sink.ts";

/** Writes lines as events come. An empty line is an event that cannot be written; those are counted. */
export function openText(
  path: string,
  header: string,
  lineOf: (event: TimelineEvent) => string,
): TimelineSink {
  const file = openAtomic(path);
  let pending = header;
  let leftOut = 0;
  const flush = () => {
    file.write(pending);
    pending = "";
  };
  return {
    get leftOut() {
      return leftOut;
    },
    event(event) {
      const line = lineOf(event);
      if (line === "") leftOut++;
      pending += line;
      if (pending.length > 1 << 16) flush();
    },
    close() {
      flush();
      file.commit();
    },
    abort: () => file.abort(),
  };
}
