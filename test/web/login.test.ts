import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openAccount } from '../../flow/accounts.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';

const skip = await browserMissing();
after(closeBrowser);

const ADA = { name: 'Ada', email: 'ada@example.org', password: 'a long enough password' };

describe('logging in', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    const guesses = { amount: 30, windowSeconds: 600 };
    market = await startMarket({ workers: false, limits: { guesses } });
    await openAccount(market.deps.prisma, ADA);
  });
  after(() => market[Symbol.asyncDispose]());

  it('brings whoever logs in back to where he was', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await page.goto('/login?next=/shelf');
    await assertAccessible(page);
    await page.getByLabel('Email').fill(ADA.email);
    await page.getByLabel('Password', { exact: true }).fill('not this one, no');
    await page.getByRole('button', { name: 'Log in' }).click();
    assert.match(await page.getByRole('alert').innerText(), /password/i);
    assert.equal(await page.getByLabel('Email').inputValue(), ADA.email);

    await enter(ada);
    await page.waitForURL('**/shelf');
    assert.deepEqual(ada.complaints, []);
  });

  // A41, as an address and as a field of the form.
  for (const next of [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example/',
    'https:evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    '/%0a/evil.example',
    '%2f%2fevil.example',
    '/..//evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/@evil.example',
    'evil.example',
  ]) {
    it(`stays at home when it is to go on to ${JSON.stringify(next)}`, async () => {
      await using ada = await visitor({ origin: market.server.url, javaScript: false });
      await ada.page.goto(`/login?next=${encodeURIComponent(next)}`);
      await enter(ada);
      await ada.page.waitForURL((url) => url.pathname !== '/login');
      assert.equal(new URL(ada.page.url()).origin, market.server.url);
      assert.deepEqual(ada.complaints, []);
    });
  }

  it('gives another session id, so that one known before is worth nothing (A36)', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page, context } = ada;
    await page.goto('/login/wallet');
    await page.getByRole('button', { name: 'Show me a code' }).click();
    await page.getByRole('img', { name: /QR/ }).waitFor();
    const before = await sessionOf(ada);
    await page.goto('/login');
    await enter(ada);
    await page.waitForURL((url) => url.pathname !== '/login');
    const after = await sessionOf(ada);
    assert.notEqual(after, before);
    await context.clearCookies({ name: 'dazaar' });
    const cookie = { name: 'dazaar', value: before, url: market.server.url };
    await context.addCookies([cookie]);
    await page.goto('/desk/listings');
    assert.equal(new URL(page.url()).pathname, '/login');
  });

  it('takes no form without the browser’s token, and none from another site', async () => {
    const form = new URLSearchParams({ email: ADA.email, password: ADA.password });
    const send = (headers: Record<string, string>) =>
      fetch(`${market.server.url}/login`, {
        method: 'POST',
        body: form,
        headers,
        redirect: 'manual',
      });
    assert.equal((await send({ origin: market.server.url })).status, 403);
    assert.equal((await send({ origin: 'https://evil.example' })).status, 403);
  });

  it('stops a guesser, in words', async () => {
    await using eve = await visitor({ origin: market.server.url, javaScript: false });
    const { page } = eve;
    await page.goto('/login');
    for (let tries = 0; tries < 40; tries += 1) {
      if ((await page.getByLabel('Email').count()) === 0) break;
      await page.getByLabel('Email').fill('eve@example.org');
      await page.getByLabel('Password').fill('a wrong password');
      await page.getByRole('button', { name: 'Log in' }).click();
    }
    assert.match(await page.locator('main').innerText(), /Come back in/);
  });
});

async function enter({ page }: Visitor): Promise<void> {
  await page.getByLabel('Email').fill(ADA.email);
  await page.getByLabel('Password', { exact: true }).fill(ADA.password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function sessionOf({ context }: Visitor): Promise<string> {
  const cookie = (await context.cookies()).find(({ name }) => name === 'dazaar');
  assert.ok(cookie);
  return cookie.value;
}
