import { program } from "../../cli/program.ts";
import { reportFailure } from "../../cli/report-failure.ts";

export interface CommandOutcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs `nicetries ...words` in this process: the same code as cli/main.ts without a process start per case. */
export async function runCommand(...words: string[]): Promise<CommandOutcome> {
  const out: CommandOutcome = { status: 0, stdout: "", stderr: "" };
  const kept = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ["stdout", "stderr"] as const) {
    process[name].write = ((text: string) => {
      out[name] += text;
      return true;
    }) as typeof process.stdout.write;
  }
  try {
    await (await program(words)).parseAsync(["node", "nicetries", ...words]);
  } catch (error) {
    out.status = reportFailure(error);
  } finally {
    process.stdout.write = kept.stdout;
    process.stderr.write = kept.stderr;
  }
  return out;
}
