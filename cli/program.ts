import { Command } from "commander";
import { VERSION } from "../lab/version.ts";
import { applyConventions } from "./conventions.ts";
import { refuseStandardOutput } from "./named-files.ts";
import { wrongValue } from "./option-values.ts";

/** Each command lives in its own file under `commands/` and registers itself; the order is that of the help. */
const COMMANDS = {
  run: () => import("./commands/run.ts"),
  simulate: () => import("./commands/simulate.ts"),
  chip: () => import("./commands/chip.ts"),
  trace: () => import("./commands/trace.ts"),
  features: () => import("./commands/features.ts"),
  train: () => import("./commands/train.ts"),
  evaluate: () => import("./commands/evaluate.ts"),
  model: () => import("./commands/model.ts"),
  lockstep: () => import("./commands/lockstep.ts"),
  fidelity: () => import("./commands/fidelity.ts"),
  kernel: () => import("./commands/kernel.ts"),
  completion: () => import("./commands/completion.ts"),
} as const;

/**
 * The command tree for these arguments. Only the command that is called is loaded: the others' libraries would take
 * longer to load than most commands to run.
 */
export async function program(args: readonly string[]): Promise<Command> {
  const root = new Command("nicetries")
    .description(
      "A laboratory for Linux CFS load balancing: simulate, trace, learn, and steer a real kernel.",
    )
    .version(VERSION)
    .addHelpText(
      "after",
      "\nWords are explained in docs/glossary.md; docs/README.md says where to read on, by task.",
    )
    .showHelpAfterError("(run with --help for usage and examples)")
    .exitOverride()
    .hook("preAction", (_, command) => refuseStandardOutput(command));
  for (const load of neededFor(args[0] ?? "")) (await load()).register(root);
  applyConventions(root);
  if (args[0] === "help") refuseUnknownTopic(root, args.slice(1));
  return root;
}

/** @throws UsageError for `help WORDS` of a command that is not there. */
function refuseUnknownTopic(root: Command, words: readonly string[]): void {
  let command = root;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    const names = command.commands.map((each) => each.name());
    if (next === undefined && names.length > 0 && !word.startsWith("-"))
      throw wrongValue("help", `one of ${names.join(", ")}`, word, names);
    if (next === undefined) return;
    command = next;
  }
}

function neededFor(word: string) {
  if (word === "--version" || word === "-V") return [];
  if (Object.hasOwn(COMMANDS, word) && word !== "completion")
    // which tells of all others
    return [COMMANDS[word as keyof typeof COMMANDS]];
  return Object.values(COMMANDS);
}
