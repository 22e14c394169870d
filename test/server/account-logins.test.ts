import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { account as accountShape } from '../../contract/account.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { anEmail, Browser, isProblem, PASSWORD } from './browser.ts';
import { Wallet } from './wallet.ts';

const GUESSES = 12;

describe('what logs into an account', () => {
  let market: TestMarket;
  before(async () => {
    const guesses = { amount: GUESSES, windowSeconds: 900 };
    market = await startMarket({ workers: false, limits: { guesses } });
  });
  after(() => market[Symbol.asyncDispose]());
  const browser = () => new Browser(market.server.url);

  /** A browser that a new wallet has logged into, and the wallet. */
  async function byWallet(wallet = new Wallet(), seller = browser()) {
    const { body } = await seller.post<{ lnurl: string }>('/v1/lnurl-auth');
    await wallet.answer(body.lnurl);
    assert.equal((await seller.get('/v1/lnurl-auth')).body.state, 'logged-in');
    return { seller, wallet };
  }

  it('may become email and password too, once, where a wallet was all', async () => {
    const { seller, wallet } = await byWallet();
    const { seller: elsewhere } = await byWallet(wallet);
    const login = { email: anEmail(), password: PASSWORD };
    const added = await seller.post('/v1/account/login', login);
    assert.equal(added.status, 200);
    assert.equal(accountShape.parse(added.body).email, login.email);
    assert.ok(await seller.isLoggedIn());
    assert.equal(await elsewhere.isLoggedIn(), false, 'sessions without a password are over');
    assert.equal((await browser().logIn(login.email)).status, 200);
    isProblem(await seller.post('/v1/account/login', login), 409, 'has-password');
  });

  it('is given to one of two at once', async () => {
    const login = { email: anEmail(), password: PASSWORD };
    const sellers = await Promise.all([byWallet(), byWallet()]);
    const answers = await Promise.all(
      sellers.map(({ seller }) => seller.post('/v1/account/login', login)),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    isProblem(answers.find(({ status }) => status === 409)!, 409, 'email-taken');
  });

  it('may be another email, for whoever knows the password', async () => {
    const seller = browser();
    const { email } = await seller.register();
    const { email: taken } = await browser().register();
    const change = (next: string, password = PASSWORD) =>
      seller.post('/v1/account/email', { email: next, password });
    isProblem(await change(anEmail(), 'not the password'), 422, 'wrong-password');
    isProblem(await change(taken), 409, 'email-taken');
    isProblem(await change('nobody'), 400, 'invalid');
    const next = anEmail();
    assert.equal((await change(next.toUpperCase())).body.email, next);
    assert.equal((await browser().logIn(email)).status, 401);
    assert.equal((await browser().logIn(next)).status, 200);
    const { seller: walletOnly } = await byWallet();
    const answer = await walletOnly.post('/v1/account/email', { email, password: PASSWORD });
    isProblem(answer, 409, 'no-password');
  });

  it('cannot be guessed by way of changing the email', async () => {
    const seller = browser();
    await seller.register();
    const body = { email: anEmail(), password: 'not the password' };
    const guesses = Array.from({ length: GUESSES }, () => seller.post('/v1/account/email', body));
    for (const { status } of await Promise.all(guesses)) assert.equal(status, 422);
    isProblem(await seller.post('/v1/account/email', body), 429, 'rate-limited');
  });

  it('is a wallet no more once it is unlinked, which ends its sessions', async () => {
    const { seller, wallet } = await byWallet();
    isProblem(await seller.send('DELETE', '/v1/account/wallet'), 409, 'no-password');
    const login = { email: anEmail(), password: PASSWORD };
    const { id } = accountShape.parse((await seller.post('/v1/account/login', login)).body);
    const { seller: elsewhere } = await byWallet(wallet);
    assert.equal((await seller.send('DELETE', '/v1/account/wallet')).status, 204);
    assert.ok(await seller.isLoggedIn());
    assert.equal(await elsewhere.isLoggedIn(), false);
    const { seller: stranger } = await byWallet(wallet);
    assert.notEqual(
      (await stranger.get('/v1/account')).body.id,
      id,
      'it opens an account of its own',
    );
  });

  it('is asked for everywhere after logging out everywhere', async () => {
    const [here, elsewhere, other] = [browser(), browser(), browser()];
    const { email } = await here.register();
    await elsewhere.logIn(email);
    await other.register();
    assert.equal((await here.send('DELETE', '/v1/account/sessions')).status, 204);
    assert.equal(await here.isLoggedIn(), false);
    assert.equal(await elsewhere.isLoggedIn(), false);
    assert.ok(await other.isLoggedIn());
  });

  it('is changed by no API key', async () => {
    const headers = { authorization: `Bearer ${market.apiKey}` };
    for (const [method, path] of [
      ['POST', '/v1/account/login'],
      ['POST', '/v1/account/email'],
      ['DELETE', '/v1/account/wallet'],
      ['DELETE', '/v1/account/sessions'],
    ] as const) {
      const answer = await fetch(`${market.server.url}${path}`, { method, headers });
      assert.equal(answer.status, 403, path);
    }
  });
});
