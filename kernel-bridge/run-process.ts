import { spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { atEnd } from "../traces/at-end.ts";

export interface ProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds; then the process and its group are killed. */
  timeLimit?: number;
  /** Everything printed goes into this file as well. */
  log?: string;
  /** Called with each complete line of stdout or stderr. */
  onLine?: (line: string) => void;
  /** Text for stdin; without it stdin is empty. */
  input?: string;
  /** The first Ctrl-C goes to the process, which is to end by itself, instead of ending us. */
  passInterrupt?: boolean;
}

export interface ProcessResult {
  /** Exit code; 128 + signal number where a signal ended it. */
  code: number;
  timedOut: boolean;
  stdout: string;
  stderr: string;
}

const SIGNALS: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
  SIGSEGV: 11,
  SIGABRT: 6,
};

/** At most this much of each stream is kept in memory, from its end; the log file has everything. */
const KEEP = 4 << 20;

/** Runs a program to its end, killing its whole process group at the time limit. Rejects only when it cannot start. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true, // a group of its own, so that the time limit reaches grandchildren
      stdio: ["pipe", "pipe", "pipe"],
    });
    const log: WriteStream | undefined = options.log
      ? createWriteStream(options.log, { flags: "a" })
      : undefined;
    const text = { stdout: "", stderr: "" };
    let timedOut = false;
    const signalGroup = (signal: NodeJS.Signals) => {
      try {
        if (child.pid) process.kill(-child.pid, signal);
      } catch {} // it has ended meanwhile
    };
    const killGroup = () => signalGroup("SIGKILL");
    const interrupt = () => signalGroup("SIGINT");
    const timer = options.timeLimit
      ? setTimeout(() => {
          timedOut = true;
          killGroup();
        }, options.timeLimit)
      : undefined;
    const forget = atEnd(killGroup);
    if (options.passInterrupt) process.once("SIGINT", interrupt);
    for (const name of ["stdout", "stderr"] as const) {
      let line = "";
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        log?.write(chunk);
        text[name] = (text[name] + chunk).slice(-KEEP);
        if (!options.onLine) return;
        const lines = (line + chunk).split("\n");
        line = lines.pop() ?? "";
        for (const each of lines) options.onLine(each);
      });
    }
    child.stdin.on("error", () => {}); // a program may end without reading its input
    child.stdin.end(options.input ?? "");
    const finish = () => {
      clearTimeout(timer);
      process.removeListener("SIGINT", interrupt);
      forget();
      log?.end();
    };
    child.on("error", (error) => {
      finish();
      reject(error);
    });
    child.on("close", (code, signal) => {
      finish();
      resolve({ code: code ?? 128 + (SIGNALS[signal ?? ""] ?? 0), timedOut, ...text });
    });
  });
}

/** Is there a process of this number? */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
