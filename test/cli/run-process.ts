import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Outcome {
  /** Exit code, or 128 + the signal's number as a shell says it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** `nicetries ...words` as a shell's words. */
export const command = (...words: string[]): string =>
  [process.execPath, "--import", `${ROOT}node_modules/tsx/dist/loader.mjs`, `${ROOT}cli/main.ts`, ...words]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(" ");

/**
 * Runs a line of shell in a process of its own and waits for its end.
 * @param started Gets the process at once.
 * @param watch Gets the process, and stderr so far whenever it grows.
 */
export function shell(
  line: string,
  options: {
    cwd?: string;
    started?: (child: ChildProcess) => void;
    watch?: (child: ChildProcess, stderr: string) => void;
  } = {},
): Promise<Outcome> {
  const child = spawn("/bin/sh", ["-c", line], {
    cwd: options.cwd ?? ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  options.started?.(child);
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (chunk) => {
      text[name] += chunk;
      if (name === "stderr") options.watch?.(child, text.stderr);
    });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, ...text }));
  });
}

/** `nicetries ...words` as a user runs it. */
export const nicetries = (...words: string[]): Promise<Outcome> => shell(command(...words));
