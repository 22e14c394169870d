import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { z } from 'zod';
import { webhookOperations } from '../../contract/operations/webhooks.ts';
import {
  webhookDelivery as deliveryShape,
  type WebhookDelivery,
  webhookDeliveryPage,
  webhook as webhookShape,
  webhookWithSecret,
} from '../../contract/webhook-endpoint.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { type Answer, Browser, isProblem } from './browser.ts';

const URL = 'https://hooks.example.com/dazaar';
const PATH = '/v1/seller/webhooks';

describe('the webhooks of a seller', () => {
  let market: TestMarket;
  let key: string;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  it('are made with a secret, listed without it, changed and deleted', async () => {
    key = await newSeller();
    const made = await create({ url: URL, description: 'books', events: ['order.paid'] });
    assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    const { secret: _, ...webhook } = made;
    assert.deepEqual([webhook.state, webhook.events], ['enabled', ['order.paid']]);
    assert.deepEqual((await call('GET', PATH)).body, { webhooks: [webhook] });
    const changes = { url: `${URL}/2`, events: [] };
    const changed = parse(webhookShape, await call('PATCH', `${PATH}/${webhook.id}`, changes), 200);
    assert.deepEqual(changed, { ...webhook, ...changes });
    assert.deepEqual((await call('PATCH', `${PATH}/${webhook.id}`, {})).body, changed);
    assert.deepEqual((await call('GET', `${PATH}/${webhook.id}`)).body, changed);
    assert.equal((await call('DELETE', `${PATH}/${webhook.id}`)).status, 204);
    isProblem(await call('GET', `${PATH}/${webhook.id}`), 404, 'webhook-not-found');
    isProblem(await call('DELETE', `${PATH}/${webhook.id}`), 404, 'webhook-not-found');
  });

  it('are at most ten, also when many are made at once', async () => {
    key = await newSeller();
    const answers = await Promise.all(
      Array.from({ length: 15 }, () => call('POST', PATH, { url: URL })),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 10);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      isProblem(answer, 409, 'webhook-limit');
    }
  });

  it('A38 are made once for an Idempotency-Key', async () => {
    key = await newSeller();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await call('POST', PATH, { url: URL }, headers);
    const again = await call('POST', PATH, { url: URL }, headers);
    assert.deepEqual(again.body, first.body);
    const other = await call('POST', PATH, { url: `${URL}/2` }, headers);
    isProblem(other, 422, 'idempotency-key-reused');
    const path = `${PATH}/${first.body.id}/rotate-secret`;
    const rotated = await call('POST', path, undefined, headers);
    const repeated = await call('POST', path, undefined, headers);
    assert.equal(rotated.status, 200);
    assert.deepEqual(repeated.body, rotated.body, 'the secret in use is not rotated away');
  });

  it('A33 do not lead inside, nor through plain HTTP, nor carry credentials', async () => {
    key = await newSeller();
    for (const url of [
      'https://10.0.0.1/',
      'https://0x0a000001/',
      'https://[::1]/',
      'https://[::ffff:10.0.0.1]/',
      'https://169.254.169.254/latest/meta-data',
      'https://user:password@hooks.example.com/',
      'http://8.8.8.8/',
      'https://8.8.8.8:25/',
    ]) {
      isProblem(await call('POST', PATH, { url }), 422, 'webhook-url');
    }
    for (const url of [
      'ftp://hooks.example.com/',
      'hooks.example.com',
      `${URL}/${'a'.repeat(2_000)}`,
    ]) {
      isProblem(await call('POST', PATH, { url }), 400, 'invalid');
    }
    const { id } = await create({ url: URL });
    const moved = await call('PATCH', `${PATH}/${id}`, { url: 'https://192.168.1.1/' });
    isProblem(moved, 422, 'webhook-url');
  });

  it('keep their secrets encrypted, and show them to the logged-in seller only', async () => {
    const browser = new Browser(market.server.url);
    const { id: sellerId } = await browser.register();
    const made = parse(webhookWithSecret, await browser.post(PATH, { url: URL }), 201);
    const shown = await browser.get(`${PATH}/${made.id}/secret`);
    assert.deepEqual(shown.body, { secret: made.secret });
    assert.equal(shown.headers.get('cache-control'), 'no-store');
    const row = await market.db.prisma.webhookEndpoint.findUniqueOrThrow({
      where: { id: made.id },
    });
    assert.equal(Buffer.from(row.secret).includes(made.secret.slice(6)), false);
    key = await createApiKey(market.db.prisma, sellerId, 'all', 'sandbox', ['read', 'listings']);
    isProblem(await call('GET', `${PATH}/${made.id}/secret`), 403, 'forbidden');
    const rotated = parse(
      webhookWithSecret,
      await browser.post(`${PATH}/${made.id}/rotate-secret`),
      200,
    );
    assert.notEqual(rotated.secret, made.secret);
    assert.ok(rotated.previousSecretUntilMs! > Date.now() + 23 * 60 * 60 * 1000);
  });

  it('list what was sent, by state and type, page by page', async () => {
    key = await newSeller();
    const { id } = await create({ url: URL });
    const sent: WebhookDelivery[] = [];
    for (let i = 0; i < 5; i++) {
      sent.unshift(parse(deliveryShape, await call('POST', `${PATH}/${id}/test`), 202));
    }
    assert.deepEqual([sent[0]?.type, sent[0]?.state], ['webhook.test', 'pending']);
    const path = `${PATH}/${id}/deliveries`;
    const listed: WebhookDelivery[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = `?limit=2${cursor && `&cursor=${cursor}`}`;
      const page: z.infer<typeof webhookDeliveryPage> = parse(
        webhookDeliveryPage,
        await call('GET', path + query),
        200,
      );
      listed.push(...page.deliveries);
      cursor = page.nextCursor;
    }
    assert.deepEqual(listed, sent);
    for (const [query, count] of [
      ['?state=pending&type=webhook.test', 5],
      ['?state=delivered', 0],
      ['?type=order.paid', 0],
    ] as const) {
      const { deliveries } = parse(webhookDeliveryPage, await call('GET', path + query), 200);
      assert.equal(deliveries.length, count);
    }
    isProblem(await call('GET', `${path}?cursor=nonsense`), 400, 'cursor-invalid');
    isProblem(await call('GET', `${path}?state=lost`), 400, 'invalid');
  });

  it('refuse to send while disabled, until they are enabled', async () => {
    key = await newSeller();
    const { id } = await create({ url: URL });
    const sent = parse(deliveryShape, await call('POST', `${PATH}/${id}/test`), 202);
    const data = { disabledAt: new Date(), disabledReason: 'The endpoint answered 410 Gone.' };
    await market.db.prisma.webhookEndpoint.update({ where: { id }, data });
    const disabled = parse(webhookShape, await call('GET', `${PATH}/${id}`), 200);
    assert.deepEqual([disabled.state, disabled.disabledReason], ['disabled', data.disabledReason]);
    const redeliver = `/v1/seller/webhook-deliveries/${sent.id}/redeliver`;
    isProblem(await call('POST', `${PATH}/${id}/test`), 409, 'webhook-disabled');
    isProblem(await call('POST', redeliver), 409, 'webhook-disabled');
    const enabled = parse(webhookShape, await call('POST', `${PATH}/${id}/enable`), 200);
    assert.equal(enabled.state, 'enabled');
    const again = parse(deliveryShape, await call('POST', redeliver), 202);
    assert.deepEqual([again.id, again.eventId], [sent.id, sent.eventId]);
  });

  it('A35 are not there for anybody else, nor is what was sent to them', async () => {
    key = await newSeller();
    const { id } = await create({ url: URL });
    const sent = parse(deliveryShape, await call('POST', `${PATH}/${id}/test`), 202);
    key = await newSeller();
    for (const { method, path, access } of webhookOperations) {
      if (!path.includes('{id}') || access === 'session') continue;
      const named = path.includes('webhook-deliveries') ? sent.id : id;
      const body = method === 'patch' ? { description: 'mine' } : undefined;
      const answer = await call(method.toUpperCase(), path.replace('{id}', named), body);
      assert.equal(answer.status, 404, `${method} ${path}`);
    }
    const browser = new Browser(market.server.url);
    await browser.register();
    isProblem(await browser.get(`${PATH}/${id}/secret`), 404, 'webhook-not-found');
    const row = await market.db.prisma.webhookEndpoint.findUniqueOrThrow({ where: { id } });
    assert.deepEqual([row.description, row.deletedAt], ['', null]);
  });

  it('are for keys with the scope of listings', async () => {
    const seller = await market.db.prisma.seller.create({ data: { name: 'Reader' } });
    key = await createApiKey(market.db.prisma, seller.id, 'read', 'sandbox', ['read']);
    isProblem(await call('GET', PATH), 403, 'insufficient-scope');
    key = 'dzr_nothing';
    isProblem(await call('GET', PATH), 401, 'unauthenticated');
  });

  async function newSeller(): Promise<string> {
    const seller = await market.db.prisma.seller.create({ data: { name: 'Weather & Sons' } });
    return createApiKey(market.db.prisma, seller.id, 'test', 'sandbox');
  }

  async function create(settings: object): Promise<z.infer<typeof webhookWithSecret>> {
    return parse(webhookWithSecret, await call('POST', PATH, settings), 201);
  }

  async function call(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await fetch(`${market.server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : {}, headers: answer.headers };
  }
});

/** The answer's body, which has to be exactly what the contract says. */
function parse<S extends z.ZodObject>(shape: S, answer: Answer, status: number): z.output<S> {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return shape.strict().parse(answer.body) as z.output<S>;
}
