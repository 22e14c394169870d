import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fixedRates } from '../../adapters/rates/fixed.ts';
import { type Order, problem as problemShape } from '../../contract/index.ts';
import { refreshRates } from '../../flow/refresh-rates.ts';
import { settlePayment } from '../../flow/settle-payment.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { call, listFeed, placeOrder, readOrder, type ShopListing } from '../support/shop.ts';

const MAX_AGE_MS = 60_000;
const HOUR = { name: 'hour', kind: 'time', periodMs: 3_600_000 };
const inEuro = (amountMinor: number) => ({ ...HOUR, price: { currency: 'EUR', amountMinor } });

describe('a price in a currency', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    await rate('60000');
    listing = await listFeed(market, [], [inEuro(99)]);
  });
  after(() => market[Symbol.asyncDispose]());
  beforeEach(() => rate('60000'));

  const rate = (euro: string) =>
    refreshRates(market.db.prisma, fixedRates(`EUR:${euro}`), MAX_AGE_MS);
  const buy = (quantity = 1) => placeOrder(market, listing.slug, { plan: 'hour', quantity });
  const refusedOrder = async (): Promise<[number, string]> => {
    const answer = await fetch(`${market.server.url}/v1/orders`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomBytes(8).toString('hex'),
      },
      body: JSON.stringify({
        listing: listing.slug,
        plan: 'hour',
        buyerKey: randomBytes(32).toString('hex'),
      }),
    });
    return [answer.status, problemShape.parse(await answer.json()).code];
  };
  const price = (amountMinor: number) =>
    fetch(`${market.server.url}/v1/seller/listings/${listing.slug}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify({ plans: [inEuro(amountMinor)] }),
    });
  const payLate = async (order: Order) => {
    const { prisma } = market.db;
    await prisma.order.update({ where: { id: order.id }, data: { state: 'lapsed' } });
    const invoice = await prisma.invoice.findFirstOrThrow({ where: { orderId: order.id } });
    return settlePayment(market.deps, {
      paymentHash: invoice.paymentHash,
      receivedMsat: invoice.amountMsat,
      settleIndex: 1n,
      settledAtMs: Date.now(),
      nodeKey: '02',
      movesCursor: false,
    });
  };

  it('is locked to msat with the order, for the whole quantity, and told with its rate', async () => {
    const order = await buy(3);
    assert.equal(order.priceMsat, '4950001', 'rounded up once, not three times');
    assert.equal(order.invoice!.amountMsat, order.priceMsat);
    const { asOfMs, ...locked } = order.rate!;
    assert.ok(Date.now() - asOfMs < 60_000);
    assert.deepEqual(locked, {
      currency: 'EUR',
      priceMinor: '297',
      msatPerUnit: '1666666.666666667',
      source: 'fixed',
    });
    await rate('30000');
    assert.equal((await readOrder(market, order.id)).priceMsat, order.priceMsat);
    assert.equal((await buy()).priceMsat, '3300000');
  });

  it('is not quoted by a rate that is too old, nor without one', async () => {
    const past = new Date(Date.now() - 1_000);
    await market.db.prisma.exchangeRate.updateMany({ data: { freshUntil: past } });
    assert.deepEqual(await refusedOrder(), [503, 'rate-stale']);
    await market.db.prisma.exchangeRate.deleteMany();
    assert.deepEqual(await refusedOrder(), [422, 'currency-unsupported']);
  });

  it('A06 that has not risen is honoured late, whatever the rate has done', async () => {
    const order = await buy();
    await rate('20000');
    assert.equal(await payLate(order), 'late_honoured');
    assert.equal((await readOrder(market, order.id)).state, 'paid');
  });

  it('A06 that was changed is not: the plan of the order is sold no more, so all is owed back', async () => {
    const order = await buy();
    await price(199);
    assert.equal(await payLate(order), 'late_refundable');
    assert.equal((await readOrder(market, order.id)).refundableMsat, order.priceMsat);
    await price(99);
  });

  it('that nobody could pay in bitcoin is refused', async () => {
    await rate('1e-7');
    assert.deepEqual(await refusedOrder(), [422, 'plan-quantity']);
  });

  it('can be changed to one in msat and back, while open orders keep theirs', async () => {
    const order = await buy();
    const path = `/v1/seller/listings/${listing.slug}`;
    const body = { plans: [{ ...HOUR, priceMsat: '7' }] };
    await fetch(`${market.server.url}${path}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify(body),
    });
    const now = await buy();
    assert.deepEqual([now.priceMsat, now.rate], ['7', null]);
    assert.equal((await readOrder(market, order.id)).rate!.currency, 'EUR');
    await price(99);
    await call(market, 'GET', path, undefined, 200);
  });
});
