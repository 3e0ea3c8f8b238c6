import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { median, repeats, row } from "./share.ts";

/**
 * How long the compiled package takes to start, in processor time, beside a bare node. `npm run build` makes it; from the sources
 * each start would compile them.
 */
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** Has a process tell, when it ends, what processor time it took. */
const TELL =
  "data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();process.stderr.write('cpu '+(user+system))})";

/** Median processor time of a process, s. */
function cpuOf(args: readonly string[]): number {
  const seconds = Array.from({ length: repeats(9) }, () => {
    const { stderr, status } = spawnSync(process.execPath, ["--import", TELL, ...args], { encoding: "utf8" });
    const told = /cpu (\d+)$/.exec(stderr);
    if (status !== 0 || told === null) throw new Error(`${args.join(" ")} failed: ${stderr}`);
    return Number(told[1]) / 1e6;
  });
  return median(seconds);
}

export function run(): void {
  if (!existsSync(MAIN)) {
    console.log("skipped: no compiled package (npm run build)");
    return;
  }
  const bare = cpuOf(["-e", "0"]).toFixed(2);
  const print = (command: string, goal: string) =>
    row(
      `\`nicetries ${command}\``,
      `${cpuOf([MAIN, ...command.split(" ")]).toFixed(2)} s`,
      `a bare node ${bare} s`,
      goal,
    );
  print("--help", "0.1 s");
  print("simulate numeric --duration 100ms", "0.4 s");
}
