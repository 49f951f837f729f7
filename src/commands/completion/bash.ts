import {
  type CompletedCommand,
  type CompletedValue,
  type CompletionModel,
  firstWordsOf,
  groupsOf,
  secondWordsOf,
} from './model.ts';

/** Needs nothing but bash itself, from 3.2 on, which macOS still has. */
export function renderBash({ commands }: CompletionModel): string {
  return `# Completes ic in bash; written by ic completion bash.

_ic_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_ic_names() {
  local words
  words=$("\${COMP_WORDS[0]/#~/$HOME}" completion --names "$1" \${config:+--config "$config"} 2>/dev/null) && _ic_words "$words"
}

_ic_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
}

_ic_list() {
  local word before=""
  if [[ $cur == *,* ]]; then
    before=\${cur%,*},
    cur=\${cur##*,}
  fi
  while IFS= read -r word; do COMPREPLY+=("$before$word"); done < <(compgen -W "$1" -- "$cur")
  compopt -o nospace 2>/dev/null
}

# Completes the value of a flag; fails for one that has none.
_ic_value() {
  case "$1 $2" in
${commands.map(valueCases).join('\n')}
    *) return 1 ;;
  esac
}

# Completes the positional of a number, from 0.
_ic_positional() {
  case "$1 $2" in
${commands.map(positionalCases).filter(Boolean).join('\n')}
  esac
}

_ic_flags() {
  case "$1" in
${commands.map(flagCase).join('\n')}
    *) echo "--help --version --config" ;;
  esac
}

_ic() {
  COMPREPLY=()
  local IFS=$' \\t\\n'
  local cur=\${COMP_WORDS[COMP_CWORD]} command="" config="" number=0 word flag="" index
  # bash splits --flag=value at the sign.
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == "=" && -n $flag ]]; then continue; fi
    if [[ -n $flag ]]; then
      if [[ $flag == --config || $flag == -c ]]; then config=\${word/#\\~/$HOME}; fi
      flag=""
    elif [[ $word == -* ]]; then
      if _ic_takes_value "$command" "$word"; then flag=$word; fi
    elif [[ -z $command || $command == *" " ]]; then
      case "$command$word" in
${groupCases(commands)}
        *) command="$command$word" ;;
      esac
    else
      number=$((number + 1))
    fi
  done
  if [[ $cur == "=" && -n $flag ]]; then cur=""; fi
  if [[ -n $flag ]]; then
    _ic_value "$command" "$flag"
  elif [[ $cur == -* ]]; then
    _ic_words "$(_ic_flags "$command")"
  elif [[ -z $command || $command == *" " ]]; then
    case "$command" in
${wordCases(commands)}
    esac
  else
    _ic_positional "$command" "$number"
  fi
}

_ic_takes_value() {
  case "$1 $2" in
${takesValueCases(commands)}
    *) return 1 ;;
  esac
}

complete -F _ic ic
`;
}

function valueCases({ name, flags }: CompletedCommand): string {
  return flags
    .flatMap(({ names, value }) => (value === null ? [] : [[names, value] as const]))
    .map(([names, value]) => `    ${patterns(name, names)}) ${action(value)} ;;`)
    .join('\n');
}

function positionalCases({ name, positionals }: CompletedCommand): string {
  return positionals
    .map(({ value, isVariadic }, index) => `    "${name} "${isVariadic ? '*' : index}) ${action(value)} ;;`)
    .join('\n');
}

function flagCase({ name, flags }: CompletedCommand): string {
  return `    "${name}") echo "${flags.flatMap(({ names }) => names).join(' ')}" ;;`;
}

/** `state` is followed by another word before there is a command. */
function groupCases(commands: readonly CompletedCommand[]): string {
  return groupsOf(commands)
    .map((group) => `        ${group}) command="${group} " ;;`)
    .join('\n');
}

function wordCases(commands: readonly CompletedCommand[]): string {
  const inGroups = groupsOf(commands).map(
    (group) => `      "${group} ") _ic_words "${wordsOf(secondWordsOf(group, commands))}" ;;`,
  );
  return [...inGroups, `      *) _ic_words "${wordsOf(firstWordsOf(commands))}" ;;`].join('\n');
}

function wordsOf(described: readonly (readonly [string, string])[]): string {
  return described.map(([word]) => word).join(' ');
}

function takesValueCases(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, flags }) =>
    flags.flatMap(({ names, value }) => (value === null ? [] : [patterns(name, names)])),
  );
  // Before the command, only the flags of every command.
  return [...lines.map((line) => `    ${line}) ;;`), '    " --config" | " -c") ;;'].join('\n');
}

function patterns(command: string, names: readonly string[]): string {
  return names.map((name) => `"${command} ${name}"`).join(' | ');
}

function action(value: CompletedValue): string {
  switch (value.type) {
    case 'names':
      return `_ic_names ${value.family}`;
    case 'words':
      return `_ic_words "${value.words.join(' ')}"`;
    case 'list':
      return `_ic_list "${value.words.join(' ')}"`;
    case 'file':
      return '_ic_files';
    case 'any':
      return ':';
  }
}
