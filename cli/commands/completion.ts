import { Argument, type Command } from "commander";
import { bashCompletion } from "../completion/bash.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { print } from "../output.ts";

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion };

/** `nicetries completion`: prints what makes a shell complete commands, options and their values. */
export function register(command: Command): void {
  command
    .addArgument(new Argument("<shell>", "whose script").choices(Object.keys(SCRIPTS)))
    .addHelpText(
      "after",
      `
Completes nicetries, and npx nicetries where npx has no completion of its own. A new version may have new options: print it
again.

Examples:
  nicetries completion bash > ~/.local/share/bash-completion/completions/nicetries
  nicetries completion zsh > ~/.zfunc/_nicetries      (with fpath+=~/.zfunc before compinit in ~/.zshrc)
  source <(npx nicetries completion bash)             (for this shell only)`,
    )
    .action((shell: keyof typeof SCRIPTS) => print(SCRIPTS[shell](command.parent!)));
}
