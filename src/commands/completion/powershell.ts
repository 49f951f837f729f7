import {
  type CompletedCommand,
  type CompletedValue,
  type CompletionModel,
  firstWordsOf,
  groupsOf,
  secondWordsOf,
} from './model.ts';

/** For Windows PowerShell 5.1 and PowerShell 7. */
export function renderPowerShell({ commands }: CompletionModel): string {
  return `# Completes ic in PowerShell; written by ic completion powershell.

Register-ArgumentCompleter -Native -CommandName ic, ic.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @{
        '' = ${table(firstWordsOf(commands))}
${groupsOf(commands)
  .map((group) => `        ${quote(group)} = ${table(secondWordsOf(group, commands))}`)
  .join('\n')}
    }
    $flags = @{
${commands.map(({ name, flags }) => `        ${quote(name)} = ${table(flags.flatMap(described))}`).join('\n')}
    }
    # What a flag, or a positional by its number, takes: names:FAMILY, words:..., list:..., file or any.
    $values = @{
${commands.flatMap(valueLines).join('\n')}
    }

    $command = ''
    $flag = ''
    $number = 0
    $config = @()
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or ($wordToComplete -eq '' -and $_.Extent.EndOffset -le $cursorPosition) })
    foreach ($element in $before) {
        $word = $element.ToString().Trim("'", '"')
        if ($flag -ne '') {
            if ($flag -in '--config', '-c') { $config = @('--config', $word) }
            $flag = ''
        } elseif ($word.StartsWith('-')) {
            if ($values.ContainsKey("$command $word")) { $flag = $word }
            elseif ($word -in '--config', '-c') { $flag = $word }
        } elseif ($flags.ContainsKey($command)) {
            $number++
        } else {
            $command = "$command $word".Trim()
        }
    }

    function Complete([string] $kind) {
        $type, $rest = $kind.Split(':', 2)
        switch ($type) {
            'names' { & $commandAst.CommandElements[0].ToString() completion --names $rest @config 2>$null | ForEach-Object { @{ t = $_; d = $_ } } }
            'words' { $rest.Split(' ') | ForEach-Object { @{ t = $_; d = $_ } } }
            'list' {
                $done = if ($wordToComplete.Contains(',')) { $wordToComplete.Substring(0, $wordToComplete.LastIndexOf(',') + 1) } else { '' }
                $rest.Split(' ') | ForEach-Object { @{ t = "$done$_"; d = $_ } }
            }
        }
    }

    $found = if ($flag -ne '') { Complete $values["$command $flag"] }
    elseif ($wordToComplete.StartsWith('-')) { $flags[$command] }
    elseif ($words.ContainsKey($command)) { $words[$command] }
    elseif ($values.ContainsKey("$command $number")) { Complete $values["$command $number"] }
    else { Complete $values["$command *"] }
    $found | Where-Object { $_ -and $_.t.StartsWith($wordToComplete) } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_.t, $_.t, 'ParameterValue', $_.d)
    }
}
`;
}

function valueLines({ name, flags, positionals }: CompletedCommand): readonly string[] {
  const ofFlags = flags.flatMap(({ names, value }) =>
    value === null ? [] : names.map((flag) => [flag, value] as const),
  );
  const ofPositionals = positionals.map(
    ({ value, isVariadic }, index) => [isVariadic ? '*' : String(index), value] as const,
  );
  return [...ofFlags, ...ofPositionals].map(
    ([key, value]) => `        ${quote(`${name} ${key}`)} = ${quote(kindOf(value))}`,
  );
}

function described({ names, describe }: CompletedCommand['flags'][number]) {
  return names.map((name) => [name, describe] as const);
}

function kindOf(value: CompletedValue): string {
  switch (value.type) {
    case 'names':
      return `names:${value.family}`;
    case 'words':
    case 'list':
      return `${value.type}:${value.words.join(' ')}`;
    default:
      return value.type;
  }
}

function table(words: readonly (readonly [string, string])[]): string {
  return `@(${words.map(([word, summary]) => `@{ t = ${quote(word)}; d = ${quote(summary)} }`).join(', ')})`;
}

/** PowerShell 5.1 reads a profile as ANSI text, and takes typographic quotes for quotes. */
function quote(text: string): string {
  const ascii = text.replace(/[‘’]/g, "'").replace(/[^\x20-\x7e]/g, '-');
  return `'${ascii.replaceAll("'", "''")}'`;
}
