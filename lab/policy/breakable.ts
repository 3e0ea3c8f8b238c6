import { randomUUID } from "node:crypto";
import { Script } from "node:vm";
import { isMainThread } from "node:worker_threads";

/** What broke the work off: its time limit, or Ctrl-C. */
export type Broken = "time" | "interrupt";

/**
 * Runs synchronous work that Ctrl-C breaks off at once, and a time limit too where there is one. Handlers of signals need the event
 * loop, which does not turn meanwhile: Node's vm watches from another thread. No code catches being broken off.
 * @returns What broke it off; undefined when it came to its end.
 */
export function breakable(work: () => void, limitMs?: number): Broken | undefined {
  CALLS.push(work);
  try {
    CALL.runInThisContext({ timeout: limitMs, breakOnSigint: isMainThread });
    return undefined;
  } catch (error) {
    switch ((error as NodeJS.ErrnoException | undefined)?.code) {
      case "ERR_SCRIPT_EXECUTION_INTERRUPTED":
        return "interrupt";
      case "ERR_SCRIPT_EXECUTION_TIMEOUT":
        return "time";
      default:
        throw error;
    }
  } finally {
    CALLS.pop();
  }
}

/** Works under way; the innermost last. */
const CALLS: (() => void)[] = [];
/** Its own for each copy of this module: a loader may make two, and neither may run the other's work. */
const KEY = `nicetries breakable work ${randomUUID()}`;
Object.defineProperty(globalThis, Symbol.for(KEY), { value: () => CALLS.at(-1)?.(), configurable: true });
const CALL = new Script(`globalThis[Symbol.for(${JSON.stringify(KEY)})]()`);
