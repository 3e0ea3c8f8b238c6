import type { Argument, Command, Option } from "commander";
import {
  argumentValues,
  type Completions,
  commandTree,
  optionValues,
  visibleOptions,
  wordOf,
} from "./words.ts";

/** A completion script for zsh: a function for each command, in the words of _arguments. Behind `npx` as in bash. */
export function zshCompletion(root: Command): string {
  const values = new Values();
  const functions = commandTree(root).map(({ path, command }) =>
    command.commands.length > 0 ? groupFunction(path, command, values) : leafFunction(path, command, values),
  );
  return `#compdef nicetries
# Completion of nicetries for zsh, made by \`nicetries completion zsh\`.
${functions.join("\n")}
${values.functions()}
${TAIL}`;
}

/** A function for each kind of value: _arguments calls them, for what they do has colons of its own. */
class Values {
  private readonly names = new Map<string, string>();

  /** The action for a value, as _arguments takes it. */
  action(value: Completions, list: boolean): string {
    const body = valueBody(value, list);
    if (body === "") return " ";
    if (!this.names.has(body)) this.names.set(body, `_nicetries_value_${this.names.size + 1}`);
    return ` ${this.names.get(body)}`; // with the blank: without the options of compadd, which are others' to take
  }

  functions(): string {
    return [...this.names].map(([body, name]) => `${name}() { ${body} }`).join("\n");
  }
}

const nameOf = (path: string): string =>
  ["_nicetries", ...path.split(" ").filter((word) => word !== "")].join("_");

function groupFunction(path: string, command: Command, values: Values): string {
  const about = command.commands.map(
    (each) => `    ${quoted(`${each.name()}:${colons(each.description())}`)}`,
  );
  if (path === "") about.push("    'help:explain a command'");
  const cases = command.commands.map((each) => `    ${each.name()}) ${nameOf(`${path} ${each.name()}`)} ;;`);
  if (path === "") cases.push("    help) _nicetries ;;");
  return `${nameOf(path)}() {
  local curcontext=$curcontext state line
  local -a about=(
${about.join("\n")}
  )
  _arguments -C ${optionSpecs(command, values).join(" ")} '1: :->command' '*:: :->rest'
  case $state in
  command) _describe command about ;;
  rest)
    case $words[1] in
${cases.join("\n")}
    esac
    ;;
  esac
}`;
}

function leafFunction(path: string, command: Command, values: Values): string {
  const specs = [
    ...optionSpecs(command, values),
    ...command.registeredArguments.map((argument, i) => argumentSpec(argument, i, values)),
  ];
  return `${nameOf(path)}() {
  _arguments -s -S \\
    ${specs.join(" \\\n    ")}
}`;
}

const optionSpecs = (command: Command, values: Values): string[] =>
  visibleOptions(command).map((option) => optionSpec(option, values));

function optionSpec(option: Option, values: Values): string {
  const found = optionValues(option);
  const flags = [option.short, option.long].filter(
    (flag): flag is string => flag !== undefined && flag !== null,
  );
  const repeated = Array.isArray(option.defaultValue);
  const about = `[${brackets(option.description.split(/\n/)[0])}]`;
  const value = found ? `:${colons(wordOf(option)!)}:${values.action(found, option.long === "--off")}` : "";
  if (flags.length === 1) {
    const flag = `${flags[0]}${found ? "=" : ""}`;
    return quoted(`${repeated ? "*" : ""}${flag}${about}${value}`);
  }
  const ends = found ? [`${flags[0]}+`, `${flags[1]}=`] : flags;
  return `${repeated ? "'*'" : quoted(`(${flags.join(" ")})`)}{${ends.join(",")}}${quoted(about + value)}`;
}

function argumentSpec(argument: Argument, i: number, values: Values): string {
  const place = argument.variadic ? "*" : String(i + 1);
  return quoted(`${place}:${colons(argument.name())}:${values.action(argumentValues(argument), false)}`);
}

/** What completes a value; nothing for what is free. */
function valueBody({ words, files }: Completions, list: boolean): string {
  if (list) return `_values -s , part ${words.join(" ")}`;
  const open = words.filter((word) => /[=:]$/.test(word));
  const whole = words.filter((word) => !/[=:]$/.test(word));
  const alternatives = [
    ...(whole.length > 0 ? [`'words:word:(${whole.join(" ")})'`] : []),
    ...(open.length > 0 ? [`'begins:begin:_nicetries_begin ${open.join(" ")}'`] : []),
    ...(open.includes("model:") ? ["'models:model:_nicetries_model'"] : []),
    ...(files ? ["'files:file:_files'"] : []),
  ];
  return alternatives.length === 0 ? "" : `_alternative ${alternatives.join(" ")}`;
}

const colons = (text: string): string => text.replaceAll(":", "\\:");
const brackets = (text: string): string => colons(text).replaceAll("[", "\\[").replaceAll("]", "\\]");
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const TAIL = `_nicetries_begin() { # words that are gone on with
  local -a options words
  zparseopts -D -E -a options J: V: x: X: M: F: P: S: o: 1 2
  words=("$@")
  compadd -S '' -- "\${words[@]}"
}
_nicetries_model() {
  compset -P '(model|premigrate|adapt):' && _files -g '*.nt'
}
_nicetries_npx() { # other programs: files
  if [[ $words[2] == nicetries ]] && ((CURRENT > 2)); then
    shift words
    ((CURRENT--))
    _nicetries
  else
    _alternative 'programs:program:(nicetries)' 'files:file:_files'
  fi
}
if [[ $funcstack[1] == _nicetries ]]; then
  _nicetries "$@"
else
  compdef _nicetries nicetries
  (( \${+_comps[npx]} )) || compdef _nicetries_npx npx
fi
`;
