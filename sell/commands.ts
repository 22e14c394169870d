import type { Command } from 'commander';
import { type Context, contextFrom } from '../buyer/context.ts';
import type { AppendOptions } from './commands/append.ts';
import type { CheckOptions, MakeOptions, SignOptions } from './commands/card.ts';
import type { InboxOptions, WriteOptions } from './commands/inbox.ts';
import type { SalesOptions } from './commands/sales.ts';
import type { HandOverOptions, ShowOptions } from './commands/seal.ts';
import type { SellOptions } from './commands/sell.ts';

const SELL_HELP = `
Opens a shop: a market of one seller on your own disk, with a database, a seeder and your own LND, or the sandbox when no
node is named. Buyers come over the swarm; nobody else reaches its server. Without --title or --slug, FILE is a listing
in JSON, or a list of them. Data files are appended as far as they are new: NDJSON, CSV, JSON, or else as bytes. Stopped
in any way and started again, it goes on with the same keys, listings and grants.

Plans: NAME=PRICE/PERIOD sells whole periods, NAME=PRICE access without an end. A price is 100sat, 1500msat, 0.99EUR or
free; a period 20s, 5min, 1h or 30d.

Examples:
  dazaar sell --title 'Garden thermometer' --plan hour=50sat/1h --plan forever=2000sat garden.ndjson
  dazaar sell --title 'Maps' --kind hyperdrive --plan all=5000sat --lnd localhost:10009 \\
      --cert ~/.lnd/tls.cert --macaroon ~/.lnd/market.macaroon maps/
  dazaar sell listing.json
  dazaar sell --list-on https://market.example
  dazaar sell
`;
const APPEND_HELP = `
To your own shop, or with --market or DAZAAR_MARKET to a market, with the API key in DAZAAR_API_KEY. A file is appended as
far as it is new, each block once, whatever was killed before; a stream as it comes. A stream that is the same from its
start each time is given a --name, and is gone on with likewise. --watch follows a folder: new lines of growing files, and
new files; of a Hyperdrive, files that change are put.

Examples:
  dazaar append garden-thermometer garden.ndjson
  sensor | dazaar append garden-thermometer
  dazaar append garden-thermometer --watch readings/
`;

const SALES_HELP = `
Of your own shop, or with --market or DAZAAR_MARKET of a market, with the API key in DAZAAR_API_KEY.

Examples:
  dazaar sales
  dazaar sales garden-thermometer --since 7d
  dazaar sales --csv > sales.csv
`;
const CARD_HELP = `
A card tells the world what is sold, for how much, and where: it is all that a buyer needs. make asks your shop, or with
--market a market, for the card of a listing, which it signs as the listing is now. sign takes a card from a file, such as
one whose name or contact you have changed, and signs it with your shop's key: it asks nobody, so that the shop may be
closed. check ends with 5 when a card is not good, and with 6 when it is but none of its seeders is reachable.

Examples:
  dazaar card make garden-thermometer --out garden.json
  dazaar card check garden.json --live
  dazaar card sign changed.json --out garden.json
`;
const SEAL_HELP = `
Of sealed feeds that you write on a machine of your own, with a root that stays there: the market opens the times that you
hand over, and no others. Times are 2027-01-31, 2027-01-31T12:00Z, or how far away: 30d, 12h, 30min. Needs --market or
DAZAAR_MARKET, and the API key in DAZAAR_API_KEY. show ends with 5 when the keys that the market has end soon, or are wrong.

Examples:
  dazaar seal root readings.root
  dazaar seal hand-over readings --root readings.root --from 2d --until 30d
  dazaar seal show
  dazaar seal show readings --within 7d
`;
const INBOX_HELP = `
Of your own shop, or with --market or DAZAAR_MARKET of a market, with the API key in DAZAAR_API_KEY. What is for a buyer
reaches him when he connects, within 30 days; what is for all reaches those who have access when it is sent.

Examples:
  dazaar inbox
  dazaar inbox garden-thermometer --all --json
  dazaar inbox --seen
  dazaar inbox send garden-thermometer question 'It is complete.' --to 3f9c…
  dazaar inbox send garden-thermometer schema-change '{"added": ["snow"]}' --as json --to-all
`;

/** Adds the seller's commands to the program. */
export function addSellerCommands(program: Command): void {
  program.description('Buy and sell peer-to-peer data, paid over Lightning.');
  addSell(program);
  addAppend(program);
  addSales(program);
  addCard(program);
  addInbox(program);
  addSeal(program);
}

function addSell(program: Command): void {
  subcommand(program, 'sell')
    .description('open a shop of your own, and put data on sale there')
    .argument('[files...]', 'a listing, or its data')
    .option('--title <text>', 'what the data is called')
    .option('--slug <name>', 'its name in commands (default: made of the title)')
    .option('--plan <plan>', 'what access costs; several times for several plans', several)
    .option('--kind <kind>', 'hypercore, hyperbee or hyperdrive (default: hypercore)')
    .option('--sealed', 'encrypt it too, so that buyers may pass it on to each other')
    .option('--unique', 'let each buyer’s copy bear the key of that buyer')
    .option('--description <markdown>', 'what it is')
    .option('--licence <licence>', 'of the data (default: All rights reserved)')
    .option('--terms <file>', 'terms of use that buyers accept')
    .option('--tag <tag>', 'several times for several tags', several)
    .option('--preview <n>', 'how many blocks anybody may see')
    .option('--name <name>', 'who sells, as buyers see it')
    .option('--shop <dir>', 'where the shop lies (default: ~/.dazaar/shop)')
    .option('--lnd <host:port>', 'your LND (LND_SOCKET)')
    .option('--cert <file>', 'its certificate (LND_CERT)')
    .option('--macaroon <file>', 'its macaroon (LND_MACAROON)')
    .option('--bootstrap <nodes>', 'host:port,… of a private DHT (DHT_BOOTSTRAP)')
    .option('--list-on <url>', 'a market that lists all of it too, while the shop is open')
    .option('--api-key <key>', 'yours at that market (DAZAAR_API_KEY)')
    .addHelpText('after', SELL_HELP)
    .action(async (files: string[], options: SellOptions, command: Command) => {
      const { sell } = await import('./commands/sell.ts');
      await sell(contextOf(command), files, options);
    });
}

function addAppend(program: Command): void {
  subcommand(program, 'append')
    .description('append to a listing of yours')
    .argument('<listing>')
    .argument('[file]', 'a file, or - for the standard input')
    .option(
      '--format <format>',
      'ndjson, csv, json or raw (default: by the name; of a stream ndjson)',
    )
    .option('--watch <dir>', 'follow a folder until Ctrl-C')
    .option('--name <name>', 'of a stream that is the same from its start each time')
    .option('--anew', 'append a file from its start, although it was appended before')
    .option('--shop <dir>', 'where your shop lies (default: ~/.dazaar/shop)')
    .addHelpText('after', APPEND_HELP)
    .action(async (slug: string, file: string | undefined, _: unknown, command: Command) => {
      const { append } = await import('./commands/append.ts');
      await append(contextOf(command), { slug, file }, command.optsWithGlobals<AppendOptions>());
    });
}

function addSales(program: Command): void {
  subcommand(program, 'sales')
    .description('tell what you sold, who has access, and what you earned')
    .argument('[listing]')
    .option('--since <time>', 'sales from then on: 2027-01-31, 7d, 12h, 30min')
    .option('--csv', 'all orders as a table to keep')
    .option('--shop <dir>', 'where your shop lies (default: ~/.dazaar/shop)')
    .addHelpText('after', SALES_HELP)
    .action(async (slug: string | undefined, _: unknown, command: Command) => {
      const { sales } = await import('./commands/sales.ts');
      await sales(contextOf(command), slug, command.optsWithGlobals<SalesOptions>());
    });
}

function addCard(program: Command): void {
  const card = subcommand(program, 'card')
    .description('make, check or sign a Dazaar card')
    .addHelpText('after', CARD_HELP);
  subcommand(card, 'make')
    .description('write the signed card of a listing in your shop or on a market, as it is now')
    .argument('<listing>')
    .option('--out <file>', 'write there instead of to the standard output')
    .option('--shop <dir>', 'where your shop lies (default: ~/.dazaar/shop)')
    .addHelpText('after', CARD_HELP)
    .action(async (slug: string, _: unknown, command: Command) => {
      const { makeCard } = await import('./commands/card.ts');
      await makeCard(contextOf(command), slug, command.optsWithGlobals<MakeOptions>());
    });
  subcommand(card, 'check')
    .description('say what is wrong with a card')
    .argument('<card>', 'a file, or - for the standard input')
    .option('--key <hex>', 'the market that must have signed it')
    .option('--live', 'also ask its seeders whether they speak for its market')
    .addHelpText('after', CARD_HELP)
    .action(async (file: string, options: CheckOptions, command: Command) => {
      const { check } = await import('./commands/card.ts');
      await check(contextOf(command), file, options);
    });
  subcommand(card, 'sign')
    .description('sign a card from a file with the key of your shop, asking nobody')
    .argument('<card>', 'a file, or - for the standard input')
    .option('--key <file>', 'the seed of the keys that sign (default: that of your shop)')
    .option('--out <file>', 'write there instead of to the standard output')
    .option('--shop <dir>', 'where your shop lies (default: ~/.dazaar/shop)')
    .addHelpText('after', CARD_HELP)
    .action(async (file: string, _: unknown, command: Command) => {
      const { sign } = await import('./commands/card.ts');
      await sign(contextOf(command), file, command.optsWithGlobals<SignOptions>());
    });
}

function addInbox(program: Command): void {
  const box = subcommand(program, 'inbox')
    .description('read what buyers write to you, and write to them')
    .addHelpText('after', INBOX_HELP);
  box
    .command('list', { isDefault: true })
    .copyInheritedSettings(box)
    .description('tell what you have not seen yet')
    .argument('[listing]', 'only about this one')
    .option('--all', 'all that was said, which is kept for 30 days')
    .option('--seen', 'from now on it counts as seen')
    .option('--buyer <key>', 'only what was said with this buyer')
    .option('--name <name>', 'only messages of that name')
    .option('--shop <dir>', 'where your shop lies (default: ~/.dazaar/shop)')
    .addHelpText('after', INBOX_HELP)
    .action(async (slug: string | undefined, _: unknown, command: Command) => {
      const { inbox } = await import('./commands/inbox.ts');
      await inbox(contextOf(command), slug, command.optsWithGlobals<InboxOptions>());
    });
  subcommand(box, 'send')
    .description('write to a buyer of a listing, or to all of them')
    .argument('<listing>')
    .argument('<name>', 'what it is about, in one word')
    .argument('<body>', 'what you say; - for the standard input')
    .option('--to <key>', 'the buyer')
    .option('--to-all', 'all that have access')
    .option('--as <type>', 'text or json', 'text')
    .option('--shop <dir>', 'where your shop lies (default: ~/.dazaar/shop)')
    .addHelpText('after', INBOX_HELP)
    .action(async (slug: string, name: string, body: string, _: unknown, command: Command) => {
      const { writeToBuyers } = await import('./commands/inbox.ts');
      const options = command.optsWithGlobals<WriteOptions>();
      await writeToBuyers(contextOf(command), slug, { name, body }, options);
    });
}

function addSeal(program: Command): void {
  const seal = subcommand(program, 'seal')
    .description('seal feeds of your own, and tell a market what it may open')
    .addHelpText('after', SEAL_HELP);
  subcommand(seal, 'root')
    .description('make the secret that the keys of your sealed feeds follow from')
    .argument('<file>', 'where it is kept')
    .action(async (file: string, _: unknown, command: Command) => {
      const { root } = await import('./commands/seal.ts');
      await root(contextOf(command), file);
    });
  subcommand(seal, 'hand-over')
    .description('let a market open what you seal in some time')
    .argument('<listing>')
    .requiredOption('--root <file>', 'the secret that it is sealed with')
    .requiredOption('--until <time>', 'up to then')
    .option('--from <time>', 'from then on (default: from where it can already, or from now)')
    .option('--name <name>', 'of the feed, as it is sealed with (default: that of the listing)')
    .addHelpText('after', SEAL_HELP)
    .action(async (slug: string, _: unknown, command: Command) => {
      const { handOver } = await import('./commands/seal.ts');
      await handOver(contextOf(command), slug, command.optsWithGlobals<HandOverOptions>());
    });
  subcommand(seal, 'show')
    .description('tell what a market can open, and until when')
    .argument('[listing]')
    .option('--within <time>', 'how far ahead it must be able to', '1d')
    .addHelpText('after', SEAL_HELP)
    .action(async (slug: string | undefined, _: unknown, command: Command) => {
      const { show } = await import('./commands/seal.ts');
      await show(contextOf(command), slug, command.optsWithGlobals<ShowOptions>());
    });
}

const several = (value: string, before: string[] = []) => [...before, value];

const subcommand = (program: Command, name: string) =>
  program.command(name).copyInheritedSettings(program);

const contextOf = (command: Command): Context => contextFrom(command.optsWithGlobals());
