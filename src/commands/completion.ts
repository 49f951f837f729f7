import type { Command } from './command.ts';

export const completion: Command = {
  name: 'completion',
  summary: 'print a script that completes ic’s command lines in a shell',
  description:
    'The script completes commands, flags and their values, and asks ic for the names of transfers, sites and ' +
    'destinations: those of the configuration that the command line names, or that ic would find.',
  positionals: [
    {
      name: 'SHELL',
      describe: 'which shell the script is for',
      required: false,
      variadic: false,
      choices: ['bash', 'zsh', 'fish', 'powershell'],
    },
  ],
  options: {
    names: {
      type: 'string',
      placeholder: 'FAMILY',
      choices: ['transfer', 'site', 'destination'],
      describe: 'print the names of the configuration, one a line, for a script',
      hidden: true,
    },
  },
  examples: [
    ['ic completion bash | sudo tee /etc/bash_completion.d/ic', 'bash, for everybody'],
    ['echo \'eval "$(ic completion bash)"\' >> ~/.bashrc', 'bash, for you'],
    ['ic completion zsh > ~/.zfunc/_ic', 'zsh, in a directory of $fpath'],
    ['ic completion fish > ~/.config/fish/completions/ic.fish', 'fish'],
    ['ic completion powershell >> $PROFILE', 'PowerShell'],
  ],
  load: async () => (await import('./completion-body.ts')).completionBody,
};
