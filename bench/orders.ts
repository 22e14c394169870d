import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { followSettlements } from '../flow/follow-settlements.ts';
import { settlePayment } from '../flow/settle-payment.ts';
import type { SettledInvoice } from '../ports/lightning.ts';
import { connect, startMarket, type TestMarket } from '../test/support/market.ts';
import { listFeed, placeOrder } from '../test/support/shop.ts';

const ORDERS = 400;
const MISSED = 2_000;
const IN_FLIGHT = 16;
const POLL_MS = 50;

/**
 * Orders a second through the REST API, each with its invoice from the node; and settlements a second when the
 * watcher comes back and finds 2,000 that it has missed.
 */
export default async function orders(): Promise<Record<string, number>> {
  await using market = await startMarket({ workers: false, orderTtlMs: 3_600_000 });
  const plans = [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '1000' }];
  const { slug } = await listFeed(market, [{ n: 1 }], plans);

  const invoices: string[] = [];
  const order = async () => {
    const { invoice } = await placeOrder(market, slug, {
      buyerKey: randomBytes(32).toString('hex'),
    });
    invoices.push(invoice!.bolt11);
  };
  await times(20, order);
  invoices.length = 0;
  const ordersPerSecond = await rate(ORDERS, order);
  console.log(`${ORDERS} orders with invoices, ${IN_FLIGHT} at once: ${ordersPerSecond}/s`);

  await times(MISSED - invoices.length, order);
  const wallet = connect(market.sandbox.nodes.buyer);
  await times(MISSED, async () => {
    const bolt11 = invoices.pop()!;
    const paid = await wallet.pay({ bolt11, maxFeeMsat: 10_000n, timeoutMs: 60_000 });
    if (paid.state !== 'succeeded') throw new Error(`payment ${JSON.stringify(paid)}`);
  });
  const seconds = await catchUp(market);
  const settlementsPerSecond = Math.round((MISSED - 1) / seconds);
  console.log(`${MISSED} missed settlements recorded in ${seconds.toFixed(1)} s`);
  return { ordersPerSecond, settlementsPerSecond };
}

async function catchUp({ deps, db }: TestMarket): Promise<number> {
  // The first is recorded before the clock starts: catching up is by replay from a cursor, not by reading the list.
  const nodeKey = await deps.lightning.nodeKey();
  await settlePayment(deps, { ...(await firstSettled(deps)), nodeKey, movesCursor: true });
  const startedAtMs = performance.now();
  const stop = new AbortController();
  const following = followSettlements(deps, stop.signal);
  while ((await db.prisma.payment.count()) < MISSED) await sleep(POLL_MS);
  const seconds = (performance.now() - startedAtMs) / 1000;
  stop.abort();
  await following;
  return seconds;
}

async function firstSettled({ lightning }: TestMarket['deps']): Promise<SettledInvoice> {
  let first: SettledInvoice | undefined;
  for await (const invoice of lightning.settledSince(0)) {
    if (!first || invoice.settleIndex < first.settleIndex) first = invoice;
  }
  if (!first) throw new Error('nothing was settled');
  return first;
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await times(count, work);
  return Math.round((count * 1000) / (performance.now() - startedAtMs));
}

async function times(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
