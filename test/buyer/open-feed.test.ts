import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing, until } from '../support/shop.ts';
import { dazaar } from './cli.ts';

const ROWS = Array.from({ length: 30 }, (_, i) => ({ i }));
const LINES = ROWS.map((row) => `${JSON.stringify(row)}\n`).join('');
const OPEN = { name: 'open', kind: 'free', tracked: false };
const PAID = { name: 'forever', kind: 'forever', priceMsat: '1000' };

describe('a feed that is free without an order', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    listing = await listFeed(market, ROWS, [OPEN, PAID]);
    await until(async () => (await market.db.prisma.seeder.count()) > 0);
  });
  after(() => market[Symbol.asyncDispose]());

  const shell = (name: string) => {
    const options = { home: join(market.dir, name), market: market.server.url };
    return (...args: string[]) => dazaar(args, options);
  };
  const change = async (plans: object[]) => {
    const answer = await fetch(`${market.server.url}/v1/seller/listings/${listing.slug}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify({ plans }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  const gateway = (path: string) =>
    fetch(`${market.seeder.gatewayUrl}/v1/feeds/${listing.feedId}/${path}`);

  it('is pulled by whoever likes, and nobody has to have a key', async () => {
    const run = shell('visitor');
    const pulled = await run('pull', listing.slug);
    assert.deepEqual([pulled.code, pulled.stdout], [0, LINES], pulled.stderr);
    const fetched = await shell('another')('fetch', listing.slug);
    assert.deepEqual([fetched.code, fetched.stdout], [0, LINES], fetched.stderr);
    assert.equal(await (await gateway('blocks')).text(), LINES);
  });

  it('knows nobody who read it, and how much', async () => {
    await until(async () => {
      const rows = await market.db.prisma.usage.findMany({ where: { feedId: listing.feedId } });
      const transports = new Set(rows.map(({ transport }) => transport));
      assert.ok(rows.every(({ buyerKey }) => buyerKey.byteLength === 0));
      return transports.has('swarm') && transports.has('http');
    });
    assert.equal(await market.db.prisma.order.count(), 0);
    assert.equal(await market.db.prisma.grant.count(), 0);
  });

  it('is so no longer than the plan is on sale, also for whoever is reading', async () => {
    const tail = await gateway('tail?start=0');
    const read = tail.text();
    const following = shell('follower')('pull', listing.slug, '--live');
    await until(async () => (market.seeder.gate.audience.get(listing.feedId) ?? 0) > 0);
    await change([PAID]);
    assert.match(await read, /event: end\ndata: \{"reason":"revoked"\}/);
    const followed = await following;
    assert.equal(followed.code, 4, followed.stderr);
    assert.equal((await gateway('blocks')).status, 402);
    const refused = await shell('visitor')('pull', listing.slug);
    assert.equal(refused.code, 3, refused.stderr);
    await change([OPEN]);
    await until(async () => (await gateway('blocks')).status === 200);
  });
});
