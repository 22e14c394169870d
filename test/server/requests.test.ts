import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import { order as orderShape, problem as problemShape } from '../../contract/index.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, placeOrder, type ShopListing } from '../support/shop.ts';

type Body = NonNullable<RequestInit['body']>;

describe('the server', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    listing = await listFeed(market, []);
  });
  after(() => market[Symbol.asyncDispose]());
  afterEach(async () => {
    const { status } = await fetch(`${market.server.url}/v1/listings`);
    assert.equal(status, 200, 'it goes on');
  });

  const key = () => randomBytes(16).toString('hex');
  const anOrder = (more: object = {}) => ({
    listing: listing.slug,
    plan: 'minute',
    quantity: 1,
    buyerKey: randomBytes(32).toString('hex'),
    ...more,
  });
  const post = (path: string, body: Body, headers: Record<string, string> = {}) =>
    fetch(`${market.server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key(), ...headers },
      body,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
  const asSeller = () => ({ authorization: `Bearer ${market.apiKey}` });

  it('A38 answers the repetition of an order with the order, also many at once', async () => {
    const body = JSON.stringify(anOrder());
    const headers = { 'idempotency-key': key() };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('/v1/orders', body, headers)),
    );
    const again = await post('/v1/orders', body, headers);
    const order = orderShape.parse(await again.json());
    for (const answer of answers) {
      if (answer.status === 409) {
        assert.ok(answer.headers.has('retry-after'));
        await isProblem(answer, 409, 'idempotency-in-flight');
        continue;
      }
      assert.equal(answer.status, 201);
      const { id, invoice } = orderShape.parse(await answer.json());
      assert.deepEqual([id, invoice!.bolt11], [order.id, order.invoice!.bolt11]);
    }
    const buyerKey = Buffer.from(order.buyerKey, 'hex');
    assert.equal(await market.db.prisma.order.count({ where: { buyerKey } }), 1);
  });

  it('A38 refuses an Idempotency-Key that came with another order', async () => {
    const first = anOrder();
    const headers = { 'idempotency-key': key() };
    assert.equal((await post('/v1/orders', JSON.stringify(first), headers)).status, 201);
    const other = await listFeed(market, []);
    for (const change of [{ quantity: 2 }, { listing: other.slug }]) {
      const answer = await post('/v1/orders', JSON.stringify({ ...first, ...change }), headers);
      await isProblem(answer, 422, 'idempotency-key-reused');
    }
  });

  it('A38 answers the repetition of an order that has lapsed unborn with that order', async () => {
    const body = anOrder();
    const idempotencyKey = key();
    const order = await placeOrder(market, listing.slug, { ...body, idempotencyKey });
    // As if the node had been away when the order was placed, and the order is repeated too late.
    await market.db.prisma.invoice.updateMany({
      where: { orderId: order.id },
      data: { state: 'preparing', expiresAt: new Date(Date.now() - 1_000) },
    });
    await market.db.prisma.order.update({
      where: { id: order.id },
      data: { expiresAt: new Date(Date.now() - 1_000) },
    });
    const answer = await post('/v1/orders', JSON.stringify(body), {
      'idempotency-key': idempotencyKey,
    });
    assert.equal(answer.status, 201);
    assert.equal(orderShape.parse(await answer.json()).invoice, null);
  });

  it('A39 refuses bodies of the wrong make with a problem document', async () => {
    const good = JSON.stringify(anOrder());
    const deep = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
    const nested = `{"listing":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}}`;
    const cases: [Body, number, Record<string, string>?][] = [
      ['', 400],
      ['{', 400],
      [good.slice(0, -1), 400],
      ['null', 400],
      ['[]', 400],
      ['"text"', 400],
      ['{}', 400],
      [deep, 400],
      [nested, 400],
      [JSON.stringify(anOrder({ extra: 1 })), 400],
      [`{"__proto__":{"listing":"x"}}`, 400],
      [JSON.stringify(anOrder({ quantity: 0 })), 400],
      [JSON.stringify(anOrder({ quantity: 1.5 })), 400],
      [JSON.stringify(anOrder({ quantity: '1' })), 400],
      [JSON.stringify(anOrder({ quantity: 1001 })), 400],
      [JSON.stringify(anOrder({ quantity: -1 })), 400],
      [good.replace('"quantity":1', '"quantity":1e999'), 400],
      [JSON.stringify(anOrder({ buyerKey: 'ab' })), 400],
      [JSON.stringify(anOrder({ buyerKey: null })), 400],
      [JSON.stringify(anOrder({ plan: 'no-such-plan' })), 404],
      [JSON.stringify(anOrder({ plan: 'a\u0000b' })), 400],
      [JSON.stringify(anOrder({ listing: 'no-such-listing' })), 404],
      [JSON.stringify(anOrder({ listing: 'a\u0000b' })), 400],
      [JSON.stringify({ ...anOrder(), pad: 'x'.repeat(20_000) }), 413],
      [Buffer.concat([Buffer.from(good.slice(0, -1)), Buffer.from([0xff, 0xfe])]), 400],
      [good, 415, { 'content-type': 'application/json; charset=iso-8859-1' }],
      [good, 400, { 'content-encoding': 'gzip' }],
      [good, 415, { 'content-encoding': 'zstd-of-sorts' }],
      [good, 415, { 'content-type': 'text/plain' }],
      [good, 400, { 'idempotency-key': 'short' }],
      [good, 400, { 'idempotency-key': 'x'.repeat(201) }],
    ];
    for (const [body, status, headers] of cases) {
      const answer = await post('/v1/orders', body, headers);
      await isProblem(
        answer,
        status,
        undefined,
        `${String(body).slice(0, 80)} ${JSON.stringify(headers)}`,
      );
    }
  });

  it('A39 refuses what Postgres cannot store, in addresses, queries and bodies', async () => {
    for (const path of [
      '/v1/listings/%00',
      '/v1/listings/a%00b',
      '/v1/listings/%E0%A4%A',
      '/v1/listings?q=%00',
      '/v1/listings?tag=%00',
      '/v1/listings?cursor=%00',
      '/v1/listings?limit=1000000000000',
      '/v1/listings?q=a&q=b',
      `/v1/grants?buyerKey=${'a'.repeat(64)}&listing=a%00b`,
      '/v1/grants?buyerKey=%00',
      '/v1/orders/%00',
      `/v1/orders/${'0'.repeat(36)}`,
      '/v1/orders/%FF/events',
    ]) {
      const answer = await fetch(`${market.server.url}${path}`);
      await isProblem(answer, undefined, undefined, path);
    }
    const draft = {
      slug: `nul-${randomBytes(4).toString('hex')}`,
      title: 'title',
      description: '',
      licence: 'CC0-1.0',
      blockSchema: {},
      plans: [{ name: 'free', kind: 'free' }],
    };
    for (const change of [
      { title: 'a\u0000b' },
      { description: '\u0000' },
      { licence: '\u0000' },
      { blockSchema: { a: '\u0000' } },
      { blockSchema: { '\u0000': 1 } },
      { sourceUrl: 'https://example.org/\u0000' },
    ]) {
      const body = JSON.stringify({ ...draft, ...change });
      const answer = await post('/v1/seller/listings', body, asSeller());
      await isProblem(answer, undefined, undefined, JSON.stringify(change));
    }
    for (const path of [
      '/v1/seller/listings/%00/publish',
      '/v1/seller/listings/%00/blocks?batchId=a',
    ]) {
      const answer = await post(path, '{}', {
        ...asSeller(),
        'content-type': 'application/x-ndjson',
      });
      await isProblem(answer, undefined, undefined, path);
    }
  });

  it('A39 takes text of every script, and unpaired surrogates do not break it', async () => {
    for (const title of ['日本語 🦬', '\ud800 alone', '\u202e rtl', 'e\u0301']) {
      const slug = `text-${randomBytes(4).toString('hex')}`;
      const body = JSON.stringify({
        slug,
        title,
        description: title,
        licence: title,
        blockSchema: { description: title },
        plans: [{ name: 'free', kind: 'free' }],
      });
      const { status } = await post('/v1/seller/listings', body, asSeller());
      assert.ok(status === 201 || (status >= 400 && status < 500), `${status} for ${body}`);
    }
  });

  it('A39 refuses plans that nobody could pay or that never end', async () => {
    const plans: object[] = [
      { name: 'a', kind: 'time', priceMsat: '0', periodMs: 60_000 },
      { name: 'a', kind: 'time', priceMsat: '-1', periodMs: 60_000 },
      { name: 'a', kind: 'time', priceMsat: '1' },
      { name: 'a', kind: 'time', priceMsat: '1', periodMs: 0 },
      { name: 'a', kind: 'forever', priceMsat: '9999999999999999999' },
      { name: 'a', kind: 'forever', priceMsat: 5 },
      { name: 'a', kind: 'free', priceMsat: '1' },
    ];
    for (const plan of plans) {
      const slug = `plan-${randomBytes(4).toString('hex')}`;
      const body = {
        slug,
        title: 't',
        description: '',
        licence: '',
        blockSchema: {},
        plans: [plan],
      };
      const answer = await post('/v1/seller/listings', JSON.stringify(body), asSeller());
      await isProblem(answer, 400, 'invalid', JSON.stringify(plan));
    }
    const twice = [
      { name: 'a', kind: 'free' },
      { name: 'a', kind: 'free' },
    ];
    const slug = `plan-${randomBytes(4).toString('hex')}`;
    const body = { slug, title: 't', description: '', licence: '', blockSchema: {}, plans: twice };
    const answer = await post('/v1/seller/listings', JSON.stringify(body), asSeller());
    await isProblem(answer, undefined, undefined, 'one name for two plans');
  });

  it('A39 is not impressed by a body that ends before it should', async () => {
    const { hostname, port } = new URL(market.server.url);
    const cut = request({ hostname, port, path: '/v1/orders', method: 'POST' });
    cut.setHeader('content-type', 'application/json');
    cut.setHeader('content-length', 1_000);
    cut.on('error', () => {});
    cut.write('{"listing":');
    await new Promise((resolve) => setTimeout(resolve, 100));
    cut.destroy();
  });

  it('does not tell a stranger from a seller without a valid key', async () => {
    const [, env, id] = market.apiKey.split('_');
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      `Basic ${market.apiKey}`,
      `Bearer dzr_${env}_${id}_${'A'.repeat(43)}`,
      `Bearer ${market.apiKey}x`,
    ]) {
      const answer = await fetch(`${market.server.url}/v1/seller/listings`, {
        headers: authorization ? { authorization } : {},
      });
      await isProblem(answer, 401, 'unauthenticated', authorization);
    }
  });
});

async function isProblem(
  answer: Response,
  status?: number,
  code?: string,
  what = '',
): Promise<void> {
  const text = await answer.text();
  assert.ok(
    status ? answer.status === status : answer.status >= 400 && answer.status < 500,
    `${what}: ${answer.status} instead of ${status ?? '4xx'}: ${text}`,
  );
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, what);
  const problem = problemShape.parse(JSON.parse(text));
  assert.equal(problem.status, answer.status);
  if (code) assert.equal(problem.code, code, what);
}
