import { createRequire } from "node:module";

/** Progress of one long job; `done` and `total` in any unit. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/**
 * A bar on stderr when a person is watching (a terminal), nothing otherwise: logs and pipes stay clean.
 *
 * The terminal's own settings (cursor, line wrapping) stay as they are, so that whatever ends this process leaves nothing
 * to repair; a line longer than the terminal is cut. An orderly end by a signal takes the bar away.
 */
export function progressBar(label: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update() {}, stop() {} };
  const { SingleBar }: typeof import("cli-progress") = createRequire(import.meta.url)("cli-progress"); // only here: it loads slowly
  const bar = new SingleBar({
    format: `${label} [{bar}] {percentage}% {note}`,
    stream,
    hideCursor: false,
    linewrap: true,
    clearOnComplete: true,
    barsize: 30,
  });
  const stop = () => {
    process.removeListener("exit", stop);
    bar.stop();
  };
  let started = false;
  return {
    update(done, total, note = "") {
      if (!started) {
        process.once("exit", stop);
        bar.start(total, done, { note });
        started = true;
      } else {
        bar.setTotal(total);
        bar.update(done, { note });
      }
    },
    stop() {
      if (started) stop();
    },
  };
}
