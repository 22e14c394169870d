import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Grant } from '../../contract/index.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { revokeGrant } from '../../flow/amend-grants.ts';
import { redeemClaim } from '../../flow/transfer-grant.ts';
import { payHeld } from '../support/hold.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import {
  append,
  call,
  listFeed,
  placeOrder,
  readOrder,
  type ShopListing,
  until,
} from '../support/shop.ts';

const PLANS = [
  { name: 'all', kind: 'time', periodMs: 60_000, priceMsat: '5000', maxConnections: 1 },
  { name: 'new', kind: 'time', periodMs: 60_000, priceMsat: '3000', history: 'from-purchase' },
  {
    name: 'last',
    kind: 'time',
    periodMs: 60_000,
    priceMsat: '4000',
    history: 'last',
    historyBlocks: 2,
    maxConnections: 3,
  },
  { name: 'gift', kind: 'free', history: 'last', historyBlocks: 1 },
];
const ROWS = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];

function newKey(): string {
  return randomBytes(32).toString('hex');
}

describe('what a plan opens of a feed', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket();
    listing = await listFeed(market, ROWS, PLANS);
  });
  after(() => market[Symbol.asyncDispose]());

  async function buy(plan: string, buyerKey: string, slug = listing.slug): Promise<Grant> {
    const { id, invoice } = await placeOrder(market, slug, { plan, buyerKey });
    if (invoice) {
      const paying = { bolt11: invoice.bolt11, maxFeeMsat: 5_000n, timeoutMs: 10_000 };
      await connect(market.sandbox.nodes.buyer).pay(paying);
    }
    await until(async () => (await readOrder(market, id)).state === 'paid');
    return (await readOrder(market, id)).grant!;
  }

  async function lastLogged(buyerKey: string) {
    const { change, fromBlock, maxConnections } = await market.db.prisma.grantLog.findFirstOrThrow({
      where: { buyerKey: Buffer.from(buyerKey, 'hex') },
      orderBy: { seq: 'desc' },
    });
    return { change, fromBlock, maxConnections };
  }

  it('counts from the moment of the purchase, and is in the log that seeders follow', async () => {
    const key = newKey();
    const grant = await buy('new', key);
    assert.deepEqual([grant.fromBlock, grant.maxConnections], [4, null]);
    assert.deepEqual(await lastLogged(key), {
      change: 'issued',
      fromBlock: 4n,
      maxConnections: null,
    });
    const last = await buy('last', newKey());
    assert.deepEqual([last.fromBlock, last.maxConnections], [2, 3]);
    assert.equal((await buy('gift', newKey())).fromBlock, 3);
  });

  it('grows when more is bought, and never shrinks', async () => {
    const key = newKey();
    const reachOf = ({ fromBlock, maxConnections }: Grant) => [fromBlock, maxConnections];
    assert.deepEqual(reachOf(await buy('last', key)), [2, 3]);
    assert.deepEqual(reachOf(await buy('all', key)), [0, 3]);
    assert.deepEqual(reachOf(await buy('new', key)), [0, null]);
    assert.deepEqual(await lastLogged(key), {
      change: 'extended',
      fromBlock: 0n,
      maxConnections: null,
    });
  });

  it('starts anew after a lapse', async () => {
    const key = newKey();
    await buy('all', key);
    const buyerKey = Buffer.from(key, 'hex');
    await market.db.prisma.grant.updateMany({
      where: { buyerKey },
      data: { startsAt: new Date(0), expiresAt: new Date(1) },
    });
    assert.equal((await buy('new', key)).fromBlock, 4);
  });

  it('goes along when a claim code is redeemed, and stays when a seller revokes', async () => {
    const idempotencyKey = randomBytes(16).toString('hex');
    const answer = await fetch(`${market.server.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ listing: listing.slug, plan: 'gift' }),
    });
    const { claimCode } = (await answer.json()) as { claimCode: string };
    const key = newKey();
    const moved = await redeemClaim(
      market.deps,
      claimCode,
      Uint8Array.from(Buffer.from(key, 'hex')),
    );
    assert.ok(!isRefusal(moved));
    assert.equal((await lastLogged(key)).fromBlock, 3n);
    const own = { sellerId: market.sellerId, grantId: moved.id, reason: 'a test' };
    assert.ok(!isRefusal(await revokeGrant(market.deps, own)));
    assert.deepEqual(await lastLogged(key), {
      change: 'revoked',
      fromBlock: 3n,
      maxConnections: null,
    });
  });

  it('counts from when a held payment arrived, which the seeder lets in by', async () => {
    const held = await listFeed(market, ROWS, PLANS, { settlement: 'held' });
    const order = await placeOrder(market, held.slug, { plan: 'new', buyerKey: newKey() });
    await payHeld(market, connect(market.sandbox.nodes.buyer), order);
    await until(async () => {
      const where = { paymentHash: Buffer.from(order.invoice!.paymentHash, 'hex') };
      return (await market.db.prisma.invoice.findUniqueOrThrow({ where })).fromBlock === 4n;
    });
    await append(market, held.slug, [{ n: 4 }]);
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    assert.equal((await readOrder(market, order.id)).grant!.fromBlock, 4);
  });

  it('is all of it for a structure, which needs its old blocks', async () => {
    const draft = {
      slug: 'a-tree',
      title: 'A tree',
      description: '',
      licence: 'CC0-1.0',
      blockSchema: {},
      feed: { kind: 'hyperbee' },
      plans: [PLANS[1]],
    };
    const refused = await call(market, 'POST', '/v1/seller/listings', draft, 422);
    assert.equal((refused as { code: string }).code, 'plan-history');
    const plans = [PLANS[0]];
    await call(market, 'POST', '/v1/seller/listings', { ...draft, plans }, 201);
    const answer = await fetch(`${market.server.url}/v1/seller/listings/a-tree`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify({ plans: [PLANS[2]] }),
    });
    assert.equal(((await answer.json()) as { code: string }).code, 'plan-history');
  });

  const senseless: [string, object][] = [
    ['the last of them, without a number', { history: 'last' }],
    ['a number without the last of them', { historyBlocks: 5 }],
    ['none of them where nobody buys', { kind: 'free', tracked: false, history: 'from-purchase' }],
    ['a limit by key where no key is known', { kind: 'free', tracked: false, maxConnections: 1 }],
    ['what is paid for, without an order', { kind: 'forever', priceMsat: '1', tracked: false }],
    ['no machine', { kind: 'free', maxConnections: 0 }],
    ['more machines than a seeder serves', { kind: 'free', maxConnections: 65 }],
  ];
  for (const [what, plan] of senseless) {
    it(`is not ${what}`, async () => {
      const draft = { slug: 'none', title: 'None', description: '', licence: 'x', blockSchema: {} };
      const plans = [{ name: 'p', kind: 'free', ...plan }];
      await call(market, 'POST', '/v1/seller/listings', { ...draft, plans }, 400);
    });
  }
});
