# zsh-capture.zsh SCRIPT LINE: what the completion SCRIPT offers when Tab is pressed behind LINE, one a line. An interactive zsh runs in a
# terminal of its own, in which compadd prints what it is given.
zmodload zsh/zpty || { echo 'error: missing module zsh/zpty' >&2; exit 1 }
TERM=dumb zpty z zsh -f -i
() {
zpty -w z "source $1"
zpty -r -m z REPLY '*ready:now*' || { echo error initializing >&2; exit 2 }
} =( <<< '
PROMPT=
autoload compinit
compinit -u -D
source "'$1'"
bindkey "^M" undefined
bindkey "^J" undefined
bindkey "^I" complete-word
null-line () { echo -E - $'"'"'\0'"'"' }
compprefuncs=( null-line )
comppostfuncs=( null-line exit )
zstyle ":completion:*" list-grouped false
zstyle ":completion:*" insert-tab false
zstyle ":completion:*" list-separator ""
zmodload zsh/zutil
compadd () {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a __hits
  builtin compadd -A __hits "$@"
  [[ -n $__hits ]] || return
  printf "%s\n" $__hits
}
echo ready:${:-now}')
zpty -w z "$2"$'\t'
integer tog=0
while zpty -r z; do :; done | while IFS= read -r line; do
  if [[ $line == *$'\0\r' ]]; then (( tog++ )) && return 0 || continue; fi
  (( tog )) && echo -E - $line
done
