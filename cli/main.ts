import { Console } from "node:console";
import { realExit } from "../traces/at-end.ts";
import { isUnread } from "./output.ts";
import { program } from "./program.ts";
import { reportFailure } from "./report-failure.ts";

// Standard output is for results, which the commands write themselves. What else prints (a user's policy, a library)
// must not get between them.
globalThis.console = new Console(process.stderr);

// A full device is a failure; a reader that has seen enough (`| head`) is none.
process.stdout.on("error", (error) => {
  if (!isUnread(error)) realExit(reportFailure(error) || process.exitCode);
});
process.stderr.on("error", () => {}); // nobody is left to tell

try {
  await (await program(process.argv.slice(2))).parseAsync();
} catch (error) {
  // of standard output's own error the listener above takes care, also where it interrupted a command
  if (error !== process.stdout.errored) process.exitCode = reportFailure(error);
}

// What a user's policy has left running (a timer, a socket) keeps nobody waiting.
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((written) => stream.write("", () => written()));
realExit();
