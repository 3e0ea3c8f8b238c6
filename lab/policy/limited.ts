import { InputError } from "../../traces/input-error.ts";
import { breakable } from "./breakable.ts";
import { forbidExit } from "./forbid-exit.ts";
import { type Supervise, trusted } from "./supervisor.ts";

/** How long a user's code may keep the simulation waiting, ms. */
export const USER_CODE_LIMIT_MS = 30_000;

/** The error of code that keeps the simulation waiting. */
export function tooLong(file: string, what: string, found: string): InputError {
  return new InputError(`the policy ${what}`, {
    file,
    found: { toString: () => found },
    expected: "an answer at once",
    hint: "Look for a loop or a wait without end in it",
  });
}

/** That it takes more than `limitMs` for what should take milliseconds. */
export const turnTooLong = (file: string, limitMs: number): InputError =>
  tooLong(
    file,
    "does not come back",
    `a turn of the simulation, which takes milliseconds, took more than ${limitMs / 1000} s`,
  );

export const topLevelTooLong = (file: string, limitMs: number): InputError =>
  tooLong(file, "is not loaded", `its top level took more than ${limitMs / 1000} s`);

/** For workers: trusts the code in all but that it comes back, and does not end the worker. */
export const limited =
  (limitMs = USER_CODE_LIMIT_MS): Supervise =>
  (file, failure) => {
    let fault: InputError | undefined;
    const undo = forbidExit(file, (found) => {
      fault ??= found;
    });
    const check = () => {
      if (fault) throw fault;
    };
    return {
      ...trusted(file, failure),
      get fault() {
        return fault;
      },
      async load(loading) {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(topLevelTooLong(file, limitMs)), limitMs);
        });
        return Promise.race([loading, late]).finally(() => clearTimeout(timer));
      },
      within(work) {
        if (breakable(work, limitMs) !== undefined) throw turnTooLong(file, limitMs);
        check();
      },
      check,
      end: undo,
    };
  };
