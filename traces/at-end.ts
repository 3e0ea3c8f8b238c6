import { constants } from "node:os";

/** process.exit() as it was at the start: a user's code may have been kept from it since. */
export const realExit: (code?: number | string | null) => never = process.exit.bind(process);

const cleaners = new Set<() => void>();

/**
 * Has `clean` run when this process ends: by itself, by process.exit(), by an uncaught error, by Ctrl-C, SIGTERM or
 * SIGHUP (exit code 128 + the signal's number). Returns a function that takes it back.
 *
 * Node's own answer to a signal runs no exit listener, so what is half done would stay behind. Our handlers are there
 * only while there is something to clean: a handler runs in the event loop, so it keeps a long synchronous computation
 * from being interrupted. Long work done meanwhile must therefore let the loop turn. Whoever else listens to a signal
 * goes first: then the process does not end here.
 */
export function atEnd(clean: () => void): () => void {
  if (cleaners.size === 0) {
    process.on("exit", cleanAll);
    for (const { signal, handler } of HANDLERS) process.on(signal, handler);
  }
  cleaners.add(clean);
  return () => {
    if (!cleaners.delete(clean) || cleaners.size > 0) return;
    process.removeListener("exit", cleanAll);
    for (const { signal, handler } of HANDLERS) process.removeListener(signal, handler);
  };
}

const HANDLERS = (["SIGHUP", "SIGINT", "SIGTERM"] as const).map((signal) => ({
  signal,
  handler() {
    if (process.listenerCount(signal) === 1) realExit(128 + constants.signals[signal]);
  },
}));

/** One that fails must not keep the others from cleaning. */
function cleanAll(): void {
  for (const clean of cleaners) {
    try {
      clean();
    } catch {} // the process is ending; there is nobody left to do something about it
  }
}
