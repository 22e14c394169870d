import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { createApiKey } from '../../flow/api-keys.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, refused, type Sent, send } from '../support/request.ts';
import { listFeed, type ShopListing } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '5000' },
  { name: 'taste', kind: 'trial', periodMs: HOUR_MS },
  { name: 'free', kind: 'free' },
];
const REASON = { reason: 'resold the data' };

describe('a seller', () => {
  let market: TestMarket;
  let listing: ShopListing;
  let other: ShopListing;
  let strangerKey: string;
  before(async () => {
    market = await startMarket({ workers: false });
    listing = await listFeed(market, [], PLANS);
    other = await listFeed(market, [], PLANS);
    const stranger = await market.db.prisma.seller.create({ data: { name: 'Stranger' } });
    strangerKey = await createApiKey(market.db.prisma, stranger.id, 'test', 'sandbox');
  });
  after(() => market[Symbol.asyncDispose]());

  const as = (apiKey: string, path: string, sent: Sent = {}) =>
    send(market, path, {
      ...sent,
      headers: { authorization: `Bearer ${apiKey}`, ...sent.headers },
    });
  const mine = (path: string, sent: Sent = {}) => as(market.apiKey, path, sent);
  const order = (body: object) =>
    answered(
      send(market, '/v1/orders', {
        body: { listing: listing.slug, plan: 'hour', buyerKey: new BuyerKey().hex, ...body },
      }),
      201,
    );
  const granted = async (plan = 'taste', slug = listing.slug) =>
    (await order({ plan, listing: slug })).grant;
  const amend = (id: string, what: string, body: object = REASON) =>
    mine(`/v1/seller/grants/${id}/${what}`, { body });
  const csv = async (path: string) => {
    const answer = await mine(path, { headers: { accept: 'text/csv' } });
    assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(answer.headers.get('content-disposition') ?? '', /attachment/);
    return parse(await answer.text(), { columns: true }) as Record<string, string>[];
  };

  it('finds orders by listing, plan, state, buyer key and time', async () => {
    const placed = await order({});
    const free = await order({ plan: 'free', listing: other.slug });
    const found = async (query: string) => {
      const { orders } = await answered(mine(`/v1/seller/orders?${query}&limit=100`));
      return orders.map(({ id }: { id: string }) => id);
    };
    const isIn = async (query: string, expected: [boolean, boolean]) => {
      const ids = await found(query);
      assert.deepEqual([ids.includes(placed.id), ids.includes(free.id)], expected, query);
    };
    await isIn(`listing=${listing.slug}`, [true, false]);
    await isIn('plan=free', [false, true]);
    await isIn('state=open', [true, false]);
    await isIn('state=paid', [false, true]);
    await isIn(`buyerKey=${placed.buyerKey}`, [true, false]);
    await isIn(`fromMs=${placed.createdAtMs}`, [true, true]);
    await isIn(`fromMs=${placed.createdAtMs + 1}&plan=hour`, [false, false]);
    await isIn(`toMs=${placed.createdAtMs + 1}`, [true, false]);
    assert.equal((await mine('/v1/seller/orders?state=other')).status, 400);
    await refused(mine('/v1/seller/orders?cursor=nonsense'), 400, 'cursor-invalid');
  });

  it('leafs through orders without missing one or seeing one twice, while more come in', async () => {
    const own = await listFeed(market, [], PLANS);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await order({ listing: own.slug, plan: 'free' })).id);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await answered(
        mine(`/v1/seller/orders?listing=${own.slug}&limit=2${cursor && `&cursor=${cursor}`}`),
      );
      seen.push(...page.orders.map(({ id }: { id: string }) => id));
      await order({ listing: own.slug, plan: 'free' });
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, ids.toReversed());
  });

  it('gets all orders as CSV that no spreadsheet runs', async () => {
    const { id } = await order({ plan: 'free' });
    const plan = await market.db.prisma.plan.findFirstOrThrow({
      where: { name: 'free', listing: { slug: listing.slug } },
    });
    const setName = (name: string) =>
      market.db.prisma.plan.update({ where: { id: plan.id }, data: { name } });
    await setName('=HYPERLINK("http://evil","a,b")');
    const rows = await csv('/v1/seller/orders?limit=1');
    await setName('free');
    const row = rows.find((each) => each.id === id);
    assert.equal(row?.plan, `'=HYPERLINK("http://evil","a,b")`);
    assert.match(row?.createdAt ?? '', /^\d{4}-\d\d-\d\dT/);
    const count = await market.db.prisma.order.count({
      where: { listing: { sellerId: market.sellerId } },
    });
    assert.equal(rows.length, count, 'all of them, whatever the limit');
  });

  it('sees grants with the time left, by state as the clock has it', async () => {
    const { id, expiresAtMs } = await granted();
    const { grants, nowMs } = await answered(
      mine(`/v1/seller/grants?listing=${listing.slug}&state=live&limit=100`),
    );
    const grant = grants.find((each: { id: string }) => each.id === id);
    assert.equal(grant.leftMs, expiresAtMs - nowMs);
    // Over by the clock, and not yet recorded as such.
    await market.db.prisma.grant.update({
      where: { id },
      data: { startsAt: new Date(0), expiresAt: new Date(1_000) },
    });
    const states = async (state: string) => {
      const { grants: list } = await answered(mine(`/v1/seller/grants?state=${state}&limit=100`));
      return list.filter((each: { id: string }) => each.id === id);
    };
    assert.deepEqual(await states('live'), []);
    const [expired] = await states('expired');
    assert.deepEqual([expired.state, expired.leftMs], ['expired', 0]);
    const lines = await csv('/v1/seller/grants?state=expired');
    assert.equal(lines.find((line) => line.id === id)?.expiresAt, '1970-01-01T00:00:01.000Z');
  });

  it('sees the buyers of a listing, what they paid and what they have left', async () => {
    const own = await listFeed(market, [], PLANS);
    const { buyerKey } = await granted('taste', own.slug);
    await order({ listing: own.slug, plan: 'free', buyerKey });
    const { buyers } = await answered(mine(`/v1/seller/listings/${own.slug}/buyers`));
    assert.equal(buyers.length, 1);
    const [buyer] = buyers;
    assert.deepEqual([buyer.buyerKey, buyer.orders, buyer.creditedMsat], [buyerKey, 2, '0']);
    assert.equal(buyer.grant.leftMs, null, 'the free plan has no end');
  });

  it('revokes a grant and restores it, to the end that it had, with a reason for each', async () => {
    const { id, expiresAtMs } = await granted();
    assert.equal((await answered(amend(id, 'revoke'))).state, 'revoked');
    await refused(amend(id, 'revoke'), 409, 'grant-not-live');
    await refused(amend(id, 'extend', { ...REASON, durationMs: HOUR_MS }), 409, 'grant-revoked');
    const restored = await answered(amend(id, 'restore', { reason: 'a mistake' }));
    assert.deepEqual([restored.state, restored.expiresAtMs], ['live', expiresAtMs]);
    await refused(amend(id, 'restore'), 409, 'grant-not-revoked');
    const { log } = await answered(mine(`/v1/seller/grants/${id}`));
    assert.deepEqual(
      log.map((row: { change: string; reason: string }) => [row.change, row.reason]),
      [
        ['restored', 'a mistake'],
        ['revoked', REASON.reason],
        ['issued', null],
      ],
    );
    const told = await market.db.prisma.outbox.findMany({ where: { subjectId: id } });
    const topics = told.map(({ topic }) => topic);
    assert.ok(topics.includes('grant.revoked') && topics.includes('grant.restored'));
  });

  it('restores nothing whose time is over, and nothing that was handed to another key', async () => {
    const { id } = await granted();
    await answered(amend(id, 'revoke'));
    await market.db.prisma.grant.update({
      where: { id },
      data: { startsAt: new Date(0), expiresAt: new Date(1_000) },
    });
    await refused(amend(id, 'restore'), 409, 'grant-over');
    const key = new BuyerKey();
    const { grant } = await order({ plan: 'free', buyerKey: key.hex });
    const body = key.transfer(market, listing.slug, new BuyerKey().hex);
    await answered(send(market, '/v1/grants/transfer', { body }));
    await refused(amend(grant.id, 'restore'), 409, 'grant-over');
  });

  it('A38 gives time by hand once a key, also many at once', async () => {
    const { id, expiresAtMs } = await granted();
    const headers = { 'idempotency-key': randomUUID() };
    const body = { ...REASON, durationMs: HOUR_MS };
    const path = `/v1/seller/grants/${id}/extend`;
    await Promise.all(Array.from({ length: 10 }, () => mine(path, { body, headers })));
    const { expiresAtMs: end } = await answered(mine(path, { body, headers }));
    assert.equal(end, expiresAtMs + HOUR_MS);
    const other = { ...body, durationMs: HOUR_MS * 2 };
    await refused(mine(path, { body: other, headers }), 422, 'idempotency-key-reused');
  });

  it('gives a reason that is one line, and a time that can be written down', async () => {
    const { id } = await granted();
    for (const body of [
      {},
      { reason: '' },
      { reason: ' ' },
      { reason: 'a\nb' },
      { reason: 'x'.repeat(501) },
    ]) {
      assert.equal((await amend(id, 'revoke', body)).status, 400, JSON.stringify(body));
    }
    for (const durationMs of [0, -1, 1.5, 1e15, '1']) {
      assert.equal((await amend(id, 'extend', { ...REASON, durationMs })).status, 400);
    }
  });

  it('A35 is told nothing of another seller’s orders and grants, and changes none', async () => {
    const { id: orderId, grant } = await order({ plan: 'free' });
    const theirs = (path: string, sent: Sent = {}) => as(strangerKey, path, sent);
    await refused(theirs(`/v1/seller/orders/${orderId}`), 404, 'order-not-found');
    await refused(theirs(`/v1/seller/grants/${grant.id}`), 404, 'grant-not-found');
    await refused(theirs(`/v1/seller/listings/${listing.slug}/buyers`), 404, 'listing-not-found');
    for (const what of ['revoke', 'restore', 'extend']) {
      const body = what === 'extend' ? { ...REASON, durationMs: HOUR_MS } : REASON;
      const path = `/v1/seller/grants/${grant.id}/${what}`;
      await refused(theirs(path, { body }), 404, 'grant-not-found');
    }
    assert.deepEqual((await answered(theirs('/v1/seller/orders'))).orders, []);
    assert.deepEqual(
      (await answered(theirs(`/v1/seller/orders?listing=${listing.slug}`))).orders,
      [],
    );
    assert.deepEqual((await answered(theirs('/v1/seller/grants'))).grants, []);
    for (const what of ['funnel', 'revenue', 'grants', 'usage']) {
      const figures = await answered(
        theirs(`/v1/seller/analytics/${what}?listing=${listing.slug}`),
      );
      assert.equal(/[1-9]/.test(JSON.stringify(figures.days).replace(/"day":"[^"]*"/g, '')), false);
    }
    assert.equal((await answered(mine(`/v1/seller/grants/${grant.id}`))).state, 'live');
  });

  it('needs a key of the scope: reading is not changing', async () => {
    const reader = await createApiKey(market.db.prisma, market.sellerId, 'reader', 'sandbox', [
      'read',
    ]);
    const { id } = await granted();
    assert.equal((await as(reader, `/v1/seller/grants/${id}`)).status, 200);
    const answer = as(reader, `/v1/seller/grants/${id}/revoke`, { body: REASON });
    assert.equal((await answer).status, 403);
    assert.equal((await send(market, '/v1/seller/orders')).status, 401);
  });
});
