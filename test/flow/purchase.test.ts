import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, placeOrder, readOrder, until } from '../support/shop.ts';

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
});
