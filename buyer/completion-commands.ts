import { Argument, type Command } from 'commander';
import { SCRIPTS, SHELLS, type Shell } from './completion/scripts.ts';
import { contextOf, subcommand } from './subcommand.ts';

const HELP = `
Examples:
  echo 'source <(dazaar completion bash)' >> ~/.bashrc
  echo 'source <(dazaar completion zsh)' >> ~/.zshrc
  dazaar completion fish > ~/.config/fish/completions/dazaar.fish
`;

/** Completion by the shell, and what it asks. */
export function addCompletion(program: Command): void {
  subcommand(program, 'completion')
    .description('print what makes your shell complete commands, options and listings')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell]);
    });
  program
    .command('complete', { hidden: true })
    .copyInheritedSettings(program)
    .argument('[words...]')
    .action(async (words: string[], _options: unknown, command: Command) => {
      const { complete } = await import('./commands/complete.ts');
      await complete(contextOf(command), program, words);
    });
}
