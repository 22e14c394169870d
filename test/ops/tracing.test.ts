import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Order } from '../../contract/index.ts';
import { type Collector, type SentSpan, startCollector } from '../support/collector.ts';
import { type Several, startSeveral } from '../support/processes.ts';
import { startReceiver } from '../support/receiver.ts';
import { call, listFeed, pay, placeOrder, readOrder } from '../support/shop.ts';
import type { StackProgram } from '../support/stack.ts';
import { until } from '../support/until.ts';

const PLANS = [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '5000' }];
const WAIT_MS = 60_000;

describe('traces', () => {
  let market: Several;
  let collector: Collector;
  let workers: StackProgram;
  let env: Record<string, string>;
  const owned = new AsyncDisposableStack();

  before(async () => {
    collector = owned.use(await startCollector());
    env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    market = owned.use(await startSeveral({}, env));
  });

  after(() => owned.disposeAsync());

  /** The spans of an order's trace, once all of these are there. */
  async function traceOf({ id }: Order, ...names: string[]): Promise<SentSpan[]> {
    const spans = () => {
      const placed = collector.spans.find(
        (span) => span.name === 'place order' && span.attributes['dazaar.order_id'] === id,
      );
      return collector.spans.filter(({ traceId }) => traceId === placed?.traceId);
    };
    const isThere = (name: string) => spans().some((span) => span.name === name);
    await until(async () => names.every(isThere), WAIT_MS).catch((error) => {
      throw new Error(`of ${names} there are ${spans().map(({ name }) => name)}`, { cause: error });
    });
    return spans();
  }

  /** Each span's service and name, from the request on down to this one. */
  function pathTo(spans: SentSpan[], name: string): string[] {
    const path: string[] = [];
    for (let span = spans.find((each) => each.name === name); span; ) {
      path.unshift(`${span.service.replace('dazaar-', '')}: ${span.name}`);
      const { parentSpanId } = span;
      span = spans.find(({ spanId }) => spanId === parentSpanId);
    }
    return path;
  }

  test('a payment that no stream told of is found in the list of the node, and its trace goes on', async () => {
    const order = await placeOrder(market.shop, market.listing.slug);
    await pay(market.buyer, order);
    workers = await market.stack.start('workers', 'workers', env);
    const spans = await traceOf(order, 'settle payment', 'issue grant', 'apply grant');
    const settled = spans.find(({ name }) => name === 'settle payment');
    assert.equal(settled?.attributes['dazaar.found_by'], 'list');
    assert.deepEqual(pathTo(spans, 'apply grant'), [
      'server: POST /v1/orders',
      'server: place order',
      'workers: settle payment',
      'workers: issue grant',
      'seeder: apply grant',
    ]);
  });

  test('a purchase is one trace from the request to the grant and the webhook', async () => {
    await using receiver = await startReceiver();
    const hook = { url: receiver.url, events: ['order.paid'] };
    await call(market.shop, 'POST', '/v1/seller/webhooks', hook, 201);
    const order = await placeOrder(market.shop, market.listing.slug);
    const { paymentHash } = order.invoice!;
    await pay(market.buyer, order);
    const spans = await traceOf(order, 'create invoice', 'apply grant', 'deliver webhook');

    assert.deepEqual(pathTo(spans, 'create invoice'), [
      'server: POST /v1/orders',
      'server: create invoice',
    ]);
    const granted = [
      'server: POST /v1/orders',
      'server: place order',
      'workers: settle payment',
      'workers: issue grant',
    ];
    assert.deepEqual(pathTo(spans, 'apply grant'), [...granted, 'seeder: apply grant']);
    assert.deepEqual(pathTo(spans, 'deliver webhook'), [...granted, 'workers: deliver webhook']);
    const attributes = spans.find(({ name }) => name === 'settle payment')?.attributes;
    assert.equal(attributes?.['dazaar.order_id'], order.id);
    assert.equal(attributes?.['dazaar.payment_hash'], paymentHash);
    assert.equal(attributes?.['dazaar.outcome'], 'settled');
    assert.equal(attributes?.['dazaar.found_by'], 'stream');
    const request = spans.find(({ name }) => name === 'POST /v1/orders');
    assert.ok(!request?.parentSpanId);
    assert.equal(request?.attributes['http.response.status_code'], 201);
  });

  test('a held payment is one trace too: held, let in, taken, granted', async () => {
    const held = { settlement: 'held' };
    const { slug } = await listFeed(market.shop, [{ n: 0 }], PLANS, held);
    const order = await placeOrder(market.shop, slug);
    await pay(market.buyer, order);
    const spans = await traceOf(order, 'hold payment', 'let in', 'end hold', 'apply grant');
    const placed = ['server: POST /v1/orders', 'server: place order'];
    assert.deepEqual(pathTo(spans, 'hold payment'), [...placed, 'workers: hold payment']);
    assert.deepEqual(pathTo(spans, 'let in'), [...placed, 'seeder: let in']);
    assert.deepEqual(pathTo(spans, 'end hold'), [...placed, 'workers: end hold']);
    const path = pathTo(spans, 'apply grant');
    assert.deepEqual(path.slice(0, 2), placed);
    assert.deepEqual(path.slice(-3), [
      'workers: settle payment',
      'workers: issue grant',
      'seeder: apply grant',
    ]);
  });

  test('no span tells a secret or a whole buyer key', async () => {
    const invoices = await market.stack.db.prisma.invoice.findMany({ include: { order: true } });
    assert.ok(invoices.length >= 3);
    for (const { preimage, order } of invoices) {
      for (const bytes of [preimage, order.buyerKey]) {
        assert.ok(!collector.text().includes(Buffer.from(bytes).toString('hex')));
      }
    }
    for (const secret of [market.shop.apiKey, market.stack.env.MARKET_SEED!]) {
      assert.ok(!collector.text().includes(secret));
    }
  });

  test('what is traced last is sent before a process ends; a collector that is away holds up nothing', async () => {
    const other = await market.stack.start('server', 'other', {
      ...env,
      DRAIN_SECONDS: '0',
    });
    const shop = { ...market.shop, server: { url: other.url } };
    const last = await placeOrder(shop, market.listing.slug);
    await other.kill('SIGTERM');
    assert.equal(await other.ended, '0');
    await traceOf(last, 'create invoice');

    await collector[Symbol.asyncDispose]();
    const order = await placeOrder(market.shop, market.listing.slug, {
      buyerKey: randomBytes(32).toString('hex'),
    });
    await pay(market.buyer, order);
    await until(async () => (await readOrder(market.shop, order.id)).state === 'paid', WAIT_MS);
    await workers.kill('SIGTERM');
    assert.equal(await workers.ended, '0');
  });
});
