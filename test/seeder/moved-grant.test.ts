import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuyerKey } from '../support/buyer-key.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, send } from '../support/request.ts';
import { append, listFeed, placeOrder, type ShopListing, until } from '../support/shop.ts';
import { connectBuyer, type TestBuyer } from './loopback.ts';

const PLANS = [{ name: 'free', kind: 'free' }];
const QUIET_MS = 1_000;
const READ = { timeout: 10_000 };

describe('a grant that changes while its buyer is connected', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    listing = await listFeed(market, [{ n: 0 }], PLANS);
  });
  after(() => market[Symbol.asyncDispose]());

  const connect = async ({ seed }: BuyerKey) => {
    const { swarm } = await answered(send(market, '/v1/market'));
    return connectBuyer(market.bootstrap, Buffer.from(swarm.seeders[0], 'hex'), { seed });
  };
  const open = (buyer: TestBuyer) => buyer.open(Buffer.from(listing.coreKey, 'hex'));
  const hasHeard = (buyer: TestBuyer, reason: string) =>
    until(async () =>
      buyer.said.some((each) => 'invalid' in each && each.invalid.reason === reason),
    );

  it('moves to another key: the old one is cut off, the new one is served', async () => {
    const [mine, next] = [new BuyerKey(), new BuyerKey()];
    await placeOrder(market, listing.slug, { plan: 'free', buyerKey: mine.hex });
    await using old = await connect(mine);
    await using fresh = await connect(next);
    const oldCore = await open(old);
    assert.equal(String(await oldCore.get(0, READ)), '{"n":0}');
    const body = mine.transfer(market, listing.slug, next.hex);
    await answered(send(market, '/v1/grants/transfer', { body }));
    await hasHeard(old, 'revoked');
    const { length } = oldCore;
    await append(market, listing.slug, [{ n: 1 }]);
    assert.equal(String(await (await open(fresh)).get(length, READ)), '{"n":1}');
    await sleep(QUIET_MS);
    assert.equal(oldCore.length, length);
  });

  it('is revoked by the seller and restored: the same connection is served again', async () => {
    const mine = new BuyerKey();
    const { grant } = await placeOrder(market, listing.slug, { plan: 'free', buyerKey: mine.hex });
    await using buyer = await connect(mine);
    const core = await open(buyer);
    await core.get(0, READ);
    const headers = { authorization: `Bearer ${market.apiKey}` };
    const body = { reason: 'a test' };
    const amend = (what: string) =>
      answered(send(market, `/v1/seller/grants/${grant!.id}/${what}`, { body, headers }));
    await amend('revoke');
    await hasHeard(buyer, 'revoked');
    const { length } = core;
    await append(market, listing.slug, [{ n: 2 }]);
    await sleep(QUIET_MS);
    assert.equal(core.length, length);
    await amend('restore');
    assert.equal(String(await core.get(length, READ)), '{"n":2}');
    assert.equal(buyer.connection.destroyed, false);
  });
});
