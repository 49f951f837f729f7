import {
  type CompletedCommand,
  type CompletedFlag,
  type CompletedPositional,
  type CompletedValue,
  type CompletionModel,
  firstWordsOf,
  groupsOf,
  secondWordsOf,
} from './model.ts';

/** Serves as a file `_ic` in $fpath, and as what `eval` is given. */
export function renderZsh({ commands }: CompletionModel): string {
  return `#compdef ic
# Completes ic in zsh; written by ic completion zsh.

_ic_names() {
  local -a names config
  local index
  index=\${_ic_line[(I)(-c|--config)]}
  if ((index > 0)); then config=(--config "\${~_ic_line[index + 1]}"); fi
  names=(\${(f)"$(\${~_ic_line[1]} completion --names $1 $config 2>/dev/null)"})
  compadd -a names
}

_ic() {
  local curcontext="$curcontext" state line
  local -a _ic_line=("\${words[@]}")
  typeset -A opt_args
  _arguments -C -S ${quote('(-c --config)')}{-c,--config}${quote('[the configuration]:FILE:_files')} \\
    '--version[the version]' '(-h --help)'{-h,--help}'[help]' '1: :->command' '*:: :->rest' && return
  case $state in
    command)
      local -a words_here=(
${describedWords(firstWordsOf(commands), 8)}
      )
      _describe command words_here
      ;;
    rest)
      case $words[1] in
${commands
  .filter(({ name }) => !name.includes(' '))
  .map(commandCase)
  .join('\n')}
${groupsOf(commands)
  .map((group) => groupCase(group, commands))
  .join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _ic ]]; then _ic "$@"; else compdef _ic ic; fi
`;
}

function describedWords(words: readonly (readonly [string, string])[], indent: number): string {
  return words
    .map(([word, summary]) => `${' '.repeat(indent)}${quote(`${word}:${summary.replaceAll(':', '\\:')}`)}`)
    .join('\n');
}

function commandCase({ name, flags, positionals }: CompletedCommand): string {
  return `        ${name.split(' ').at(-1)}) _arguments -S ${specs(flags, positionals)} ;;`;
}

function groupCase(group: string, commands: readonly CompletedCommand[]): string {
  const inGroup = commands.filter(({ name }) => name.startsWith(`${group} `));
  return `        ${group})
          _arguments -C '1: :->command' '*:: :->rest' && return
          case $state in
            command)
              local -a words_here=(
${describedWords(secondWordsOf(group, commands), 16)}
              )
              _describe command words_here
              ;;
            rest)
              case $words[1] in
${inGroup.map((command) => `        ${commandCase(command)}`).join('\n')}
              esac
              ;;
          esac
          ;;`;
}

function specs(flags: readonly CompletedFlag[], positionals: readonly CompletedPositional[]): string {
  const all = [...flags.map(flagSpec), ...positionals.map(positionalSpec)];
  return all.map((spec) => `\\\n            ${spec}`).join(' ');
}

function flagSpec({ names, describe, value }: CompletedFlag): string {
  const text = `[${describe.replace(/[[\]:\\]/g, '\\$&')}]${value === null ? '' : `: :${action(value)}`}`;
  const [only] = names;
  if (names.length === 1) return quote(`${only}${text}`);
  return `${quote(`(${names.join(' ')})`)}{${names.join(',')}}${quote(text)}`;
}

function positionalSpec({ value, isVariadic }: CompletedPositional): string {
  return quote(`${isVariadic ? '*' : ''}: :${action(value)}`);
}

/** A blank before the name of a function keeps zsh from handing it arguments of its own. */
function action(value: CompletedValue): string {
  switch (value.type) {
    case 'names':
      return ` _ic_names ${value.family}`;
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'list':
      return ` _values -s , kind ${value.words.join(' ')}`;
    case 'file':
      return '_files';
    case 'any':
      return ' ';
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
