import type { Command } from 'commander';
import type { BuyOptions } from './commands/buy.ts';
import type { RenewCommandOptions } from './commands/renew.ts';
import { contextOf, subcommand } from './subcommand.ts';

const WALLETS =
  'sandbox, print, lnd:HOST:PORT?cert=PATH&macaroon=PATH, or nwc:FILE (nwc alone: DAZAAR_NWC)';
const BUY_HELP = `
The invoice is checked before it is paid: amount, payment hash and network must be what was ordered. A buy that was
killed goes on with the same order when it is run again. What a card or a key names is bought from the market's seeders,
peer to peer; the key is that of the feed's first core, and who sells it has to prove that he may.

Examples:
  dazaar buy mauna-loa-co2 --plan hour --quantity 2
  dazaar buy mauna-loa-co2 --plan day --wallet print
  dazaar buy mauna-loa-co2 --plan day \\
      --wallet 'lnd:localhost:10009?cert=~/.lnd/tls.cert&macaroon=~/.lnd/pay.macaroon'
  dazaar buy mauna-loa-co2 --plan day --wallet nwc:~/.dazaar/wallet.nwc
  dazaar buy card.json --plan day
  dazaar buy https://market.example/v1/listings/tides/card --plan day
  dazaar buy 2d8c61d0c3f8b1d2a9b5a3b0b5f2a86a8ef0f7a3c3d3d1a7f8b2d5c9e1f00a11 --plan day
`;
const RENEW_HELP = `
With --watch the next period is bought shortly before the last one ends, for no more than --budget in all, or in each
--per hours. What was spent is kept in your home directory: stopped or killed and started again, it goes on counting.

Examples:
  dazaar renew mauna-loa-co2 --plan day
  dazaar renew mauna-loa-co2 --plan hour --watch --budget 500
  dazaar renew mauna-loa-co2 --plan hour --watch --budget 100 --per 24 --wallet nwc:~/.dazaar/wallet.nwc
`;
const STATUS_HELP = `
Tells of what was bought from the market and of what was bought by card or key, as the seeders say.

Examples:
  dazaar status
  dazaar status mauna-loa-co2 --json
`;

/** The commands of whoever pays: buy, renew and status. */
export function addBuying(program: Command): void {
  addBuy(program);
  addRenew(program);
  addStatus(program);
}

function addBuy(program: Command): void {
  subcommand(program, 'buy')
    .description('buy access to a listing')
    .argument('<listing>', 'a listing of the market, or a card (file or address), or a listing key')
    .option('--plan <name>', 'one of the plans that show lists; not needed where there is one')
    .option('--quantity <n>', 'how many periods of it', '1')
    .option('--wallet <wallet>', WALLETS, 'sandbox')
    .option('--max-fee <sat>', 'the most to pay for routing (default: 5 %, at least 10 sat)')
    .option('--accept-terms <hash>', 'the terms of use that you accept')
    .option('--bootstrap <nodes>', 'of a private DHT, for a card or key: host:port,host:port')
    .addHelpText('after', BUY_HELP)
    .action(async (slug: string, options: BuyOptions, command: Command) => {
      const { buy } = await import('./commands/buy.ts');
      await buy(contextOf(command), slug, options);
    });
}

function addRenew(program: Command): void {
  subcommand(program, 'renew')
    .description('buy more of what you bought, once or again and again')
    .argument('<listing>', 'what you bought, by its name; or a card, or a listing key')
    .option('--plan <name>', 'one of the plans on the card; its only time plan unless said')
    .option('--quantity <n>', 'how many periods of it', '1')
    .option('--wallet <wallet>', WALLETS, 'sandbox')
    .option('--accept-terms <hash>', 'the terms of use that you accept')
    .option('--watch', 'renew shortly before each end, until Ctrl-C')
    .option('--budget <sat>', 'the most to spend with --watch')
    .option('--per <hours>', 'within so many hours; for all time unless said')
    .option('--bootstrap <nodes>', 'of a private DHT: host:port,host:port')
    .addHelpText('after', RENEW_HELP)
    .action(async (what: string, options: RenewCommandOptions, command: Command) => {
      const { renew } = await import('./commands/renew.ts');
      await renew(contextOf(command), what, options);
    });
}

function addStatus(program: Command): void {
  subcommand(program, 'status')
    .description('tell how long your access lasts')
    .argument('[listing]')
    .addHelpText('after', STATUS_HELP)
    .action(async (slug: string | undefined, _options: unknown, command: Command) => {
      const { status } = await import('./commands/status.ts');
      await status(contextOf(command), slug);
    });
}
