import { Worker } from "node:worker_threads";

/** In a thread of its own, as the main thread's timers do not run while its code does. */
const WATCH = `
const { workerData } = require("node:worker_threads");
const { Session } = require("node:inspector");
setTimeout(() => {
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.terminateExecution");
}, workerData);`;

/**
 * Breaks off whatever the main thread is doing after `limitMs`, unless the watch has ended by then: its event loop turns again, and what
 * waited for the code waits for ever. For code that `breakable` cannot run, as its calls are asynchronous.
 * @returns Ends the watch.
 */
export function watchMainThread(limitMs: number): () => Promise<void> {
  const thread = new Worker(WATCH, {
    eval: true,
    execArgv: [], // no loader: it takes longer than all else
    workerData: limitMs,
    stdout: true,
    stderr: true,
  });
  thread.unref();
  thread.on("error", () => {}); // a Node without an inspector: nobody watches
  return async () => {
    await thread.terminate();
  };
}
