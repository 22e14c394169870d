import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { apiKey as apiKeyShape, loginChallenge, madeApiKey } from '../../contract/account.ts';
import type { Scope } from '../../contract/operation.ts';
import { SCOPES } from '../../contract/operation.ts';
import { serverOperations } from '../../contract/operations/index.ts';
import { MAX_TIME_MS } from '../../contract/primitives.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { type Answer, Browser, isProblem, PASSWORD } from './browser.ts';
import { startSecondServer } from './second-server.ts';
import { Wallet } from './wallet.ts';

describe('API keys', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());
  const browser = () => new Browser(market.server.url);

  it('A37 are shown once, and kept as a hash', async () => {
    const seller = await loggedIn();
    const { apiKey, key } = await make(seller, { label: 'ingest', scopes: ['read', 'data'] });
    assert.match(key, /^dzr_sandbox_[a-z0-9]{16}_[A-Za-z0-9_-]{43}$/);
    const secret = key.split('_').slice(3).join('_');
    const listed = await seller.get<{ apiKeys: unknown[] }>('/v1/account/api-keys');
    assert.equal(JSON.stringify(listed.body).includes(secret), false);
    assert.deepEqual(listed.body.apiKeys, [apiKey]);
    const row = await market.db.prisma.apiKey.findUniqueOrThrow({ where: { id: apiKey.id } });
    assert.deepEqual(Buffer.from(row.secretHash), createHash('sha256').update(secret).digest());
    assert.equal(JSON.stringify({ ...row, secretHash: '' }).includes(secret), false);
  });

  it('A37 open what they are scoped for, and say what they lack', async () => {
    const seller = await loggedIn();
    for (const access of SCOPES) {
      const { key } = await make(seller, { scopes: [access] });
      const { method, path } = serverOperations.find((each) => each.access === access) ?? {};
      if (!method || !path) continue;
      const opened = await call(key, method.toUpperCase(), path.replace(/\{\w+\+?\}/g, 'nothing'));
      assert.ok(opened.status !== 401 && opened.status !== 403, `${access}: ${opened.status}`);
    }
    const { key } = await make(seller, { scopes: ['data', 'payouts'] });
    const refused = await call(key, 'GET', '/v1/seller/listings');
    isProblem(refused, 403, 'insufficient-scope');
    assert.match(String(refused.body.detail), /"read".*data, payouts/);
    assert.equal(
      refused.headers.get('www-authenticate'),
      'Bearer error="insufficient_scope", scope="read"',
    );
  });

  it('A37 manage neither accounts nor keys', async () => {
    const seller = await loggedIn();
    const { key, apiKey } = await make(seller, { scopes: [...SCOPES] });
    const account = serverOperations.filter(({ access }) => access === 'session');
    assert.ok(account.length >= 9);
    for (const { method, path } of account) {
      const answer = await call(key, method.toUpperCase(), path.replace('{id}', apiKey.id));
      isProblem(answer, 403, 'forbidden');
    }
  });

  it('A37 are revoked at once, and expire', async () => {
    const seller = await loggedIn();
    const { key, apiKey } = await make(seller, {});
    await opens(key);
    assert.equal((await seller.send('DELETE', `/v1/account/api-keys/${apiKey.id}`)).status, 204);
    const revoked = await call(key, 'GET', '/v1/seller/listings');
    isProblem(revoked, 401, 'unauthenticated');
    assert.match(String(revoked.body.detail), /revoked/);
    assert.equal((await seller.send('DELETE', `/v1/account/api-keys/${apiKey.id}`)).status, 204);

    const short = await make(seller, { expiresAtMs: Date.now() + 60_000 });
    await opens(short.key);
    await end(short.apiKey.id);
    const expired = await call(short.key, 'GET', '/v1/seller/listings');
    isProblem(expired, 401, 'unauthenticated');
    assert.match(String(expired.body.detail), /expired/);
    const past = { label: 'late', scopes: ['read'], expiresAtMs: Date.now() - 1_000 };
    isProblem(await seller.post('/v1/account/api-keys', past), 422, 'api-key-expiry');
  });

  it('A37 are nothing without their secret, also those that have ended', async () => {
    const seller = await loggedIn();
    const { key, apiKey } = await make(seller, {});
    await seller.send('DELETE', `/v1/account/api-keys/${apiKey.id}`);
    const other = `${key.slice(0, -43)}${'A'.repeat(43)}`;
    for (const text of [other, key.slice(0, -1), `${key}x`, 'dzr_', 'x']) {
      const answer = await call(text, 'GET', '/v1/seller/listings');
      isProblem(answer, 401, 'unauthenticated');
      assert.match(String(answer.body.detail), /not an API key/);
    }
    for (const authorization of ['', 'Bearer', `Basic ${key}`, `Bearer ${key} x`]) {
      const answer = await browser().send('GET', '/v1/seller/listings', undefined, {});
      isProblem(answer, 401, 'unauthenticated');
      const { status } = await fetch(`${market.server.url}/v1/seller/listings`, {
        headers: { authorization },
      });
      assert.equal(status, 401, authorization);
    }
  });

  it('A37 are never logged, nor are cookies, passwords and what wallets sign', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
    await using second = await startSecondServer(market, { log });
    const seller = new Browser(second.url);
    await seller.register();
    const made = await make(seller, { scopes: [...SCOPES] });
    const headers = { authorization: `Bearer ${made.key}` };
    const statuses = [];
    for (const path of [
      '/v1/seller/listings',
      '/v1/account',
      '/v1/nothing',
      '/v1/listings?limit=x',
    ]) {
      statuses.push((await fetch(`${second.url}${path}`, { headers })).status);
    }
    assert.deepEqual(statuses, [200, 403, 404, 400]);
    await market.db.prisma.$executeRaw`ALTER TABLE api_keys RENAME TO no_api_keys`;
    const fault = await fetch(`${second.url}/v1/seller/listings`, { headers });
    await market.db.prisma.$executeRaw`ALTER TABLE no_api_keys RENAME TO api_keys`;
    assert.equal(fault.status, 500);
    const wallet = new Wallet();
    const { lnurl, k1 } = loginChallenge.parse((await seller.post('/v1/lnurl-auth')).body);
    await wallet.answer(lnurl);
    const logged = lines.join('');
    assert.ok(logged.includes('/v1/seller/listings'), 'there is a log');
    assert.ok(logged.includes('request failed'), 'also of faults');
    const secrets = [
      made.key,
      made.key.slice(-43),
      seller.cookie.split('=')[1]!,
      PASSWORD,
      k1,
      wallet.key,
    ];
    for (const secret of secrets) assert.equal(logged.includes(secret), false);
  });

  it('of live markets do not open the sandbox, and are told so', async () => {
    const seller = await loggedIn();
    const { key } = await make(seller, {});
    const live = key.replace('dzr_sandbox_', 'dzr_live_');
    const answer = await call(live, 'GET', '/v1/seller/listings');
    isProblem(answer, 401, 'unauthenticated');
    assert.match(String(answer.body.detail), /live key.*sandbox market.*dzr_sandbox_/);
  });

  it('are rotated without downtime', async () => {
    const seller = await loggedIn();
    const old = await make(seller, { label: 'ingest', scopes: ['read', 'data'] });
    const rotated = await seller.post(`/v1/account/api-keys/${old.apiKey.id}/rotate`, {
      overlapSeconds: 60,
    });
    assert.equal(rotated.status, 201);
    const { apiKey, key } = madeApiKey.parse(rotated.body);
    assert.notEqual(key, old.key);
    assert.deepEqual(apiKey.scopes, ['read', 'data']);
    assert.equal(apiKey.label, 'ingest');
    assert.equal(apiKey.expiresAtMs, null);
    await opens(key);
    await opens(old.key);
    const listed = await keysOf(seller);
    const endsAtMs = listed.find(({ id }) => id === old.apiKey.id)!.expiresAtMs!;
    assert.ok(Math.abs(endsAtMs - Date.now() - 60_000) < 10_000);
    await end(old.apiKey.id);
    isProblem(await call(old.key, 'GET', '/v1/seller/listings'), 401, 'unauthenticated');
    await opens(key);
    const again = await seller.post(`/v1/account/api-keys/${old.apiKey.id}/rotate`, {});
    isProblem(again, 409, 'api-key-ended');
  });

  it('end as the shorter of two rotations at once says', async () => {
    const seller = await loggedIn();
    for (let trial = 0; trial < 5; trial++) {
      const { key, apiKey } = await make(seller, {});
      const rotate = (overlapSeconds: number) =>
        seller.post(`/v1/account/api-keys/${apiKey.id}/rotate`, { overlapSeconds });
      await Promise.all([rotate(0), rotate(86_400)]);
      isProblem(await call(key, 'GET', '/v1/seller/listings'), 401, 'unauthenticated');
    }
  });

  it('overlap for a day unless said, and never beyond the end of the old key', async () => {
    const seller = await loggedIn();
    const endsAtMs = Date.now() + 3_600_000;
    const forever = await make(seller, {});
    const ending = await make(seller, { expiresAtMs: endsAtMs });
    for (const { apiKey } of [forever, ending]) {
      const answer = await seller.post(`/v1/account/api-keys/${apiKey.id}/rotate`, {});
      assert.equal(madeApiKey.parse(answer.body).apiKey.expiresAtMs, apiKey.expiresAtMs);
    }
    const listed = await keysOf(seller);
    const ends = (id: string) => listed.find((each) => each.id === id)!.expiresAtMs!;
    assert.ok(Math.abs(ends(forever.apiKey.id) - Date.now() - 86_400_000) < 10_000);
    assert.equal(ends(ending.apiKey.id), endsAtMs);
  });

  it('show their last use, to the minute', async () => {
    const seller = await loggedIn();
    const { key, apiKey } = await make(seller, {});
    assert.equal(apiKey.lastUsedAtMs, null);
    await opens(key);
    const first = (await keysOf(seller))[0]!.lastUsedAtMs!;
    assert.ok(Math.abs(first - Date.now()) < 10_000);
    await Promise.all(Array.from({ length: 5 }, () => opens(key)));
    assert.equal((await keysOf(seller))[0]!.lastUsedAtMs, first);
    const earlier = new Date(first - 61_000);
    await market.db.prisma.apiKey.update({
      where: { id: apiKey.id },
      data: { lastUsedAt: earlier },
    });
    await opens(key);
    assert.ok((await keysOf(seller))[0]!.lastUsedAtMs! >= first);
  });

  it('A35 of another account are not there', async () => {
    const [owner, other] = [await loggedIn(), await loggedIn()];
    const { key, apiKey } = await make(owner, {});
    const path = `/v1/account/api-keys/${apiKey.id}`;
    isProblem(await other.send('DELETE', path), 404, 'api-key-not-found');
    isProblem(await other.post(`${path}/rotate`, {}), 404, 'api-key-not-found');
    assert.deepEqual(await keysOf(other), []);
    await opens(key);
    assert.equal((await keysOf(owner)).length, 1);
  });

  it('are fifty an account at most, also when asked for at once', async () => {
    const seller = await loggedIn();
    const request = { label: 'many', scopes: ['read'] };
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => seller.post('/v1/account/api-keys', request)),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 50);
    isProblem(answers.find(({ status }) => status !== 201)!, 409, 'too-many-api-keys');
  });

  it('end within the years that can be written, and are rotated then as any other', async () => {
    const seller = await loggedIn();
    const { apiKey } = await make(seller, { expiresAtMs: MAX_TIME_MS });
    const answer = await seller.post(`/v1/account/api-keys/${apiKey.id}/rotate`, {});
    assert.equal(madeApiKey.parse(answer.body).apiKey.expiresAtMs, MAX_TIME_MS);
    const later = { label: 'late', scopes: ['read'], expiresAtMs: MAX_TIME_MS + 1 };
    isProblem(await seller.post('/v1/account/api-keys', later), 400, 'invalid');
  });

  it('refuse scopes that there are not, none, and one twice', async () => {
    const seller = await loggedIn();
    for (const scopes of [[], ['admin'], ['read', 'read'], 'read']) {
      const answer = await seller.post('/v1/account/api-keys', { label: 'x', scopes });
      isProblem(answer, 400, 'invalid');
    }
  });

  async function loggedIn(): Promise<Browser> {
    const seller = browser();
    await seller.register();
    return seller;
  }

  async function make(
    seller: Browser,
    change: { label?: string; scopes?: Scope[]; expiresAtMs?: number },
  ) {
    const request = { label: 'a key', scopes: ['read'], ...change };
    const answer = await seller.post('/v1/account/api-keys', request);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return madeApiKey.parse(answer.body);
  }

  async function keysOf(seller: Browser) {
    const { body } = await seller.get<{ apiKeys: unknown[] }>('/v1/account/api-keys');
    return apiKeyShape.array().parse(body.apiKeys);
  }

  async function call(key: string, method: string, path: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await fetch(`${market.server.url}${path}`, { method, headers });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : {}, headers: answer.headers };
  }

  async function opens(key: string): Promise<void> {
    assert.equal((await call(key, 'GET', '/v1/seller/listings')).status, 200);
  }

  async function end(id: string): Promise<void> {
    const expiresAt = new Date(Date.now() - 1_000);
    await market.db.prisma.apiKey.update({ where: { id }, data: { expiresAt } });
  }
});
