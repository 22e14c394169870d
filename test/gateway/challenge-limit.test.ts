import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMarket } from '../support/market.ts';
import { listFeed } from '../support/shop.ts';
import { newReader, urlOf } from './reader.ts';

const ORDERS_A_MINUTE = 3;

test('A16: an address gets so many invoices and no more, and who has access reads on', async () => {
  const limits = { orders: { amount: ORDERS_A_MINUTE, windowSeconds: 60 } };
  await using market = await startMarket({ workers: false, limits });
  const listing = await listFeed(market, [{ i: 0 }]);
  const blocks = `/v1/feeds/${listing.feedId}/blocks`;
  const statuses: number[] = [];
  for (let quantity = 1; quantity <= ORDERS_A_MINUTE + 2; quantity += 1) {
    statuses.push((await fetch(urlOf(market, `${blocks}?quantity=${quantity}`))).status);
  }
  assert.deepEqual(statuses, [402, 402, 402, 429, 429]);
  assert.equal((await fetch(urlOf(market, `${blocks}?quantity=1`))).status, 402, 'shown again');
  assert.equal(await market.db.prisma.order.count(), ORDERS_A_MINUTE);
  const reader = newReader(market);
  await reader.grant(listing.feedId);
  assert.equal((await reader.get(blocks)).status, 200);
});
