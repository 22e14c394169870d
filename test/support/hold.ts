import assert from 'node:assert/strict';
import { join } from 'node:path';
import { getChannelBalance } from 'ln-service';
import type { Order } from '../../contract/index.ts';
import type { Lightning, NodeInvoice, PaymentResult } from '../../ports/lightning.ts';
import type { Invoice } from '../../prisma/client/client.ts';
import { type Seeder, startSeeder } from '../../seeder/seeder.ts';
import type { TestMarket } from './market.ts';
import { openPayee } from './payee.ts';
import { listFeed, type ShopListing } from './shop.ts';
import { until } from './until.ts';

export const HELD_PRICE_MSAT = 5_000n;

const PLANS = [
  { name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: `${HELD_PRICE_MSAT}` },
  { name: 'forever', kind: 'forever', priceMsat: '9000' },
  { name: 'free', kind: 'free' },
];

/** Lists a feed whose payments are held. */
export function listHeld(market: TestMarket): Promise<ShopListing> {
  return listFeed(market, [{ n: 0 }], PLANS, { settlement: 'held' });
}

/** Pays a hold invoice; resolves when the node holds the payment, or it is over already. */
export async function payHeld(
  market: TestMarket,
  buyer: Lightning,
  order: Order,
): Promise<{ paid: Promise<PaymentResult> }> {
  const { bolt11 } = order.invoice!;
  const paid = buyer.pay({ bolt11, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
  paid.catch(() => {});
  await until(async () => (await atNode(market, order))?.state !== 'open');
  return { paid };
}

export function hashOf(order: Order): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(order.invoice!.paymentHash, 'hex'));
}

export function atNode(market: TestMarket, order: Order): Promise<NodeInvoice | null> {
  return market.lightning.lookUpInvoice(hashOf(order));
}

export function invoiceRow(market: TestMarket, order: Order): Promise<Invoice> {
  return market.db.prisma.invoice.findUniqueOrThrow({ where: { paymentHash: hashOf(order) } });
}

/** How a key's grant for the listing changed. */
export async function changesOf(market: TestMarket, { buyerKey }: Order): Promise<string[]> {
  const rows = await market.db.prisma.grantLog.findMany({
    where: { buyerKey: Buffer.from(buyerKey, 'hex') },
    orderBy: { seq: 'asc' },
  });
  return rows.map(({ change }) => change);
}

/** Whether the seeder serves an order's buyer now. */
export function isLetIn(seeder: Seeder, { feedId }: ShopListing, { buyerKey }: Order): boolean {
  return seeder.gate.grants(Buffer.from(buyerKey, 'hex'), feedId);
}

/** What the buyer's node can spend. */
export async function balanceMsat({ sandbox }: TestMarket): Promise<bigint> {
  const lnd = openPayee(sandbox.nodes.buyer);
  return BigInt((await getChannelBalance({ lnd })).channel_balance_mtokens ?? 0);
}

/** Gives the order a past expiry, as if nobody had come by for a while. */
export async function expireOrder({ db }: TestMarket, { id }: Order): Promise<void> {
  const expiresAt = new Date(Date.now() - 60_000);
  await db.prisma.order.update({ where: { id }, data: { expiresAt } });
}

/** Has the time of a hold be over, which is a minute otherwise. */
export async function endHoldNow({ db }: TestMarket, order: Order): Promise<void> {
  const data = { holdEndsAt: new Date() };
  await db.prisma.invoice.update({ where: { paymentHash: hashOf(order) }, data });
}

/** The market's seeder once more, after it was stopped. */
export function restartSeeder({ db, deps, dir, bootstrap }: TestMarket): Promise<Seeder> {
  const { prisma, listen } = db;
  const storageDir = join(dir, 'seeder');
  const { log, keys } = deps;
  return startSeeder({ prisma, listen, log, keys, storageDir, bootstrap });
}

export async function assertFailed(paid: Promise<PaymentResult>): Promise<void> {
  const { state } = await paid;
  assert.equal(state, 'failed');
}
