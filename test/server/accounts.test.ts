import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { account as accountShape } from '../../contract/account.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { checkLogin } from '../../flow/accounts.ts';
import { forget } from '../../flow/forget.ts';
import { passwordMark, readSession, saveSession, touchSession } from '../../flow/sessions.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { type Answer, anEmail, Browser, isProblem, PASSWORD } from './browser.ts';
import { startSecondServer } from './second-server.ts';

const GUESSES = 12;
const DAY_MS = 24 * 60 * 60 * 1000;

describe('seller accounts', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({
      workers: false,
      limits: { guesses: { amount: GUESSES, windowSeconds: 900 } },
    });
  });
  after(() => market[Symbol.asyncDispose]());
  const browser = () => new Browser(market.server.url);
  const sessionsOf = (sellerId: string) => market.db.prisma.session.count({ where: { sellerId } });

  it('are opened with email and password, and logged into at once', async () => {
    const visitor = browser();
    const email = anEmail();
    const opened = await visitor.post('/v1/accounts', {
      name: ' Weather & Sons ',
      email: email.toUpperCase(),
      password: PASSWORD,
    });
    assert.equal(opened.status, 201);
    const account = accountShape.parse(opened.body);
    assert.equal(account.name, 'Weather & Sons');
    assert.equal(account.email, email);
    const who = await visitor.get('/v1/session');
    assert.equal(who.status, 200);
    assert.deepEqual(who.body.account, account);
    const { passwordHash } = await market.db.prisma.seller.findUniqueOrThrow({
      where: { id: account.id },
    });
    assert.match(passwordHash!, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('refuse a password that is short or long, and an email or name that is none', async () => {
    const good = { name: 'Weather', email: anEmail(), password: PASSWORD };
    const faults = [
      { password: 'x'.repeat(11) },
      { password: 'x'.repeat(201) },
      { email: 'nobody' },
      { name: ' ' },
      { admin: true },
    ];
    for (const fault of faults) {
      isProblem(await browser().post('/v1/accounts', { ...good, ...fault }), 400, 'invalid');
    }
    assert.equal((await browser().post('/v1/accounts', good)).status, 201);
  });

  it('are one an email, also when two register at once', async () => {
    const email = anEmail();
    const register = () =>
      browser().post('/v1/accounts', { name: 'Weather', email, password: PASSWORD });
    const answers = await Promise.all([register(), register()]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
    isProblem(answers.find(({ status }) => status === 409)!, 409, 'email-taken');
  });

  it('are logged into with the password in any normal form of Unicode', async () => {
    const email = anEmail();
    const password = 'Zürich im Frühling';
    await browser().post('/v1/accounts', { name: 'Z', email, password: password.normalize('NFD') });
    assert.equal((await browser().logIn(email, password.normalize('NFC'))).status, 200);
    assert.equal((await browser().logIn(email, 'Zurich im Fruhling')).status, 401);
  });

  it('answer the same, after about the same work, to a wrong password and an unknown email', async () => {
    const { email } = await browser().register();
    const wrong = await measured(() => browser().logIn(email, 'not the password'));
    const unknown = await measured(() => browser().logIn(anEmail(), 'not the password'));
    isProblem(wrong.answer, 401, 'wrong-login');
    const { instance: _, ...said } = wrong.answer.body;
    assert.deepEqual(
      { ...unknown.answer.body, instance: undefined },
      { ...said, instance: undefined },
    );
    const ratio = wrong.cpuMs / unknown.cpuMs;
    assert.ok(ratio > 1 / 2 && ratio < 2, `one takes ${ratio} times as long as the other`);
  });

  it('take so many guesses and no more, also at once, and let others go on', async () => {
    const { email } = await browser().register();
    const guesses = Array.from({ length: GUESSES * 2 }, () =>
      browser().logIn(email, 'wrong password'),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 401).length, GUESSES);
    const refused = await browser().logIn(email);
    isProblem(refused, 429, 'rate-limited');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    await browser().register();
  });

  it('change name, homepage and contact, and nothing else', async () => {
    const seller = browser();
    await seller.register();
    const change = { homepage: 'https://weather.example', contact: 'call us' };
    assert.equal((await seller.send('PATCH', '/v1/account', change)).status, 200);
    const renamed = await seller.send('PATCH', '/v1/account', { name: 'Storm', contact: null });
    const { name, homepage, contact } = accountShape.parse(renamed.body);
    assert.deepEqual(
      { name, homepage, contact },
      { name: 'Storm', homepage: change.homepage, contact: null },
    );
    for (const fault of [{ homepage: 'javascript:alert(1)' }, { email: anEmail() }, { name: '' }]) {
      isProblem(await seller.send('PATCH', '/v1/account', fault), 400, 'invalid');
    }
    assert.deepEqual((await seller.get('/v1/account')).body, renamed.body);
  });

  it('change the password only with the old one, which ends all other sessions', async () => {
    const [here, elsewhere] = [browser(), browser()];
    const { id, email } = await here.register();
    await elsewhere.logIn(email);
    const change = { oldPassword: 'not the password', newPassword: 'a whole new password' };
    isProblem(await here.post('/v1/account/password', change), 422, 'wrong-password');
    assert.ok(await elsewhere.isLoggedIn());
    const before = here.cookie;
    const changed = await here.post('/v1/account/password', { ...change, oldPassword: PASSWORD });
    assert.equal(changed.status, 204);
    assert.equal(await elsewhere.isLoggedIn(), false);
    assert.ok(await here.isLoggedIn());
    assert.notEqual(here.cookie, before, 'the session that stays has a new id');
    assert.equal(await sessionsOf(id), 1);
    assert.equal((await browser().logIn(email)).status, 401);
    assert.equal((await browser().logIn(email, change.newPassword)).status, 200);
  });

  it('are closed to a login that was under way with the old password', async () => {
    const seller = browser();
    const { id, email } = await seller.register();
    const { prisma } = market.db;
    const checked = await checkLogin(prisma, { email, password: PASSWORD });
    assert.ok(!isRefusal(checked));
    const change = { oldPassword: PASSWORD, newPassword: 'a whole new password' };
    assert.equal((await seller.post('/v1/account/password', change)).status, 204);
    const owner = { sellerId: id, shelfId: null };
    await saveSession(prisma, 'late', { passwordMark: passwordMark(checked) }, owner);
    assert.equal(await readSession(prisma, 'late'), null);
  });

  describe('sessions', () => {
    it('are kept as a hash of their id, and leave nothing of visitors', async () => {
      const before = await market.db.prisma.session.count();
      const visitor = browser();
      await visitor.get('/v1/market');
      await visitor.get('/v1/session');
      await visitor.logIn(anEmail());
      assert.equal(visitor.cookie, '');
      assert.equal(await market.db.prisma.session.count(), before);
      const { id } = await visitor.register();
      const stored = await market.db.prisma.session.findFirstOrThrow({ where: { sellerId: id } });
      const held = decodeURIComponent(visitor.cookie.split('=')[1]!).slice(2).split('.')[0]!;
      const text = JSON.stringify([stored.data, Buffer.from(stored.id).toString('latin1')]);
      assert.equal(text.includes(held), false);
    });

    it('A36 are new after a login: an id that was planted before is worth nothing', async () => {
      const attacker = browser();
      await attacker.post('/v1/lnurl-auth');
      const planted = attacker.cookie;
      assert.notEqual(planted, '');
      const victim = browser();
      const { email } = await browser().register();
      victim.cookie = planted;
      assert.equal((await victim.logIn(email)).status, 200);
      assert.notEqual(victim.cookie, planted);
      assert.ok(await victim.isLoggedIn());
      assert.equal(await attacker.isLoggedIn(), false);
    });

    it('A36 are not begun by an id that the market did not give out', async () => {
      const visitor = browser();
      visitor.cookie = 'dazaar=s%3Aplanted.signature';
      const { id } = await visitor.register();
      assert.ok(await visitor.isLoggedIn());
      assert.equal(await sessionsOf(id), 1);
      assert.equal(visitor.cookie.includes('planted'), false);
    });

    it('are gone after logging out, whoever kept the cookie and still used it', async () => {
      const seller = browser();
      const { id } = await seller.register();
      const kept = seller.cookie;
      const sessionId = decodeURIComponent(kept.split('=')[1]!).slice(2).split('.')[0]!;
      const out = await seller.send('DELETE', '/v1/session');
      assert.equal(out.status, 204);
      assert.match(out.headers.get('set-cookie') ?? '', /^dazaar=;.*Expires=Thu, 01 Jan 1970/);
      await touchSession(market.db.prisma, sessionId);
      assert.equal(await sessionsOf(id), 0);
      seller.cookie = kept;
      isProblem(await seller.get('/v1/session'), 401, 'unauthenticated');
    });

    it('end when they are not used, and after thirty days however much they are', async () => {
      const seller = browser();
      const { id, email } = await seller.register();
      await age(id, 25);
      assert.equal(await seller.isLoggedIn(), false, 'not used for a day');
      await seller.logIn(email);
      for (let day = 0; day < 29; day++) {
        await age(id, 23);
        assert.ok(await seller.isLoggedIn());
      }
      await age(id, 30 * 24 - 29 * 23);
      assert.equal(await seller.isLoggedIn(), false, 'thirty days');
      await forget(market.db.prisma);
      assert.equal(await sessionsOf(id), 0);
    });

    it('come in a cookie that scripts cannot read and other sites do not send', async () => {
      const opened = await browser().post('/v1/accounts', {
        name: 'Weather',
        email: anEmail(),
        password: PASSWORD,
      });
      const cookie = opened.headers.get('set-cookie')!;
      assert.match(cookie, /^dazaar=s%3A/);
      assert.match(cookie, /; Path=\/;.*; HttpOnly; SameSite=Lax$/);
      const maxAgeMs = Date.parse(/Expires=([^;]+)/.exec(cookie)![1]!) - Date.now();
      assert.ok(maxAgeMs > 29 * DAY_MS && maxAgeMs <= 30 * DAY_MS);
      assert.equal(opened.headers.get('cache-control'), 'no-store');
    });

    it('are bound to the host and to TLS where the origin is https, whatever a proxy says', async () => {
      const publicUrl = 'https://market.example';
      await using secure = await startSecondServer(market, { publicUrl });
      const seller = new Browser(secure.url, publicUrl);
      await seller.register();
      assert.match(seller.cookie, /^__Host-dazaar=/);
      assert.ok(await seller.isLoggedIn());
      const foreign = new Browser(secure.url, secure.url);
      foreign.cookie = seller.cookie;
      isProblem(await foreign.post('/v1/account/password', {}), 403, 'foreign-origin');
    });

    it('do not act for pages of other origins, also under a forged Host (A40)', async () => {
      const seller = browser();
      await seller.register();
      const change = { name: 'Mallory' };
      const patch = (headers: Record<string, string>) =>
        seller.send('PATCH', '/v1/account', change, headers);
      for (const headers of [
        {},
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `${market.server.url}.evil.example` },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
      ] as Record<string, string>[]) {
        isProblem(await patch(headers), 403, 'foreign-origin');
      }
      const forged = { host: 'evil.example', origin: 'http://evil.example', cookie: seller.cookie };
      assert.equal(await rawPatch(market.server.url, { ...forged }), 403);
      const forwarded = { ...forged, 'x-forwarded-host': 'evil.example' };
      assert.equal(await rawPatch(market.server.url, forwarded), 403);
      assert.equal((await seller.get('/v1/account')).body.name, 'Weather & Sons');
      assert.equal((await patch({ 'sec-fetch-site': 'same-origin' })).status, 200);
      assert.equal((await patch({ origin: market.server.url })).status, 200);
    });

    it('are not begun by pages of other origins', async () => {
      const { email } = await browser().register();
      const foreign = new Browser(market.server.url, 'https://evil.example');
      isProblem(await foreign.logIn(email), 403, 'foreign-origin');
      isProblem(await foreign.post('/v1/lnurl-auth'), 403, 'foreign-origin');
      const tool = browser();
      assert.equal(
        (await tool.send('POST', '/v1/session', { email, password: PASSWORD }, {})).status,
        200,
      );
    });
  });

  /** Lets hours pass for the sessions of a seller. */
  async function age(sellerId: string, hours: number): Promise<void> {
    await market.db.prisma.$executeRaw`
      UPDATE sessions SET created_at = created_at - make_interval(hours => ${hours}::int),
        expires_at = expires_at - make_interval(hours => ${hours}::int) WHERE seller_id = ${sellerId}::uuid`;
  }
});

/** The answer, and the least work of four times, in ms of processor time: the machine has other things to do. */
async function measured(run: () => Promise<Answer>): Promise<{ answer: Answer; cpuMs: number }> {
  let cpuMs = Number.POSITIVE_INFINITY;
  let answer: Answer | undefined;
  for (let trial = 0; trial < 4; trial++) {
    const before = process.cpuUsage();
    answer = await run();
    const { user, system } = process.cpuUsage(before);
    cpuMs = Math.min(cpuMs, (user + system) / 1000);
  }
  assert.ok(answer);
  return { answer, cpuMs };
}

/** As fetch would not send it: with a Host of one's own choice. */
function rawPatch(url: string, headers: Record<string, string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const options = { method: 'PATCH', headers: { ...headers, 'content-type': 'application/json' } };
  const sent = request(`${url}/v1/account`, options, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  sent.on('error', reject);
  sent.end(JSON.stringify({ name: 'Mallory' }));
  return promise;
}
