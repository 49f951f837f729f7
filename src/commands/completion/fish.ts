import {
  type CompletedCommand,
  type CompletedFlag,
  type CompletedValue,
  type CompletionModel,
  firstWordsOf,
  groupsOf,
  secondWordsOf,
} from './model.ts';

export function renderFish({ commands }: CompletionModel): string {
  const valued = new Set(
    commands.flatMap(({ flags }) => flags.flatMap(({ names, value }) => (value === null ? [] : names))),
  );
  return `# Completes ic in fish; written by ic completion fish.

# The words of the command that the line has so far, without flags and their values.
function __ic_words
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${[...valued].join(' ')}
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

# Whether the line is just there: __ic_at; __ic_at state.
function __ic_at
    set -l words (__ic_words)
    test "$words" = "$argv"
end

# Whether the line is that command's: __ic_in state show.
function __ic_in
    set -l words (__ic_words)
    set -l last (count $argv)
    test "$words[1..$last]" = "$argv"
end

# Whether the line is at the positional of that number: __ic_nth 2 state show.
function __ic_nth
    set -l words (__ic_words)
    __ic_in $argv[2..-1]; and test (count $words) = (math $argv[1] + (count $argv) - 2)
end

function __ic_names
    set -l tokens (commandline -opc)
    set -l config
    for index in (seq (count $tokens))
        if contains -- $tokens[$index] -c --config
            set config --config $tokens[(math $index + 1)]
        end
    end
    $tokens[1] completion --names $argv[1] $config 2>/dev/null
end

complete -c ic -f
${firstWordsOf(commands)
  .map((word) => wordLine('__ic_at', word))
  .join('\n')}
${groupsOf(commands)
  .flatMap((group) => secondWordsOf(group, commands).map((word) => wordLine(`__ic_at ${group}`, word)))
  .join('\n')}
${commands.flatMap(commandLines).join('\n')}
`;
}

function wordLine(condition: string, [word, summary]: readonly [string, string]): string {
  return `complete -c ic -n ${quote(condition)} -a ${word} -d ${quote(summary)}`;
}

function commandLines({ name, flags, positionals }: CompletedCommand): readonly string[] {
  return [
    ...flags.map((flag) => flagLine(name, flag)),
    ...positionals.map(({ value, isVariadic }, index) => {
      const condition = isVariadic ? `__ic_in ${name}` : `__ic_nth ${index + 1} ${name}`;
      return `complete -c ic -n ${quote(condition)} ${action(value)}`;
    }),
  ];
}

function flagLine(command: string, { names, describe, value }: CompletedFlag): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes = value === null ? '' : ` -r ${action(value)}`;
  return `complete -c ic -n ${quote(`__ic_in ${command}`)} ${flags.join(' ')}${takes} -d ${quote(describe)}`;
}

function action(value: CompletedValue): string {
  switch (value.type) {
    case 'names':
      return `-f -a '(__ic_names ${value.family})'`;
    case 'words':
      return `-f -a ${quote(value.words.join(' '))}`;
    case 'list':
      return `-f -a ${quote(`(__fish_append , ${value.words.join(' ')})`)}`;
    case 'file':
      return '-F';
    case 'any':
      return '-f';
  }
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
