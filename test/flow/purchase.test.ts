import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type Hypercore from 'hypercore';
import { connectBuyer } from '../seeder/loopback.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { append, call, listFeed, pay, placeOrder, readOrder, until } from '../support/shop.ts';

const HOUR = { name: 'hour', kind: 'time', periodMs: 3_600_000 };

async function read(core: Hypercore, index: number): Promise<unknown> {
  const block = await core.get(index, { timeout: 15_000 });
  return block && JSON.parse(block.toString());
}

describe('a purchase', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket();
  });
  after(() => market[Symbol.asyncDispose]());

  it('leads from an order over a multi-hop payment to a grant and a balanced ledger', async () => {
    const listing = await listFeed(market, [{ n: 1 }, { n: 2 }]);
    const order = await placeOrder(market, listing.slug, { quantity: 2 });
    const { bolt11 } = order.invoice!;
    const paid = await connect(market.sandbox.nodes.buyer).pay({
      bolt11,
      maxFeeMsat: 5_000n,
      timeoutMs: 10_000,
    });
    assert.equal(paid.state, 'succeeded');
    assert.ok(paid.state === 'succeeded' && paid.feeMsat > 0n, 'a router in between takes a fee');

    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    const {
      grant,
      payments: [payment],
    } = await readOrder(market, order.id);
    assert.equal(payment?.outcome, 'settled');
    assert.equal(grant!.expiresAtMs! - grant!.startsAtMs, 120_000);
    const seller = await market.db.prisma.ledgerAccount.findFirstOrThrow({
      where: { kind: 'seller', owner: market.sellerId },
    });
    assert.equal(seller.balanceMsat, 9_500n, 'the price less 5 % commission');
  });

  it('A31 goes on when the price changes, the listing is unlisted and withdrawn', async () => {
    const { slug, coreKey } = await listFeed(market, [{ n: 0 }], [{ ...HOUR, priceMsat: '5000' }]);
    const path = `/v1/seller/listings/${slug}`;
    await using buyer = await connectBuyer(market.bootstrap, market.seeder.key);
    const order = await placeOrder(market, slug, {
      plan: 'hour',
      buyerKey: buyer.key.toString('hex'),
    });
    await pay(connect(market.sandbox.nodes.buyer), order);
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    const { grant } = await readOrder(market, order.id);
    const core = await buyer.open(Buffer.from(coreKey, 'hex'));
    assert.deepEqual(await read(core, 0), { n: 0 });

    const answer = await fetch(`${market.server.url}${path}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify({ plans: [{ ...HOUR, priceMsat: '9000' }] }),
    });
    assert.equal(answer.status, 200);
    await append(market, slug, [{ n: 1 }]);
    assert.deepEqual(await read(core, 1), { n: 1 }, 'after the price changed');

    await call(market, 'POST', `${path}/unlist`, undefined, 200);
    await append(market, slug, [{ n: 2 }, { n: 3 }]);
    assert.deepEqual(await read(core, 2), { n: 2 }, 'after it was unlisted');

    await call(market, 'POST', `${path}/withdraw`, undefined, 200);
    assert.deepEqual(await read(core, 3), { n: 3 }, 'after it was withdrawn');
    const after = await readOrder(market, order.id);
    assert.deepEqual(after.grant, grant, 'the grant is what it was');
    const refused = await fetch(`${market.server.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'after-withdrawal' },
      body: JSON.stringify({ listing: slug, plan: 'hour', buyerKey: '11'.repeat(32) }),
    });
    assert.equal(refused.status, 409, 'and nobody buys it any more');
  });
});
