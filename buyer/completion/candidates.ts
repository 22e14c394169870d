import type { Command, Option } from 'commander';

/** What may stand in place of the last word. Of files nothing is said: the shell knows them. */
export async function candidates(
  program: Command,
  words: readonly string[],
  readListings: () => Promise<string[]>,
): Promise<string[]> {
  const typed = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const { command, given, open } = walk(program, typed);
  const all = open
    ? (open.argChoices ?? [])
    : last.startsWith('-')
      ? optionsOf(command)
      : await argumentsOf(command, given, readListings);
  return all.filter((each) => each.startsWith(last));
}

interface Place {
  command: Command;
  /** How many arguments of the command stand there already. */
  given: number;
  /** The option whose value comes next. */
  open: Option | null;
}

function walk(program: Command, typed: readonly string[]): Place {
  const place: Place = { command: program, given: 0, open: null };
  for (const word of typed) {
    if (place.open) place.open = null;
    else if (word.startsWith('-')) place.open = valueOption(place.command, word);
    else {
      const below = place.command.commands.find((each) => each.name() === word);
      if (below && place.given === 0) place.command = below;
      else place.given += 1;
    }
  }
  return place;
}

function valueOption(command: Command, word: string): Option | null {
  const option = allOptions(command).find(({ long, short }) => word === long || word === short);
  return option && (option.required || option.optional) ? option : null;
}

function optionsOf(command: Command): string[] {
  const shown = allOptions(command).filter(({ hidden }) => !hidden);
  return [...shown.flatMap(({ long }) => long ?? []), '--help'];
}

function allOptions(command: Command): Option[] {
  return [...command.options, ...(command.parent ? allOptions(command.parent) : [])];
}

async function argumentsOf(
  command: Command,
  given: number,
  readListings: () => Promise<string[]>,
): Promise<string[]> {
  const below = command.createHelp().visibleCommands(command);
  if (below.length > 0 && given === 0) return below.map((each) => each.name());
  const argument = command.registeredArguments[given];
  if (argument?.argChoices) return argument.argChoices;
  return argument?.name() === 'listing' ? readListings() : [];
}
