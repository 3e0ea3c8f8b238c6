import type { Command } from "commander";
import { argumentValues, commandTree, optionValues, visibleOptions } from "./words.ts";

/**
 * A completion script for bash. The tables are data from the commands; the function below them knows only how a command line
 * is read:
 *
 *  B1. bash splits words at "=" and ":" as well, so `--chip=8x1` is three words and `model:m.nt` too.
 *  B2. Behind `npx`, the words begin at `nicetries`; npx's own completion, where there is one, is left alone.
 */
export function bashCompletion(root: Command): string {
  const tree = commandTree(root);
  const children: string[] = [];
  const options: string[] = [];
  const values: string[] = [];
  for (const { path, command } of tree) {
    const names = command.commands.map((each) => each.name());
    if (path === "") names.push("help");
    if (names.length > 0) children.push(line(path, names.join(" ")));
    const visible = visibleOptions(command);
    options.push(line(path, visible.map((option) => option.long ?? option.short).join(" ")));
    for (const option of visible) {
      const found = optionValues(option);
      const flags = [option.long, option.short].filter((flag) => flag !== undefined);
      if (found) for (const flag of flags) values.push(line(`${path} ${flag}`.trim(), valueText(found)));
    }
    command.registeredArguments.forEach((argument, i) => {
      const at = argument.variadic ? "*" : String(i);
      values.push(line(`${path} ${at}`.trim(), valueText(argumentValues(argument))));
    });
  }
  return `${HEAD}
_nicetries_commands() { case $1 in
${children.join("\n")}
esac; }
_nicetries_options() { case $1 in
${options.join("\n")}
esac; }
# Words for a value, "/" for files; nothing for what has none.
_nicetries_values() { case $1 in
${values.join("\n")}
*) return 1 ;;
esac; }
${BODY}`;
}

const valueText = ({ words, files }: { words: readonly string[]; files: boolean }): string =>
  [...words, ...(files ? ["/"] : [])].join(" ");

const line = (key: string, text: string): string => `${quoted(key)}) echo ${quoted(text)} ;;`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const HEAD = `# Completion of nicetries for bash, made by \`nicetries completion bash\`.`;

const BODY = `_nicetries() {
  local IFS=$' \\t\\n' words=() cur last word option="" value command="" position=0 i reply prefix
  COMPREPLY=()
  # bash splits --chip=8x1 and model:m.nt at "=" and ":": whole words again
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((i > 0)) && [[ $word == [:=] || \${COMP_WORDS[i - 1]} == [:=] && $word != -* ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  cur=\${words[\${#words[@]}-1]}
  for ((i = 0; i < \${#words[@]} - 1; i++)); do # up to the program's name: npx stands before it, perhaps
    [[ \${words[i]##*/} == nicetries ]] && break
  done
  for ((i++; i < \${#words[@]} - 1; i++)); do
    word=\${words[i]}
    if [[ -n $option ]]; then
      option=""
    elif [[ $word == -- ]]; then
      _nicetries_reply / "$cur"
      return
    elif [[ $word == -* ]]; then
      [[ $word != *=* ]] && _nicetries_values "$command\${command:+ }$word" > /dev/null && option=$word
    elif [[ " $(_nicetries_commands "$command") " == *" $word "* ]]; then
      [[ $command$word == help ]] || command+="\${command:+ }$word"
    else
      ((position++))
    fi
  done
  value=$cur
  [[ -z $option && $cur == --*=* ]] && option=\${cur%%=*} value=\${cur#*=}
  if [[ -n $option ]]; then
    _nicetries_reply "$(_nicetries_values "$command\${command:+ }$option")" "$value"
  elif [[ $cur == -* ]]; then
    _nicetries_reply "$(_nicetries_options "$command")" "$cur"
  elif word=$(_nicetries_commands "$command") && [[ -n $word ]]; then
    _nicetries_reply "$word" "$cur"
  else
    word=$(_nicetries_values "$command\${command:+ }$position" || _nicetries_values "$command\${command:+ }*")
    [[ -n $word ]] && _nicetries_reply "$word" "$cur"
  fi
  # what bash replaces is only what stands behind its last "=" or ":"
  last=\${COMP_WORDS[COMP_CWORD]}
  [[ $last == [:=] ]] && last=""
  prefix=\${value%"$last"}
  for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$prefix"}; done
}

# Words that begin so; behind a comma the last of a list. "/" stands for files, as does what follows model:.
_nicetries_reply() {
  local words=" $1 " cur=$2 before="" files=() i
  [[ $cur == *,* ]] && before=\${cur%,*}, cur=\${cur##*,}
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "\${words// \\/ / }" -- "$cur")
  [[ $cur == model:* || $cur == premigrate:* || $cur == adapt:* ]] && COMPREPLY=() before+=\${cur%%:*}: cur=\${cur#*:}
  if [[ $words == *" / "* ]]; then
    mapfile -t files < <(compgen -f -- "$cur")
    for i in "\${files[@]}"; do COMPREPLY+=("$before$i"); done
    ((\${#files[@]})) && compopt -o filenames 2> /dev/null
  fi
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2> /dev/null
  return 0
}

_nicetries_npx() { # other programs: files
  ((COMP_CWORD > 1)) && [[ \${COMP_WORDS[1]} == nicetries ]] && { _nicetries; return; }
  mapfile -t COMPREPLY < <(compgen -f -W "nicetries" -- "\${COMP_WORDS[COMP_CWORD]}")
}

complete -F _nicetries nicetries
complete -p npx > /dev/null 2>&1 || complete -o filenames -F _nicetries_npx npx
`;
