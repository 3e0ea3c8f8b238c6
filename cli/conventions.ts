import type { Command, Option } from "commander";
import { choiceOption, wrongValue } from "./option-values.ts";

/**
 * What all commands have in common, given to them after they have registered themselves:
 *
 *  C1. An option that has to be there says "(required)", and stands in the line of usage.
 *  C2. A value is never empty (`--seed "$UNSET"`), nor another option of the command (`--out --json`).
 *  C3. Of a word that is none of the choices, the message names the option, the choices and the nearest one, as
 *      everywhere (option-values.ts).
 */
export function applyConventions(command: Command): void {
  for (const option of command.options) {
    if (option.mandatory) option.description += " (required)";
    if (option.argChoices) option.argParser(choiceOption(nameOf(option), option.argChoices));
    if (option.required) refuseNoValue(option, command);
  }
  for (const argument of command.registeredArguments)
    if (argument.argChoices) argument.argParser(choiceOption(`<${argument.name()}>`, argument.argChoices));
  const mandatory = command.options.filter((option) => option.mandatory);
  if (mandatory.length > 0) {
    const words = command.registeredArguments.map((argument) => {
      const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    });
    command.usage([...mandatory.map(longForm), "[options]", ...words].join(" "));
  }
  for (const each of command.commands) applyConventions(each);
}

/** C2. */
function refuseNoValue(option: Option, { options }: Command): void {
  const { parseArg } = option;
  option.argParser((text: string, before: unknown) => {
    if (text.trim() === "" || options.some(({ long, short }) => text === long || text === short))
      throw wrongValue(nameOf(option), `a value (${option.flags})`, text);
    return parseArg ? parseArg(text, before) : text;
  });
}

const nameOf = (option: Option): string => option.long ?? option.flags;

/** "--rows <n>" of "-n, --rows <n>". */
const longForm = (option: Option): string => option.flags.replace(/^-\w, /, "");
