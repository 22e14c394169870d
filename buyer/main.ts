import { Command, CommanderError } from 'commander';
import { addBuying } from './buying-commands.ts';
import type { FetchOptions } from './commands/fetch.ts';
import type { KeygenOptions } from './commands/keygen.ts';
import type { ListOptions, SendOptions } from './commands/messages.ts';
import { addCompletion } from './completion-commands.ts';
import { EXIT, EXIT_CODES_HELP } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { addReading } from './reading-commands.ts';
import { contextOf, subcommand } from './subcommand.ts';
import { reportFailure } from './terminal/report-failure.ts';

const HELP = `
Examples:
  dazaar browse
  dazaar buy mauna-loa-co2 --plan hour
  dazaar pull mauna-loa-co2 --out co2.ndjson
  dazaar tail live-demo-sensor | jq .value
  dazaar export mauna-loa-co2 --format parquet --out co2.parquet

${EXIT_CODES_HELP}
`;
const KEYGEN_HELP = `
Examples:
  dazaar keygen
  dazaar keygen --words
`;
const BROWSE_HELP = `
Examples:
  dazaar browse
  dazaar browse --search 'weather -hourly'
  dazaar browse --tag climate --json | jq -r .listings[].slug
`;
const SHOW_HELP = `
Examples:
  dazaar show mauna-loa-co2
  dazaar show mauna-loa-co2 --json | jq .plans
`;
const FETCH_HELP = `
Every block is verified against the feed's key, as with pull; sealed ones are opened here. Only logs of blocks.

Examples:
  dazaar fetch mauna-loa-co2 --out co2.ndjson
  dazaar fetch mauna-loa-co2 --from 100 --to 200
`;
const CLAIM_HELP = `
The website shows a claim code when something was bought without a key. It is good once.

Examples:
  dazaar claim 7H4M-9Q0C-…
`;
const ROTATE_HELP = `
For a key that somebody else may have seen. Killed at any point and run again, it goes on with the same new key.

Examples:
  dazaar rotate
`;
const LINK_HELP = `
The code is good once, for ten minutes. Whoever types it into a browser can read there what your key bought.

Examples:
  dazaar link
`;
const IDENTITY_HELP = `
Whoever has the words has what was bought with them. They are printed by backup alone, and never logged.

Examples:
  dazaar keygen --words
  dazaar identity backup > words.txt
  dazaar identity restore --home elsewhere < words.txt
`;
const MIRROR_HELP = `
A mirror fetches what buyers of the feed pass on (pull --seed) and other mirrors have, verifies every block against the
feed's key, and serves it on until Ctrl-C. It needs no key and no access, and cannot read what it keeps.

Examples:
  dazaar mirror http://127.0.0.1:8470/v1/listings/live-demo-sensor/card
  dazaar mirror card.json
`;
const MESSAGES_HELP = `
Whoever has or had access to a listing can write to its seller, and is written to. Messages come from peer to peer; how
far you have read is kept in your home directory. With --json each is a line with listing, seq, name, body, isBroadcast
and sentAtMs.

Examples:
  dazaar messages
  dazaar messages mauna-loa-co2 --follow
  dazaar messages --all --name schema-change --json | jq .body
  dazaar messages send mauna-loa-co2 question 'Is March complete?'
  dazaar messages send card.json question 'And April?'
  echo '{"stars": 5}' | dazaar messages send mauna-loa-co2 review - --as json
`;

/**
 * The command `dazaar`: runs it and ends the process with its exit code.
 *
 * @param addMore adds commands that are no buyer's
 */
export async function main(
  argv: readonly string[],
  addMore: (program: Command) => void = () => {},
): Promise<never> {
  const program = createProgram();
  addMore(program);
  endWithReader(process.stdout);
  try {
    await program.parseAsync(argv);
    return await exit(EXIT.done);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exit(EXIT.done);
    // Nothing is wrong with a command that was called for its help.
    if (error instanceof CommanderError && error.code === 'commander.help') return exit(EXIT.usage);
    const failure = error instanceof CommanderError ? wrongUse(error, program, argv) : error;
    return exit(reportFailure(failure, argv.includes('--json'), process.stderr));
  }
}

function createProgram(): Command {
  const program = new Command('dazaar')
    .description('Buy and pull peer-to-peer data, paid over Lightning.')
    .option('--market <url>', 'the market to use (DAZAAR_MARKET, else http://127.0.0.1:8470)')
    .option('--home <dir>', 'where keys and blocks are kept (DAZAAR_HOME, else ~/.dazaar)')
    .option('--json', 'results as JSON, one object a line')
    .addHelpText('after', HELP)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  addKeygen(program);
  addIdentity(program);
  addBrowse(program);
  addShow(program);
  addBuying(program);
  addReading(program);
  addCompletion(program);
  addMirror(program);
  addFetch(program);
  addMessages(program);
  addClaim(program);
  addRotate(program);
  addLink(program);
  return program;
}

function addKeygen(program: Command): void {
  subcommand(program, 'keygen')
    .description('make your key; buy does it for you when there is none')
    .option('--words', 'twelve words that give another key at each market, and can be written down')
    .option('--force', 'replace a key; the old one is kept beside it')
    .addHelpText('after', KEYGEN_HELP)
    .action(async (options: KeygenOptions, command: Command) => {
      const { keygen } = await import('./commands/keygen.ts');
      await keygen(contextOf(command), options);
    });
}

function addIdentity(program: Command): void {
  const identity = subcommand(program, 'identity')
    .description('back up and restore your keys')
    .addHelpText('after', IDENTITY_HELP);
  subcommand(identity, 'backup')
    .description('print the words that your keys are made from')
    .addHelpText('after', IDENTITY_HELP)
    .action(async (_options: unknown, command: Command) => {
      const { backupIdentity } = await import('./commands/identity.ts');
      await backupIdentity(contextOf(command));
    });
  subcommand(identity, 'restore')
    .description('store the keys of a backup, read from the standard input')
    .addHelpText('after', IDENTITY_HELP)
    .action(async (_options: unknown, command: Command) => {
      const { restoreIdentity } = await import('./commands/identity.ts');
      await restoreIdentity(contextOf(command));
    });
}

function addBrowse(program: Command): void {
  subcommand(program, 'browse')
    .description('list what is on sale')
    .option('--search <text>', 'only what matches')
    .option('--tag <tag>', 'only what carries the tag')
    .addHelpText('after', BROWSE_HELP)
    .action(async (options: { search?: string; tag?: string }, command: Command) => {
      const { browse } = await import('./commands/browse.ts');
      await browse(contextOf(command), options);
    });
}

function addShow(program: Command): void {
  subcommand(program, 'show')
    .description('tell about a listing and its plans')
    .argument('<listing>')
    .addHelpText('after', SHOW_HELP)
    .action(async (slug: string, _options: unknown, command: Command) => {
      const { show } = await import('./commands/show.ts');
      await show(contextOf(command), slug);
    });
}

function addMirror(program: Command): void {
  subcommand(program, 'mirror')
    .description('keep a sealed feed and pass it on, without a key to read it')
    .argument('<card>', 'file or address of the listing’s card')
    .addHelpText('after', MIRROR_HELP)
    .action(async (source: string, _options: unknown, command: Command) => {
      const { mirror } = await import('./commands/mirror.ts');
      await mirror(contextOf(command), source);
    });
}

function addFetch(program: Command): void {
  subcommand(program, 'fetch')
    .description('fetch blocks over HTTP, verified, where pull reaches no peer')
    .argument('<listing>')
    .option('--from <block>', 'the first block wanted')
    .option('--to <block>', 'stop before this block')
    .option('--out <file>', 'write there instead of to the standard output')
    .option('--format <format>', 'ndjson: one block a line; raw: the bytes as they are', 'ndjson')
    .option('--gateway <url>', 'the gateway to use; else one that the market names')
    .addHelpText('after', FETCH_HELP)
    .action(async (slug: string, options: FetchOptions, command: Command) => {
      const { fetchOverHttp } = await import('./commands/fetch.ts');
      await fetchOverHttp(contextOf(command), slug, options);
    });
}

function addMessages(program: Command): void {
  const messages = subcommand(program, 'messages')
    .description('read what sellers write to you, and write to them')
    .addHelpText('after', MESSAGES_HELP);
  messages
    .command('list', { isDefault: true })
    .copyInheritedSettings(messages)
    .description('tell what came since the last time')
    .argument('[listing]', 'only about this one: its name; or a card, or a listing key')
    .option('--all', 'all that is kept, which is 30 days')
    .option('--follow', 'and what comes until Ctrl-C')
    .option('--name <name>', 'only messages of that name; none counts as read then')
    .addHelpText('after', MESSAGES_HELP)
    .action(async (slug: string | undefined, options: ListOptions, command: Command) => {
      const { listMessages } = await import('./commands/messages.ts');
      await listMessages(contextOf(command), slug, options);
    });
  subcommand(messages, 'send')
    .description('write to the seller of a listing')
    .argument('<listing>')
    .argument('<name>', 'what it is about, in one word')
    .argument('<body>', 'what you say; - for the standard input')
    .option('--as <type>', 'text or json', 'text')
    .addHelpText('after', MESSAGES_HELP)
    .action(
      async (slug: string, name: string, body: string, options: SendOptions, command: Command) => {
        const { sendMessage } = await import('./commands/messages.ts');
        await sendMessage(contextOf(command), slug, { name, body }, options);
      },
    );
}

function addClaim(program: Command): void {
  subcommand(program, 'claim')
    .description('move what was bought with a claim code to your key')
    .argument('<code>')
    .addHelpText('after', CLAIM_HELP)
    .action(async (code: string, _options: unknown, command: Command) => {
      const { claim } = await import('./commands/claim.ts');
      await claim(contextOf(command), code);
    });
}

function addRotate(program: Command): void {
  subcommand(program, 'rotate')
    .description('move your access to a new key; the old one is kept beside it')
    .addHelpText('after', ROTATE_HELP)
    .action(async (_options: unknown, command: Command) => {
      const { rotate } = await import('./commands/rotate.ts');
      await rotate(contextOf(command));
    });
}

function addLink(program: Command): void {
  subcommand(program, 'link')
    .description('get a code that shows a browser what your key bought')
    .addHelpText('after', LINK_HELP)
    .action(async (_options: unknown, command: Command) => {
      const { link } = await import('./commands/link.ts');
      await link(contextOf(command));
    });
}

/** Whoever reads our output may have heard enough, as `head` does: that is no failure. */
function endWithReader(stdout: NodeJS.WriteStream): void {
  stdout.on('error', (error) => {
    // What writes at its reader's pace ends in good order.
    if (stdout.listenerCount('error') > 1) return;
    if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
}

/** Commander's "error: unknown option …" as a failure of ours, which names the help of the command that was called. */
function wrongUse({ message }: CommanderError, program: Command, argv: readonly string[]): Failure {
  let called = program;
  let name = program.name();
  for (const word of argv.slice(2)) {
    const found = called.commands.find((command) => command.name() === word);
    if (!found) continue;
    called = found;
    name += ` ${word}`;
  }
  return new Failure(
    EXIT.usage,
    'usage',
    message.replace(/^error: |\.$/g, ''),
    `see ${name} --help`,
  );
}

/** Ends the process once everything is written: sockets of a wallet or a swarm must not hold it up. */
async function exit(code: number): Promise<never> {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writable || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => stream.write('', () => resolve()));
}
