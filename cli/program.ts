import { Command, Help } from "commander";
import { VERSION } from "../lab/version.ts";
import { applyConventions } from "./conventions.ts";
import { refuseStandardOutput } from "./named-files.ts";
import { wrongValue } from "./option-values.ts";

interface Entry {
  about: string;
  /** Its file under `commands/` gives it arguments, options and an action. */
  load: () => Promise<{ register(command: Command): void }>;
}

/** The commands, in the order of the help. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  run: {
    about: "The main job: simulate, label, train, judge on real kernel traces, compare policies, report",
    load: () => import("./commands/run.ts"),
  },
  simulate: {
    about: "Simulate a workload under the fair scheduler of Linux 6.1 and trace each migration decision",
    load: () => import("./commands/simulate.ts"),
  },
  sweep: {
    about: "Simulate all combinations of what a plan varies, on all cores or in parts on a cluster",
    load: () => import("./commands/sweep.ts"),
  },
  compare: {
    about: "Compare two sides of sweeps, metric by metric, beyond noise",
    load: () => import("./commands/compare.ts"),
  },
  explore: {
    about: "Show in a browser who ran where, and why a task stayed or moved",
    load: () => import("./commands/explore.ts"),
  },
  workload: {
    about: "Show the tasks of a recorded schedule, or make an rt-app file of it",
    load: () => import("./commands/workload.ts"),
  },
  experiment: {
    about: "Repeat the tables and figures of the thesis on open data, and ask what is really learned",
    load: () => import("./commands/experiment.ts"),
  },
  chip: {
    about: "Show the scheduling domains of a chip: spans, groups, flags and values, level by level",
    load: () => import("./commands/chip.ts"),
  },
  trace: {
    about: "import, inspect, check, label, cut and export traces",
    load: () => import("./commands/trace.ts"),
  },
  features: {
    about: "Score inputs against a label, trace by trace, and select the best",
    load: () => import("./commands/features.ts"),
  },
  train: {
    about: "Train a network on traces and write it as a model file",
    load: () => import("./commands/train.ts"),
  },
  evaluate: {
    about: "Judge a model on traces, beside baselines",
    load: () => import("./commands/evaluate.ts"),
  },
  model: {
    about: "look into model files (*.nt), export, import and compile networks",
    load: () => import("./commands/model.ts"),
  },
  lockstep: {
    about: "run scenarios step by step and compare each field with a dump of the real scheduler",
    load: () => import("./commands/lockstep.ts"),
  },
  fidelity: {
    about: "compare the simulator with a real kernel in virtual time, metric by metric",
    load: () => import("./commands/fidelity.ts"),
  },
  kernel: {
    about: "build, boot, record and steer a real Linux 6.1 (docs/kernel-bridge.md)",
    load: () => import("./commands/kernel.ts"),
  },
  completion: {
    about: "Print a script that makes bash or zsh complete commands, options and values",
    load: () => import("./commands/completion.ts"),
  },
};

/**
 * The command tree. Only the command that is called is loaded, and of the others there are names: their libraries would take
 * longer to load than most commands to run.
 * @param args Words of the command line; none for the whole tree.
 */
export async function program(args?: readonly string[]): Promise<Command> {
  const root = new Command("nicetries")
    .description(
      "A laboratory for Linux CFS load balancing: simulate, trace, learn, and steer a real kernel.",
    )
    .version(VERSION)
    .addHelpText(
      "after",
      "\nWords are explained in docs/glossary.md; docs/README.md says where to read on, by task.",
    )
    .configureHelp({ subcommandTerm })
    .showHelpAfterError("(run with --help for usage and examples)")
    .exitOverride()
    .enablePositionalOptions() // `sweep merge --out x`: merge has no such option, sweep's own do not count
    .hook("preAction", (_, command) => refuseStandardOutput(command));
  const isNeeded = neededFor(args);
  for (const [name, { about, load }] of Object.entries(COMMANDS)) {
    const command = root.command(name).description(about);
    if (isNeeded(name)) (await load()).register(command);
  }
  applyConventions(root);
  if (args?.[0] === "help") refuseUnknownTopic(root, args.slice(1));
  return root;
}

/** The program's own help lists names; arguments and options are in that of each command. */
function subcommandTerm(this: Help, command: Command): string {
  return command.parent?.parent ? Help.prototype.subcommandTerm.call(this, command) : command.name();
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

/** Which commands have to be there in full: completion tells of all others. */
function neededFor(args?: readonly string[]): (name: string) => boolean {
  if (args === undefined) return () => true;
  const [word, topic] = args.filter((each) => !each.startsWith("-"));
  if (word === "completion") return () => true;
  return (name) => name === (word === "help" ? topic : word);
}
