import { breakable } from "../../lab/policy/breakable.ts";
import { forbidExit } from "../../lab/policy/forbid-exit.ts";
import { tooLong, topLevelTooLong, turnTooLong, USER_CODE_LIMIT_MS } from "../../lab/policy/limited.ts";
import type { Supervisor } from "../../lab/policy/supervisor.ts";
import { realExit } from "../../traces/at-end.ts";
import type { InputError } from "../../traces/input-error.ts";
import { keepStandardOutput } from "../output.ts";
import { reportFailure } from "../report-failure.ts";

/**
 * Code of a user's that runs in this process: it may neither end the process nor keep it alive nor speak for it.
 *
 *  S1. process.exit() and process.abort() throw, and what was asked for is kept in `fault` in case the code catches that.
 *  S2. What it writes to standard output goes to standard error.
 *  S3. What does not come back is broken off: after `limitMs`, and by Ctrl-C at once (no handler of a signal runs meanwhile).
 *  S4. What fails in a timer or a promise of its own ends the process as any error of its file does.
 *  S5. What it leaves running can be told; cli/main.ts waits for nothing.
 */
export class UserCode implements Supervisor {
  /** S1: what the code did and may not. */
  fault: InputError | undefined;
  private readonly file: string;
  private readonly limitMs: number;
  private readonly before: readonly string[];
  private readonly undo: (() => void)[] = [];

  /** @param failure Makes an error of the file of whatever was thrown; undefined where it is not the file's. */
  constructor(
    file: string,
    failure: (error: unknown) => InputError | undefined,
    limitMs: number = USER_CODE_LIMIT_MS,
  ) {
    this.file = file;
    this.limitMs = limitMs;
    const { exitCode } = process;
    this.undo.push(
      forbidExit(file, (fault) => {
        this.fault ??= fault;
      }),
    );
    this.undo.push(keepStandardOutput());
    const fail = (error: unknown) => realExit(reportFailure(failure(error) ?? error));
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      process.on(event, fail);
      this.undo.push(() => process.removeListener(event, fail));
    }
    this.undo.push(() => {
      process.exitCode = exitCode;
    });
    this.before = resources();
  }

  /** What runs now and did not before, by its kind in Node: Timeout, TCPServerWrap ... (S5) */
  leftRunning(): string[] {
    const before = [...this.before];
    return [...new Set(resources().filter((each) => !take(before, each)))];
  }

  /** Takes everything back. */
  end(): void {
    for (const each of this.undo.splice(0).reverse()) each();
  }

  /** Waits for what loads the code, unless that never comes (S3): a module may wait for what does not happen. */
  async load<T>(loading: Promise<T>): Promise<T> {
    let never: () => void = () => {};
    let timer: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_, reject) => {
      never = () =>
        reject(tooLong(this.file, "is not loaded", "it waits for something that does not happen"));
      timer = setTimeout(() => reject(topLevelTooLong(this.file, this.limitMs)), this.limitMs).unref();
      process.once("beforeExit", never);
    });
    try {
      return await Promise.race([loading, stuck]);
    } finally {
      clearTimeout(timer);
      process.removeListener("beforeExit", never);
      this.check();
    }
  }

  /** Runs work in which the code is called (S3). It should take milliseconds. */
  readonly within = (work: () => void): void => {
    const broken = breakable(work, this.limitMs);
    if (broken === "interrupt") realExit(130);
    if (broken === "time") throw turnTooLong(this.file, this.limitMs);
    this.check();
  };

  /** @throws InputError where the code did what it may not, and caught the error that told so. */
  check(): void {
    if (this.fault) throw this.fault;
  }
}

/** Kinds of things that keep this process alive. */
const resources = (): string[] =>
  process.getActiveResourcesInfo().filter((kind) => !/^(TTY|Pipe|FS|Immediate)/.test(kind));

/** Takes one of them out of a list; false where there is none. */
function take(list: string[], each: string): boolean {
  const at = list.indexOf(each);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}
