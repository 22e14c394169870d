import { Writable } from 'node:stream';
import type { Context } from '../../buyer/context.ts';
import { duration, localTime, sat } from '../../buyer/terminal/amounts.ts';
import { table } from '../../buyer/terminal/table.ts';
import type { Balance } from '../../contract/payout.ts';
import type { GivenGrant, Sale } from '../../contract/sale.ts';
import { SellerClient } from '../seller-client.ts';
import { type TargetOptions, targetOf } from '../target.ts';
import { timeOfText } from '../time-text.ts';

/** What fits onto a screen: a file or a program gets all. */
const SHOWN = 20;

export interface SalesOptions extends TargetOptions {
  since?: string;
  csv?: boolean;
}

/** Tells what was sold, who has access, and what was earned. */
export async function sales(
  context: Context,
  listing: string | undefined,
  options: SalesOptions,
): Promise<void> {
  const query = { listing, fromMs: since(options) };
  const client = new SellerClient(await targetOf(context, options));
  if (options.csv) return writeCsv(client, query);
  const { console } = context;
  if (console.json) {
    for await (const sale of client.sales(query)) console.data({ sale });
    for await (const grant of client.grants({ listing })) console.data({ grant });
    console.data({ balance: await client.balance() });
    return;
  }
  await showSales(context, client, query);
  await showGrants(context, client, listing);
  console.line(balanceLine(await client.balance()));
}

async function writeCsv(client: SellerClient, query: Parameters<SellerClient['salesCsv']>[0]) {
  const csv = await client.salesCsv(query);
  await csv.pipeTo(Writable.toWeb(process.stdout), { preventClose: true });
}

async function showSales(
  { console }: Context,
  client: SellerClient,
  query: { listing: string | undefined; fromMs: number | undefined },
): Promise<void> {
  const paid = await first(client.sales(query), ({ state }) => state === 'paid');
  if (paid.shown.length === 0) return console.line('Nothing was sold yet.\n');
  const columns = [
    { title: 'PAID' },
    { title: 'LISTING' },
    { title: 'PLAN' },
    { title: 'SAT', align: 'right' as const },
    { title: 'BUYER' },
  ];
  console.line(table(columns, paid.shown.map(saleRow), console.width, console.style.bold));
  console.line(paid.hasMore ? '… and more: see --csv\n' : '');
}

async function showGrants(
  { console }: Context,
  client: SellerClient,
  listing: string | undefined,
): Promise<void> {
  const live = await first(client.grants({ listing }), ({ state }) => state === 'live');
  if (live.shown.length === 0) return;
  const columns = [{ title: 'HAS ACCESS' }, { title: 'LISTING' }, { title: 'TIME LEFT' }];
  console.line(table(columns, live.shown.map(grantRow), console.width, console.style.bold));
  console.line(live.hasMore ? '… and more: see --json\n' : '');
}

function saleRow({ paidAtMs, listing, plan, quantity, creditedMsat, buyerKey }: Sale): string[] {
  const what = quantity === 1 ? plan : `${plan} × ${quantity}`;
  const amount = sat(BigInt(creditedMsat)).replace(' sat', '');
  return [paidAtMs === null ? '' : localTime(paidAtMs), listing, what, amount, buyerKey];
}

const grantRow = ({ buyerKey, listing, leftMs }: GivenGrant): string[] => [
  buyerKey,
  listing,
  leftMs === null ? 'for ever' : duration(leftMs),
];

function balanceLine({ availableMsat, lockedMsat, paidOutMsat }: Balance): string {
  const [available, locked, paidOut] = [availableMsat, lockedMsat, paidOutMsat].map(BigInt);
  const earned = available! + locked! + paidOut!;
  return paidOut === 0n && locked === 0n
    ? `Earned ${sat(earned)}.`
    : `Earned ${sat(earned)}, of which ${sat(available!)} can be paid out.`;
}

async function first<T>(
  all: AsyncGenerator<T>,
  isWanted: (item: T) => boolean,
): Promise<{ shown: T[]; hasMore: boolean }> {
  const shown: T[] = [];
  for await (const item of all) {
    if (!isWanted(item)) continue;
    if (shown.length === SHOWN) return { shown, hasMore: true };
    shown.push(item);
  }
  return { shown, hasMore: false };
}

const since = ({ since: text }: SalesOptions) =>
  text === undefined ? undefined : timeOfText('--since', text, 'ago');
