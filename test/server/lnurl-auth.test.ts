import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { loginChallenge, walletLogin } from '../../contract/account.ts';
import { forget } from '../../flow/forget.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { Browser, isProblem } from './browser.ts';
import { Wallet } from './wallet.ts';

// The example of LUD-04 itself.
const EXAMPLE = {
  k1: 'e2af6254a8df433264fa23f67eb8188635d15ce883e8fc020989d5f82ae6f11e',
  sig: '304402203767faf494f110b139293d9bab3c50e07b3bf33c463d4aa767256cd09132dc5102205821f8efacdb5c595b92ada255876d9201e126e2f31a140d44561cc1f7e9e43d',
  key: '02c3b844b8104f0c1b15c507774c9ba7fc609f58f343b9b149122e944dd20c9362',
};

describe('wallet login', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());
  const browser = () => new Browser(market.server.url);

  it('makes an account at the first login, and finds it at the next', async () => {
    const wallet = new Wallet();
    const first = browser();
    const { lnurl, url, k1, expiresAtMs } = await ask(first);
    assert.match(lnurl, /^LNURL1[02-9AC-HJ-NP-Z]+$/);
    assert.equal(new URL(url).origin, market.server.url);
    assert.equal(new URL(url).searchParams.get('k1'), k1);
    assert.ok(expiresAtMs > Date.now() + 4 * 60_000 && expiresAtMs <= Date.now() + 5 * 60_000);
    assert.deepEqual(await poll(first), { state: 'pending', expiresAtMs, account: null });
    assert.deepEqual(await wallet.answer(lnurl), { status: 'OK' });
    const { account } = await poll(first);
    assert.equal(account!.hasWallet, true);
    assert.equal(account!.email, null);
    assert.ok(await first.isLoggedIn());

    const second = browser();
    await wallet.answer((await ask(second)).lnurl);
    assert.equal((await poll(second)).account!.id, account!.id);
  });

  it('makes one account when two sessions finish the first login of a wallet at once', async () => {
    const wallet = new Wallet();
    const [one, other] = [browser(), browser()];
    for (const each of [one, other]) await wallet.answer((await ask(each)).lnurl);
    const [first, second] = await Promise.all([poll(one), poll(other)]);
    assert.equal(first.account!.id, second.account!.id);
  });

  it('links the wallet to the account that is logged in', async () => {
    const wallet = new Wallet();
    const seller = browser();
    const { id } = await seller.register();
    const { lnurl, url } = await ask(seller);
    assert.equal(new URL(url).searchParams.get('action'), 'link');
    await wallet.answer(lnurl);
    const linked = await poll(seller);
    assert.equal(linked.account!.id, id);
    assert.equal(linked.account!.hasWallet, true);
    const elsewhere = browser();
    await wallet.answer((await ask(elsewhere)).lnurl);
    assert.equal((await poll(elsewhere)).account!.id, id);
  });

  it('links no wallet that logs into another account', async () => {
    const wallet = new Wallet();
    const owner = browser();
    await wallet.answer((await ask(owner)).lnurl);
    await poll(owner);
    const seller = browser();
    const { id } = await seller.register();
    await wallet.answer((await ask(seller)).lnurl);
    isProblem(await seller.get('/v1/lnurl-auth'), 409, 'wallet-taken');
    const { linkingKey } = await market.db.prisma.seller.findUniqueOrThrow({ where: { id } });
    assert.equal(linkingKey, null);
  });

  it('takes a signature as the specification has it, and one with a high S', async () => {
    const k1 = Uint8Array.from(Buffer.from(EXAMPLE.k1, 'hex'));
    const expiresAt = new Date(Date.now() + 60_000);
    const sessionId = Uint8Array.from(randomBytes(32));
    await market.db.prisma.loginChallenge.create({ data: { k1, sessionId, expiresAt } });
    const query = new URLSearchParams({ tag: 'login', ...EXAMPLE });
    const answer = await fetch(`${market.server.url}/v1/lnurl-auth/callback?${query}`);
    assert.deepEqual(await answer.json(), { status: 'OK' });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');

    const wallet = new Wallet();
    const { lnurl, k1: asked } = await ask(browser());
    assert.equal((await wallet.answer(lnurl, { sig: wallet.sign(asked, false) })).status, 'OK');
  });

  it('A36 takes an answer once', async () => {
    const wallet = new Wallet();
    const visitor = browser();
    const { lnurl } = await ask(visitor);
    const answers = await Promise.all(Array.from({ length: 10 }, () => wallet.answer(lnurl)));
    assert.equal(answers.filter(({ status }) => status === 'OK').length, 1);
    assert.equal((await new Wallet().answer(lnurl)).status, 'ERROR');
    const finished = await Promise.all(
      Array.from({ length: 5 }, () => visitor.get('/v1/lnurl-auth')),
    );
    const loggedIn = finished.filter(({ body }) => body.state === 'logged-in');
    assert.equal(loggedIn.length, 1, 'one session comes of one answer');
    assert.equal((await wallet.answer(lnurl)).status, 'ERROR', 'k1 is replayed');
  });

  it('A36 logs in the session that asked, and no other', async () => {
    const [asking, other] = [browser(), browser()];
    const { lnurl } = await ask(asking);
    await ask(other);
    await new Wallet().answer(lnurl);
    assert.equal((await poll(other)).state, 'pending');
    isProblem(await browser().get('/v1/lnurl-auth'), 404, 'no-wallet-login');
    assert.equal((await poll(asking)).state, 'logged-in');
  });

  it('A36 leaves whoever kept the session id from before with nothing', async () => {
    const asking = browser();
    const { lnurl } = await ask(asking);
    const attacker = browser();
    attacker.cookie = asking.cookie;
    await new Wallet().answer(lnurl);
    await poll(asking);
    assert.ok(await asking.isLoggedIn());
    assert.equal(await attacker.isLoggedIn(), false);
    isProblem(await attacker.get('/v1/lnurl-auth'), 404, 'no-wallet-login');
  });

  it('A36 refuses wrong signatures, tags, keys and challenges, in the way of wallets', async () => {
    const wallet = new Wallet();
    const visitor = browser();
    const { lnurl, k1 } = await ask(visitor);
    const strange = randomBytes(32).toString('hex');
    const faults: Record<string, string | undefined>[] = [
      { tag: 'payRequest' },
      { tag: undefined },
      { sig: wallet.sign(strange) },
      { sig: `${wallet.sign(k1).slice(0, -2)}ff` },
      { sig: 'ff'.repeat(70) },
      { sig: 'none' },
      { sig: undefined },
      { key: new Wallet().key },
      { key: `05${wallet.key.slice(2)}` },
      { key: undefined },
      { k1: strange, sig: wallet.sign(strange) },
      { k1: 'short' },
    ];
    for (const fault of faults) {
      const { status, reason } = await wallet.answer(lnurl, fault);
      assert.equal(status, 'ERROR', JSON.stringify(fault));
      assert.ok(reason);
    }
    assert.equal((await poll(visitor)).state, 'pending');
    assert.equal((await wallet.answer(lnurl)).status, 'OK', 'no failure used it up');
  });

  it('A36 refuses what has expired, and forgets it', async () => {
    const visitor = browser();
    const { lnurl, k1 } = await ask(visitor);
    await expire(k1);
    assert.equal((await new Wallet().answer(lnurl)).status, 'ERROR');
    isProblem(await visitor.get('/v1/lnurl-auth'), 404, 'no-wallet-login');

    const late = await ask(visitor);
    await new Wallet().answer(late.lnurl);
    await expire(late.k1);
    isProblem(await visitor.get('/v1/lnurl-auth'), 404, 'no-wallet-login');
    assert.equal(await visitor.isLoggedIn(), false);
    await forget(market.db.prisma);
    const bytes = Uint8Array.from(Buffer.from(late.k1, 'hex'));
    assert.equal(await market.db.prisma.loginChallenge.count({ where: { k1: bytes } }), 0);
  });

  it('A36 makes the older challenge void when a session asks again', async () => {
    const visitor = browser();
    const older = await ask(visitor);
    const newer = await ask(visitor);
    assert.equal((await new Wallet().answer(older.lnurl)).status, 'ERROR');
    assert.equal((await new Wallet().answer(newer.lnurl)).status, 'OK');
    assert.equal((await poll(visitor)).state, 'logged-in');
  });

  async function ask(visitor: Browser) {
    const { status, body } = await visitor.post('/v1/lnurl-auth');
    assert.equal(status, 201);
    return loginChallenge.parse(body);
  }

  async function poll(visitor: Browser) {
    const { status, body } = await visitor.get('/v1/lnurl-auth');
    assert.equal(status, 200, JSON.stringify(body));
    return walletLogin.parse(body);
  }

  async function expire(k1: string): Promise<void> {
    await market.db.prisma.loginChallenge.update({
      where: { k1: Uint8Array.from(Buffer.from(k1, 'hex')) },
      data: { expiresAt: new Date(Date.now() - 1_000) },
    });
  }
});
