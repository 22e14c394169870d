import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing } from '../support/shop.ts';

const FLOOD = 10_000;
const AT_ONCE = 50;
const ALLOWED = 30;

describe('limits of the server', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({
      workers: false,
      limits: {
        orders: { amount: ALLOWED, windowSeconds: 600 },
        searches: { amount: 3, windowSeconds: 600 },
      },
      trustedProxies: ['loopback'],
    });
    listing = await listFeed(market, []);
  });
  after(() => market[Symbol.asyncDispose]());

  const order = (address: string) =>
    fetch(`${market.server.url}/v1/orders`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomBytes(8).toString('hex'),
        'x-forwarded-for': address,
      },
      body: JSON.stringify({
        listing: listing.slug,
        plan: 'minute',
        buyerKey: randomBytes(32).toString('hex'),
      }),
    });

  it('A16 lets one caller have few of 10,000 unpaid invoices, and the node see no more', {
    timeout: 120_000,
  }, async () => {
    const statuses = new Map<number, number>();
    let refused: Response | undefined;
    for (let sent = 0; sent < FLOOD; sent += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, i) => order(`2001:db8:0:1::${i}`));
      for (const answer of await Promise.all(some)) {
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.status === 429) refused ??= answer;
        else await answer.body?.cancel();
      }
    }
    assert.deepEqual(Object.fromEntries(statuses), { 201: ALLOWED, 429: FLOOD - ALLOWED });
    assert.equal(await market.db.prisma.invoice.count(), ALLOWED, 'invoices at the node');
    assert.match(refused?.headers.get('ratelimit') ?? '', /^"orders";r=0;t=\d+$/);
    assert.equal(refused?.headers.get('ratelimit-policy'), `"orders";q=${ALLOWED};w=600`);
    assert.ok(Number(refused?.headers.get('retry-after')) > 500);
  });

  it('A16 leaves others alone: another address orders, and the one that flooded still reads', async () => {
    assert.equal((await order('198.51.100.7')).status, 201);
    assert.equal((await order('2001:db8:0:2::1')).status, 201, 'the next /64');
    const read = await fetch(`${market.server.url}/v1/listings/${listing.slug}`, {
      headers: { 'x-forwarded-for': '2001:db8:0:1::1' },
    });
    assert.equal(read.status, 200);
    assert.match(read.headers.get('ratelimit') ?? '', /^"reads";r=\d+;t=\d+$/);
  });

  it('lets one address search so often, whatever for, and still read what it has found', async () => {
    const get = (path: string, address: string) =>
      fetch(`${market.server.url}/v1/listings${path}`, { headers: { 'x-forwarded-for': address } });
    const statuses: number[] = [];
    for (const query of ['', '?q=feed', '?sort=price', '?sort=popular', '?tag=sea']) {
      statuses.push((await get(query, '198.51.100.8')).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    assert.equal((await get(`/${listing.slug}`, '198.51.100.8')).status, 200);
    assert.equal((await get('', '198.51.100.9')).status, 200);
  });

  it('counts a seller by the account, whatever the address', async () => {
    const answer = await fetch(`${market.server.url}/v1/seller/listings`, {
      headers: { authorization: `Bearer ${market.apiKey}` },
    });
    assert.match(answer.headers.get('ratelimit-policy') ?? '', /^"addresses";.*, "sellers";/);
  });
});

describe('a server without proxies of its own', () => {
  it('A40 counts all that claim to be somebody else as the one they are, and names its own origin', async () => {
    await using market = await startMarket({
      workers: false,
      limits: { orders: { amount: 5, windowSeconds: 600 } },
    });
    const listing = await listFeed(market, []);
    const statuses: number[] = [];
    let location = '';
    for (let i = 0; i < 10; i++) {
      const answer = await fetch(`${market.server.url}/v1/orders`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `a-forged-address-${i}`,
          'x-forwarded-for': `203.0.113.${i}`,
          forwarded: `for=203.0.113.${i};host=evil.example`,
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'https',
        },
        body: JSON.stringify({
          listing: listing.slug,
          plan: 'minute',
          buyerKey: randomBytes(32).toString('hex'),
        }),
      });
      statuses.push(answer.status);
      location ||= `${answer.headers.get('location')} ${await answer.text()}`;
    }
    assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429, 429, 429, 429, 429]);
    const document = await fetch(`${market.server.url}/v1/openapi.json`, {
      headers: { 'x-forwarded-host': 'evil.example' },
    });
    const { servers } = (await document.json()) as { servers: { url: string }[] };
    assert.deepEqual(servers[0]?.url, market.server.url);
    assert.doesNotMatch(location, /evil/);
  });
});
