import { readFileSync } from "node:fs";
import { Command } from "commander";
import { register as evaluate } from "./commands/evaluate.ts";
import { register as kernel } from "./commands/kernel.ts";
import { register as lockstep } from "./commands/lockstep.ts";
import { register as run } from "./commands/run.ts";
import { register as simulate } from "./commands/simulate.ts";
import { register as trace } from "./commands/trace.ts";
import { register as train } from "./commands/train.ts";

/** The tool's version, stored in traces and model files. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
).version;

/** The whole command tree. Each command lives in its own file under `commands/` and registers itself here. */
export function program(): Command {
  const root = new Command("nicetries")
    .description("A laboratory for Linux CFS load balancing: simulate, trace, learn, and steer a real kernel.")
    .version(VERSION)
    .showHelpAfterError("(run with --help for usage and examples)")
    .exitOverride();
  for (const register of [run, simulate, trace, train, evaluate, lockstep, kernel]) register(root);
  return root;
}
