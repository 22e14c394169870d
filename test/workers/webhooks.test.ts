import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgresBackend } from '../../adapters/queue/postgres-backend.ts';
import { openQueue } from '../../adapters/queue/queue.ts';
import type { EventType } from '../../domain/event.ts';
import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import { revokeGrant } from '../../flow/amend-grants.ts';
import { forget } from '../../flow/forget.ts';
import { relayOutbox } from '../../flow/relay-outbox.ts';
import { sendToSeller } from '../../flow/send-message.ts';
import { settlePayment } from '../../flow/settle-payment.ts';
import { redeliver, testWebhook } from '../../flow/webhook-deliveries.ts';
import { createWebhook, enableWebhook } from '../../flow/webhook-endpoints.ts';
import { rotateWebhookSecret, secretOf } from '../../flow/webhook-secrets.ts';
import type { Lightning } from '../../ports/lightning.ts';
import type { JobQueue } from '../../ports/queue.ts';
import { WEBHOOKS_PER_ENDPOINT } from '../../workers/webhook.ts';
import { startWorkers } from '../../workers/workers.ts';
import { freePort } from '../support/free-port.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { loadProgram } from '../support/process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { listFeed, pay, placeOrder, type ShopListing, until } from '../support/shop.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PATIENCE_MS = 45_000;
// Nothing here causes it: what such an endpoint hears was sent to it on purpose.
const UNHEARD: EventType[] = ['payout.failed'];

describe('webhooks', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let listing: ShopListing;
  let receiver: Receiver;
  let queue: JobQueue;
  let stop: (() => Promise<void>) | undefined;
  before(async () => {
    market = await startMarket({ workers: false, orderTtlMs: 5_000 });
    buyer = connect(market.sandbox.nodes.buyer);
    listing = await listFeed(market, []);
  });
  after(() => market[Symbol.asyncDispose]());
  beforeEach(async () => {
    receiver = await startReceiver();
    await start();
  });
  afterEach(async () => {
    await stop?.();
    await market.db.prisma.webhookEndpoint.updateMany({ data: { deletedAt: new Date() } });
    await receiver[Symbol.asyncDispose]();
  });

  async function start(): Promise<void> {
    queue = openQueue(await openPostgresBackend(market.db.url), market.deps.log);
    const { listen, lead } = market.db;
    const end = await startWorkers({
      ...market.deps,
      listen,
      lead,
      queue,
      reconcileEveryMs: 1_000,
      holdMs: 60_000,
    });
    stop = async () => {
      stop = undefined;
      await end();
    };
  }

  it('tell a seller of a sale, signed, with what was sold', async () => {
    const { secret } = await subscribe([]);
    const order = await buy();
    const paid = await receiver.hears('order.paid', secret);
    const { type, data } = paid.body;
    assert.ok(type === 'order.paid');
    assert.deepEqual(
      [data.orderId, data.listing, data.plan, data.quantity, data.buyerKey, data.priceMsat],
      [order.id, listing.slug, 'minute', 1, order.buyerKey, '5000'],
    );
    const issued = await receiver.hears('grant.issued', secret);
    assert.ok(issued.body.type === 'grant.issued');
    assert.equal(issued.body.data.buyerKey, order.buyerKey);
    assert.equal(issued.body.data.expiresAtMs! - issued.body.data.startsAtMs, 60_000);
    assert.doesNotMatch(JSON.stringify(receiver.received), /preimage|whsec_/);
  });

  it('tell of a grant that is extended and revoked, and of an order that lapses', async () => {
    const { secret } = await subscribe([]);
    const lapsing = await placeOrder(market, listing.slug);
    const { buyerKey } = await buy();
    await buy({ buyerKey });
    await receiver.hears('grant.extended', secret);
    const where = { buyerKey: Buffer.from(buyerKey, 'hex') };
    const grant = await market.db.prisma.grant.findFirstOrThrow({ where });
    const { sellerId } = market;
    ok(await revokeGrant(market.deps, { sellerId, grantId: grant.id, reason: 'resold' }));
    const revoked = await receiver.hears('grant.revoked', secret);
    assert.ok(revoked.body.type === 'grant.revoked' && revoked.body.data.reason === 'resold');
    const lapsed = await receiver.hears('order.lapsed', secret);
    assert.ok(lapsed.body.type === 'order.lapsed' && lapsed.body.data.orderId === lapsing.id);
  });

  it('tell of a listing that is written and put on sale, and of free access to it', async () => {
    const { secret } = await subscribe([]);
    const { slug } = await listFeed(market, [], [{ name: 'free', kind: 'free' }]);
    for (const type of ['listing.created', 'listing.published'] as const) {
      const { body } = await receiver.hears(type, secret);
      assert.ok(body.type === type && body.data.listing === slug);
      assert.equal(body.data.state, type === 'listing.created' ? 'draft' : 'live');
    }
    const order = await placeOrder(market, slug, { plan: 'free' });
    const { body } = await receiver.hears('order.paid', secret);
    assert.ok(body.type === 'order.paid' && body.data.orderId === order.id);
    assert.equal(body.data.priceMsat, '0');
  });

  it('tell of a payment that was more than asked for, with what is owed back', async () => {
    const { secret } = await subscribe(['payment.late']);
    const order = await placeOrder(market, listing.slug);
    await settlePayment(market.deps, {
      paymentHash: Buffer.from(order.invoice!.paymentHash, 'hex'),
      receivedMsat: 6_000n,
      settleIndex: 1_000n,
      settledAtMs: Date.now(),
      nodeKey: await market.lightning.nodeKey(),
      movesCursor: false,
    });
    const { body } = await receiver.hears('payment.late', secret);
    assert.ok(body.type === 'payment.late');
    const { orderId, outcome, receivedMsat, refundableMsat } = body.data;
    assert.deepEqual(
      [orderId, outcome, receivedMsat, refundableMsat],
      [order.id, 'overpaid', '6000', '1000'],
    );
  });

  it('reach a receiver that verifies them with the library of the spec', async () => {
    const port = await freePort();
    const { secret } = await subscribe(['order.paid', 'grant.issued'], `http://127.0.0.1:${port}/`);
    const child = spawn(process.execPath, ['examples/webhook-receiver.ts'], {
      env: { ...process.env, PORT: `${port}`, WEBHOOK_SECRET: secret, NODE_NO_WARNINGS: '1' },
    });
    try {
      await once(child.stderr, 'data');
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const order = await buy();
      const types = new Set<string>();
      while (types.size < 2) {
        const { value } = await lines.next();
        const { type, data } = JSON.parse(`${value}`);
        types.add(type);
        assert.equal(data.buyerKey, order.buyerKey);
      }
      assert.deepEqual([...types].sort(), ['grant.issued', 'order.paid']);
      const forged = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
      assert.equal(forged.status, 400);
    } finally {
      child.kill();
    }
  });

  it('tell each endpoint of the types that it asked for, and no other seller of anything', async () => {
    const stranger = await market.db.prisma.seller.create({ data: { name: 'Stranger' } });
    await subscribe(['order.paid']);
    await using others = await startReceiver();
    await subscribe([], others.url, stranger.id);
    await buy();
    await until(async () => receiver.received.length > 0);
    await sleep(300);
    assert.deepEqual(types(), ['order.paid']);
    assert.deepEqual(others.received, []);
  });

  it('come from one event an outbox row, however often and by however many it is relayed', async () => {
    await subscribe(['order.paid']);
    const order = await buy();
    await until(async () => receiver.received.length === 1);
    const { prisma } = market.db;
    for (let round = 0; round < 3; round++) {
      await prisma.outbox.updateMany({
        where: { subjectId: order.id },
        data: { deliveredAt: null },
      });
      await Promise.all(Array.from({ length: 5 }, () => relayOutbox(prisma, queue)));
    }
    await sleep(300);
    assert.equal(receiver.received.length, 1);
  });

  it('are sent again by whoever comes after a worker that was killed before it could note the answer', async () => {
    const { id } = await subscribe();
    await stop?.();
    const point = {
      from: 'UPDATE webhook_deliveries d',
      to: 'UPDATE "public"."webhook_deliveries"',
      only: ['webhook_attempts'],
      at: 2,
      when: 'answered' as const,
      warm: ['workers/workers.ts', 'boot/context.ts', 'boot/config.ts'],
    };
    const env = { MARKET_SEED: '07'.repeat(32), OUTBOUND_ALLOW: '127.0.0.1/32' };
    await using loaded = loadProgram(market, 'workers/main.ts', point, env);
    await using worker = await loaded.start();
    await testWebhook(market.db.prisma, market.sellerId, id);
    assert.equal(await worker.ended, 'SIGKILL');
    assert.equal(receiver.received.length, 1);
    // As when the time is over for which the dead worker had it.
    await market.db.prisma.webhookDelivery.updateMany({
      where: { endpointId: id },
      data: { nextAttemptAt: new Date() },
    });
    await start();
    await until(async () => receiver.received.length === 2, PATIENCE_MS);
    const [first, second] = receiver.received;
    assert.equal(first?.id, second?.id);
    assert.equal(first?.text, second?.text);
    await until(async () => (await deliveries(id))[0]?.state === 'delivered');
  });

  it('A43 are found again when their jobs are lost', async () => {
    const { id } = await subscribe();
    await stop?.();
    await testWebhook(market.db.prisma, market.sellerId, id);
    await start();
    await until(async () => receiver.received.length === 1);
  });

  it('are tried again when the answer is an error, under the same id, and shown with every attempt', async () => {
    const { id, secret } = await subscribe();
    receiver.answer = (res) => {
      res.writeHead(receiver.received.length === 1 ? 500 : 200).end('busy\0');
    };
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => (await deliveries(id))[0]?.state === 'delivered', PATIENCE_MS);
    const [first, second] = receiver.received;
    assert.equal(first?.id, second?.id);
    await receiver.hears('webhook.test', secret);
    const [delivery] = await deliveries(id);
    const attempts = delivery!.log.map(({ status, answer, error }) => [status, answer, error]);
    assert.deepEqual(attempts, [
      [500, 'busy\uFFFD', null],
      [200, 'busy\uFFFD', null],
    ]);
    assert.equal((await endpoint(id)).failingSince, null);
  });

  it('A33 are not sent where a redirect or a name leads inside', async () => {
    const inside = await startReceiver();
    const { id } = await subscribe();
    receiver.answer = (res) => res.writeHead(307, { location: inside.url }).end();
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => (await deliveries(id))[0]?.log.length === 1);
    assert.deepEqual(inside.received, []);
    await market.db.prisma.webhookEndpoint.update({
      where: { id },
      data: { url: inside.url.replace('127.0.0.1', '[::1]') },
    });
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => (await deliveries(id))[0]?.log.length === 1);
    assert.match((await deliveries(id))[0]!.log[0]!.error!, /^forbidden: /);
    await inside[Symbol.asyncDispose]();
  });

  it('tell a seller what his buyer writes, once', async () => {
    const { secret } = await subscribe(['message.received']);
    const { buyerKey } = await buy();
    const key = Uint8Array.from(Buffer.from(buyerKey, 'hex'));
    const message = { id: randomUUID(), feedId: listing.feedId, buyerKey: key };
    const said = { name: 'question', body: { text: '<script>alert(1)</script>', n: [1, null] } };
    for (let i = 0; i < 3; i++) ok(await sendToSeller(market.db.prisma, { ...message, ...said }));
    await receiver.hears('message.received', secret);
    const { listing: slug, ...heard } = receiver.received[0]!.body.data as Record<string, unknown>;
    assert.deepEqual([slug, heard.buyerKey, heard.name], [listing.slug, buyerKey, said.name]);
    assert.deepEqual(heard.body, said.body);
    const where = { type: 'message.received' };
    assert.equal(await market.db.prisma.webhookEvent.count({ where }), 1);
  });

  it('A34 wait for no endpoint that is slow: others are told meanwhile, and few attempts hang at it', async () => {
    const slow = await subscribe();
    await using quick = await startReceiver();
    const { id } = await subscribe(UNHEARD, quick.url);
    const hanging: ServerResponse[] = [];
    receiver.answer = (res) => hanging.push(res);
    for (let i = 0; i < 30; i++) await testWebhook(market.db.prisma, market.sellerId, slow.id);
    await until(async () => hanging.length === WEBHOOKS_PER_ENDPOINT);
    for (let i = 0; i < 30; i++) await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => quick.received.length === 30);
    assert.equal(hanging.length, WEBHOOKS_PER_ENDPOINT);
    receiver.answer = (res) => res.writeHead(200).end();
    for (const res of hanging) res.writeHead(200).end();
    await until(async () => receiver.received.length === 30, PATIENCE_MS);
    assert.equal(new Set(receiver.received.map((message) => message.id)).size, 30);
  });

  it('are signed with two secrets for a day after a rotation, and then with the new one', async () => {
    const { id, secret } = await subscribe();
    const rotated = ok(await rotateWebhookSecret(market.deps, market.sellerId, id, null));
    const next = secretOf(market.deps, rotated);
    await testWebhook(market.db.prisma, market.sellerId, id);
    await receiver.hears('webhook.test', secret);
    await receiver.hears('webhook.test', next);
    const past = new Date(Date.now() - 1);
    await market.db.prisma.webhookEndpoint.update({ where: { id }, data: { previousUntil: past } });
    receiver.received.length = 0;
    await testWebhook(market.db.prisma, market.sellerId, id);
    await receiver.hears('webhook.test', next);
    await assert.rejects(receiver.hears('webhook.test', secret), /No matching signature/);
  });

  it('are delivered again by hand, under the same id', async () => {
    const { id } = await subscribe();
    const { id: deliveryId } = ok(await testWebhook(market.db.prisma, market.sellerId, id));
    await until(async () => (await deliveries(id))[0]?.state === 'delivered');
    ok(await redeliver(market.db.prisma, market.sellerId, deliveryId));
    await until(async () => receiver.received.length === 2);
    assert.equal(receiver.received[0]?.id, receiver.received[1]?.id);
    await until(async () => (await deliveries(id))[0]?.log.length === 2);
  });

  it('end with 410, and go on when the seller enables the endpoint', async () => {
    const { id } = await subscribe(['order.paid']);
    receiver.answer = (res) => res.writeHead(410).end();
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => (await endpoint(id)).disabledAt !== null);
    assert.equal((await endpoint(id)).disabledReason, 'The endpoint answered 410 Gone.');
    assert.equal((await deliveries(id))[0]?.state, 'failed');
    const refused = await testWebhook(market.db.prisma, market.sellerId, id);
    assert.ok(isRefusal(refused) && refused.refused === 'webhook-disabled');
    await buy();
    await until(
      async () => (await market.db.prisma.outbox.count({ where: { deliveredAt: null } })) === 0,
    );
    assert.equal((await deliveries(id)).length, 1, 'a disabled endpoint is told nothing');
    receiver.answer = (res) => res.writeHead(204).end();
    ok(await enableWebhook(market.db.prisma, market.sellerId, id));
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => receiver.received.length === 2);
  });

  it('end after five days without a success', async () => {
    const { id } = await subscribe();
    receiver.answer = (res) => res.writeHead(503).end();
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => (await endpoint(id)).failingSince !== null);
    assert.equal((await endpoint(id)).disabledAt, null);
    const failingSince = new Date(Date.now() - 5 * DAY_MS);
    await market.db.prisma.webhookEndpoint.update({ where: { id }, data: { failingSince } });
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => (await endpoint(id)).disabledAt !== null);
    assert.match((await endpoint(id)).disabledReason!, /5 days/);
  });

  it('are forgotten after thirty days', async () => {
    const { id } = await subscribe();
    await testWebhook(market.db.prisma, market.sellerId, id);
    await until(async () => (await deliveries(id))[0]?.state === 'delivered');
    await forget(market.db.prisma);
    assert.equal((await deliveries(id)).length, 1);
    await market.db.prisma.webhookEvent.updateMany({
      data: { at: new Date(Date.now() - 31 * DAY_MS) },
    });
    await forget(market.db.prisma);
    assert.equal((await deliveries(id)).length, 0);
    assert.equal(await market.db.prisma.webhookAttempt.count(), 0);
  });

  async function subscribe(
    events: EventType[] = UNHEARD,
    url = receiver.url,
    sellerId = market.sellerId,
  ): Promise<{ id: string; secret: string }> {
    const settings = { url, description: '', events };
    const row = ok(await createWebhook(market.deps, sellerId, settings, null));
    return { id: row.id, secret: secretOf(market.deps, row) };
  }

  async function buy(options: { buyerKey?: string } = {}) {
    const order = await placeOrder(market, listing.slug, options);
    await pay(buyer, order);
    const where = { id: order.id, state: 'paid' as const };
    await until(async () => (await market.db.prisma.order.count({ where })) === 1);
    return order;
  }

  function types(): string[] {
    return receiver.received.map(({ body }) => body.type);
  }

  async function deliveries(endpointId: string) {
    return market.db.prisma.webhookDelivery.findMany({
      where: { endpointId },
      include: { log: { orderBy: { id: 'asc' } } },
      orderBy: { id: 'desc' },
    });
  }

  async function endpoint(id: string) {
    return market.db.prisma.webhookEndpoint.findUniqueOrThrow({ where: { id } });
  }
});

function ok<T extends object>(result: T | Refusal): T {
  if (isRefusal(result)) assert.fail(result.detail);
  return result;
}
