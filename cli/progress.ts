import cliProgress from "cli-progress";

/** Progress of one long job; `done` and `total` in any unit. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/** A bar on stderr when a person is watching (a terminal), nothing otherwise: logs and pipes stay clean. */
export function progressBar(label: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update() {}, stop() {} };
  const bar = new cliProgress.SingleBar({
    format: `${label} [{bar}] {percentage}% {note}`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 30,
  });
  let started = false;
  return {
    update(done, total, note = "") {
      if (!started) {
        bar.start(total, done, { note });
        started = true;
      } else {
        bar.setTotal(total);
        bar.update(done, { note });
      }
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
