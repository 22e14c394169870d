import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { parseL402 } from '@getalby/lightning-tools/402';
import type { Lightning } from '../../ports/lightning.ts';
import { Wallet } from '../server/wallet.ts';
import { connect } from '../support/market.ts';
import { invoiceOf, openPayee } from '../support/payee.ts';
import { type Several, startSeveral } from '../support/processes.ts';
import { startReceiver } from '../support/receiver.ts';
import { call, listFeed, pay, placeOrder, readOrder } from '../support/shop.ts';
import { until } from '../support/until.ts';

const PLANS = [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '500000' }];
const WAIT_MS = 60_000;

interface Line {
  name: string;
  msg: string;
  level: number;
  orderId?: string;
  paymentHash?: string;
  grantId?: string;
  feedId?: string;
  requestId?: string;
}

describe('logs', () => {
  let market: Several;
  let buyer: Lightning;
  let output = '';
  const adminPassword = randomBytes(18).toString('base64url');
  /** Everything that nobody may read in a log, by what it is. */
  const secrets = new Map<string, string>();
  const owned = new AsyncDisposableStack();

  before(async () => {
    const onOutput = (_: string, text: string) => {
      output += text;
    };
    const env = { LOG_LEVEL: 'trace', ADMIN_PASSWORD: adminPassword, RATES_FIXED: 'EUR:60000' };
    market = owned.use(await startSeveral({ onOutput }, env));
    await market.stack.start('workers', 'workers', env);
    buyer = connect(market.stack.lightning.nodes.buyer);
    market.listing = await listFeed(market.shop, [{ n: 1 }], PLANS);
  });

  after(() => owned.disposeAsync());

  const lines = () =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line);

  /** What each process says of something, found by its id alone, in the order in which they said it. */
  const storyOf = (id: string) =>
    output
      .split('\n')
      .filter((line) => line.includes(id) && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line)
      .map(({ name, msg }) => `${name}: ${msg}`);

  const tells = (id: string, what: string) =>
    until(async () => storyOf(id).includes(what), WAIT_MS).catch(() => {
      assert.fail(`"${what}" is not in ${storyOf(id).join('; ')}`);
    });

  async function post(path: string, body: object, headers: Record<string, string> = {}) {
    const answer = await fetch(`${market.server.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomBytes(16).toString('hex'),
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return { answer, body: (await answer.json().catch(() => ({}))) as Record<string, string> };
  }

  test('tell the story of an order under its id, in three processes', async () => {
    await using receiver = await startReceiver();
    const hook = { url: receiver.url, events: [] };
    const made = (await call(market.shop, 'POST', '/v1/seller/webhooks', hook, 201)) as {
      secret: string;
    };
    secrets.set('webhook secret', made.secret);
    const order = await placeOrder(market.shop, market.listing.slug);
    await pay(buyer, order);
    await tells(order.id, 'seeder: admitted');
    await tells(order.id, 'workers: webhook attempted');
    const own = lines().filter(({ orderId }) => orderId === order.id);
    const granted = own.find(({ msg }) => msg === 'granted')!;
    const why = { reason: 'test' };
    await call(market.shop, 'POST', `/v1/seller/grants/${granted.grantId}/revoke`, why, 200);
    await tells(order.id, 'seeder: cut');
    const story = storyOf(order.id);
    for (const part of [
      'server: placed',
      'server: invoice made',
      'workers: settled',
      'workers: granted',
      'server: revoked',
    ]) {
      assert.ok(story.includes(part), `"${part}" is not in ${story.join('; ')}`);
    }
    const placed = own.find(({ msg }) => msg === 'placed')!;
    const request = lines().find(
      ({ msg, requestId }) => msg === 'request' && requestId === placed.requestId,
    );
    assert.ok(request, 'what was logged for a request names it');
    const { paymentHash } = order.invoice!;
    assert.equal(granted.paymentHash, paymentHash);
    for (const name of ['server', 'workers', 'seeder']) {
      assert.ok(lines().some((line) => line.name === name && line.paymentHash === paymentHash));
    }
    await call(
      market.shop,
      'DELETE',
      `/v1/seller/webhooks/${(made as never as { id: string }).id}`,
      undefined,
      204,
    );
  });

  test('tell of a held payment, of one that lapses, and of a payout', async () => {
    const { slug } = await listFeed(market.shop, [{ n: 0 }], PLANS, { settlement: 'held' });
    const held = await placeOrder(market.shop, slug);
    await pay(buyer, held);
    await tells(held.id, 'workers: held');
    await tells(held.id, 'seeder: let in by a held payment');
    await tells(held.id, 'seeder: admitted');

    const late = await placeOrder(market.shop, market.listing.slug);
    const expiresAt = new Date(Date.now() - 60_000);
    await market.stack.db.prisma.order.update({ where: { id: late.id }, data: { expiresAt } });
    await tells(late.id, 'workers: lapsed');

    const payee = openPayee(market.stack.lightning.nodes.buyer);
    const bolt11 = await invoiceOf(payee, 100_000n);
    const authorization = `Bearer ${market.shop.apiKey}`;
    const { body } = await post('/v1/seller/payouts', { bolt11 }, { authorization });
    await tells(body.id!, 'workers: payout paid');
  });

  test('A37 hold no secret, whatever the market does and whatever fails', async () => {
    await buyForAClaimCode();
    await buyOverL402();
    await logInAndFail();
    await loseTheDatabase();

    const { prisma } = market.stack.db;
    for (const { preimage, bolt11 } of await prisma.invoice.findMany()) {
      secrets.set(`preimage of ${bolt11?.slice(0, 24)}`, hexOf(preimage));
    }
    for (const { preimage } of await prisma.payout.findMany()) {
      if (preimage) secrets.set('preimage of a payout', hexOf(preimage));
    }
    for (const { k1 } of await prisma.loginChallenge.findMany()) secrets.set('k1', hexOf(k1));
    secrets.set('API key', market.shop.apiKey.split('_').slice(3).join('_'));
    secrets.set('seed', market.stack.env.MARKET_SEED!);
    secrets.set('admin password', adminPassword);
    for (const path of new Set(
      Object.values(market.server.env).filter((v) => v.endsWith('.macaroon')),
    )) {
      secrets.set(`macaroon ${path}`, hexOf(await readFile(path)));
    }
    assert.ok(secrets.size >= 15, [...secrets.keys()].join());
    assert.ok(lines().length > 40, output);
    for (const [name, secret] of secrets) {
      for (const form of formsOf(secret)) assert.ok(!output.includes(form), `${name}: ${form}`);
    }
  });

  test('call nothing an error that callers have brought upon themselves', () => {
    const errors = lines().filter(({ level, msg }) => level >= 50 && msg !== 'job failed');
    assert.deepEqual(
      errors.map(({ name, msg }) => `${name}: ${msg}`),
      [],
    );
  });

  async function buyForAClaimCode(): Promise<void> {
    const wanted = { listing: market.listing.slug, plan: 'minute', quantity: 1 };
    const { body } = await post('/v1/orders', wanted);
    secrets.set('claim code', body.claimCode!);
    const order = await readOrder(market.shop, body.id!);
    await pay(buyer, order);
    await tells(order.id, 'seeder: admitted');
    const buyerKey = randomBytes(32).toString('hex');
    const claim = { claimCode: body.claimCode, buyerKey };
    assert.equal((await post('/v1/claims', claim)).answer.status, 200);
    await fetch(`${market.server.url}/shelf/open?code=${body.claimCode}`);
  }

  async function buyOverL402(): Promise<void> {
    const { gatewayUrl } = await market.stack.db.prisma.seeder.findFirstOrThrow();
    const blocks = `${gatewayUrl}/v1/feeds/${market.listing.feedId}/blocks`;
    const challenge = await fetch(blocks);
    assert.equal(challenge.status, 402);
    const { token, invoice } = parseL402(challenge.headers.get('www-authenticate')!);
    const paid = await buyer.pay({ bolt11: invoice!, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
    assert.equal(paid.state, 'succeeded');
    const preimage = hexOf((paid as { preimage: Uint8Array }).preimage);
    secrets.set('L402 macaroon', token!);
    const authorization = `L402 ${token}:${preimage}`;
    const read = () => fetch(blocks, { headers: { authorization } });
    await until(async () => (await read()).status === 200, WAIT_MS);
    assert.equal((await fetch(`${blocks}?token=${token}`)).status, 402);
    const { body } = await post('/v1/tokens', { l402: `${token}:${preimage}` });
    if (body.token) {
      secrets.set('buyer token', body.token);
      await fetch(blocks, { headers: { authorization: `Bearer ${body.token}` } });
    }
    await fetch(blocks, { headers: { authorization: `L402 ${token}:${'00'.repeat(32)}` } });
  }

  async function logInAndFail(): Promise<void> {
    const password = `horse ${randomBytes(9).toString('base64')}`;
    const email = 'me@weather.example';
    secrets.set('password', password);
    const { answer } = await post('/v1/accounts', { name: 'Weather', email, password });
    assert.equal(answer.status, 201);
    const cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    secrets.set('session cookie', cookie.split('=').slice(1).join('='));
    const wrong = `wrong ${randomBytes(9).toString('base64')}`;
    secrets.set('wrong password', wrong);
    assert.equal((await post('/v1/session', { email, password: wrong })).answer.status, 401);
    const wanted = { label: 'ingest', scopes: ['read'] };
    const own = { cookie, origin: market.server.url };
    const { answer: keyAnswer, body: made } = await post('/v1/account/api-keys', wanted, own);
    assert.equal(keyAnswer.status, 201, JSON.stringify(made));
    secrets.set('made API key', made.key!.split('_').slice(3).join('_'));
    const authorization = `Bearer ${made.key}x`;
    await fetch(`${market.server.url}/v1/seller/listings`, { headers: { authorization } });

    const { body: asked } = await post('/v1/lnurl-auth', {});
    const wallet = new Wallet();
    const sig = wallet.sign(asked.k1!);
    secrets.set('signature of k1', sig);
    await wallet.answer(asked.lnurl!, { sig: `${sig.slice(0, -2)}00` });
    assert.equal((await wallet.answer(asked.lnurl!)).status, 'OK');
  }

  /** Every process asks the database for something meanwhile, and says that it is away. */
  async function loseTheDatabase(): Promise<void> {
    const { db } = market.stack;
    await db.outside(`ALTER DATABASE ${db.name} ALLOW_CONNECTIONS false`);
    try {
      await db.outside(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${db.name}'`,
      );
      const authorization = `Bearer ${market.shop.apiKey}`;
      const path = `${market.server.url}/v1/seller/balance`;
      assert.equal((await fetch(path, { headers: { authorization } })).status, 503);
      const warned = (name: string) =>
        lines().some((line) => line.name === name && line.level === 40 && 'err' in line);
      await until(async () => ['server', 'workers', 'seeder'].every(warned), WAIT_MS);
    } finally {
      await db.outside(`ALTER DATABASE ${db.name} ALLOW_CONNECTIONS true`);
    }
    await until(async () => {
      const rows = await db.prisma.seller.count().catch(() => 0);
      return rows > 0;
    }, WAIT_MS);
  }
});

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A secret as it is, in a URL, in JSON, and its bytes in hex and base64. */
function formsOf(secret: string): string[] {
  const bytes = [Buffer.from(secret)];
  if (/^([0-9a-f]{2})+$/i.test(secret)) bytes.push(Buffer.from(secret, 'hex'));
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...bytes.flatMap((each) => [
      each.toString('hex'),
      each.toString('base64').replace(/=+$/, ''),
      each.toString('base64url'),
    ]),
  ];
}
