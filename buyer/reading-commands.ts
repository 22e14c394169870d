import { type Command, Option } from 'commander';
import type { ExportOptions } from './commands/export.ts';
import type { GetOptions } from './commands/get.ts';
import type { LsOptions } from './commands/ls.ts';
import type { PullOptions } from './commands/pull.ts';
import type { TailOptions } from './commands/tail.ts';
import { contextOf, subcommand } from './subcommand.ts';

const PULL_HELP = `
A feed of blocks comes as a line each, numbered from 0; with --out, pulling again goes on where the file ends; a note of
that is kept in FILE.dazaar. A table by key comes as {"key": …, "value": …}, in the order of the keys, as it is now; it
replaces the file of an earlier pull when it is whole. Files are written into a directory, and only those that are new or
changed. Whatever was interrupted, run it again to go on. Progress is shown on a terminal only.

Examples:
  dazaar pull mauna-loa-co2 --out co2.ndjson
  dazaar pull mauna-loa-co2 --from 100 --to 200
  dazaar pull live-demo-sensor --live --out live.ndjson
  dazaar pull sea-charts --out charts/
`;
const TAIL_HELP = `
Of a table or of files it shows the changes: {"seq": …, "type": "put", "key": …, "value": …}, or "del".

Examples:
  dazaar tail live-demo-sensor
  dazaar tail live-demo-sensor --last 100 --no-follow | jq .value
`;
const EXPORT_HELP = `
The columns of CSV and Parquet are what the listing's block schema declares, with their types; without any it is one column,
value, of JSON. A table by key has its keys in the first column. The file is there once it is whole. What was interrupted
goes on when it is run again; a Parquet file is begun anew.

Examples:
  dazaar export mauna-loa-co2 --format parquet --out co2.parquet
  dazaar export seattle-weather --format csv --out first.csv --to 100
`;
const LS_HELP = `
Only what the list takes is fetched. Keys are ordered by their bytes.

Examples:
  dazaar ls sea-charts
  dazaar ls sea-charts /baltic --recursive
  dazaar ls stations --prefix berlin/
  dazaar ls stations --gte 2026 --lt 2027 --json
`;
const GET_HELP = `
Examples:
  dazaar get sea-charts /baltic/readme.txt
  dazaar get sea-charts /baltic/chart.tif --out chart.tif
  dazaar get stations berlin/tegel
  dazaar get mauna-loa-co2 0
`;

const FORMATS = ['ndjson', 'raw'];
const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'];

/** The commands that read what was bought. */
export function addReading(program: Command): void {
  addPull(program);
  addTail(program);
  addLs(program);
  addGet(program);
  addExport(program);
}

function addPull(program: Command): void {
  subcommand(program, 'pull')
    .description('fetch all of a listing that you have access to')
    .argument('<listing>', 'its name; or its card, as a file or an address, or its key')
    .option('--from <block>', 'the first block wanted')
    .option('--to <block>', 'stop before this block')
    .option('--live', 'follow new blocks until access ends or Ctrl-C')
    .option(
      '--out <file>',
      'write there instead of to the standard output; of files, the directory',
    )
    .addOption(
      formatOption('ndjson: one block a line; raw: the bytes as they are', FORMATS).default(
        'ndjson',
      ),
    )
    .option('--overwrite', 'start the file anew')
    .option('--seed', 'pass a sealed feed on to other buyers, until Ctrl-C')
    .addHelpText('after', PULL_HELP)
    .action(async (name: string, options: PullOptions, command: Command) => {
      const { pull } = await import('./commands/pull.ts');
      await pull(contextOf(command), name, options);
    });
}

function addTail(program: Command): void {
  subcommand(program, 'tail')
    .description('show the newest of a listing and follow what comes')
    .argument('<listing>')
    .option('--last <n>', 'how many to begin with', '10')
    .option('--no-follow', 'end with the newest')
    .addOption(
      formatOption('ndjson: one block a line; raw: the bytes as they are', FORMATS).default(
        'ndjson',
      ),
    )
    .addHelpText('after', TAIL_HELP)
    .action(async (name: string, options: TailOptions, command: Command) => {
      const { tail } = await import('./commands/tail.ts');
      await tail(contextOf(command), name, options);
    });
}

function addLs(program: Command): void {
  subcommand(program, 'ls')
    .description('list the files or the entries of a listing')
    .argument('<listing>')
    .argument('[folder]', 'of files: the folder, or a file')
    .option('--recursive', 'all files below the folder')
    .option('--prefix <text>', 'entries whose keys begin so')
    .option('--gt <key>', 'entries behind this key')
    .option('--gte <key>', 'entries from this key on')
    .option('--lt <key>', 'entries ahead of this key')
    .option('--lte <key>', 'entries up to this key')
    .option('--reverse', 'entries from the last one on')
    .option('--limit <n>', 'no more than these')
    .addHelpText('after', LS_HELP)
    .action(
      async (name: string, folder: string | undefined, options: LsOptions, command: Command) => {
        const { ls } = await import('./commands/ls.ts');
        await ls(contextOf(command), name, folder, options);
      },
    );
}

function addGet(program: Command): void {
  subcommand(program, 'get')
    .description('fetch one file, the value of one key, or one block')
    .argument('<listing>')
    .argument('<what>', 'a path, a key, or the number of a block')
    .option('--out <file>', 'write there instead of to the standard output')
    .option('--overwrite', 'replace the file')
    .addHelpText('after', GET_HELP)
    .action(async (name: string, what: string, options: GetOptions, command: Command) => {
      const { get } = await import('./commands/get.ts');
      await get(contextOf(command), name, what, options);
    });
}

function addExport(program: Command): void {
  subcommand(program, 'export')
    .description('write a listing as a table: CSV, NDJSON or Parquet')
    .argument('<listing>')
    .addOption(formatOption('how the table is written', EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--out <file>', 'the file to write')
    .option('--from <block>', 'the first block wanted')
    .option('--to <block>', 'stop before this block')
    .option('--overwrite', 'replace the file')
    .addHelpText('after', EXPORT_HELP)
    .action(async (name: string, options: ExportOptions, command: Command) => {
      const { exportFeed } = await import('./commands/export.ts');
      await exportFeed(contextOf(command), name, options);
    });
}

// For help and completion: what is none of them is refused by the command, in its own words.
function formatOption(description: string, choices: string[]): Option {
  const option = new Option('--format <format>', description);
  option.argChoices = choices;
  return option;
}
