import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { openAccount } from '../../flow/accounts.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { globalSetup, globalTeardown } from '../support/cluster.ts';
import { startMarket } from '../support/market.ts';

const skip = await browserMissing();
after(closeBrowser);

const ACCOUNT = { name: 'Ada', email: 'ada@example.org', password: 'a long enough password' };
const AS_BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const STACK = /at .*\.ts:\d+|node_modules|Error:/;

describe('a page that cannot be shown', () => {
  it('says what that means and what to do next; programs get their documents', {
    skip,
  }, async () => {
    const limits = { logins: { amount: 2, windowSeconds: 60 } };
    await using market = await startMarket({ workers: false, limits });
    const { url: origin } = market.server;
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(origin + path, {
        redirect: 'manual',
        ...init,
        headers: { ...AS_BROWSER, ...init.headers },
      });
    const form = (body: string) => ({
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
    });
    const cases: [what: string, status: number, says: RegExp, answer: Promise<Response>][] = [
      ['an address that is none', 404, /There is nothing here/, ask('/nothing')],
      ['a listing that is none', 404, /There is nothing here/, ask('/listings/nothing-like-it')],
      ['a broken percent sign', 400, /cannot be read/, ask('/listings/%E0%A4%A')],
      ['one in an asset', 400, /cannot be read/, ask('/assets/%E0%A4%A')],
      ['a form without its token', 403, /open for too long/, ask('/login', form('email=a'))],
      [
        'a form that is too large',
        413,
        /too much at once/,
        ask('/login', form('a'.repeat(300_000))),
      ],
      [
        'a form of another site',
        403,
        /Not allowed/,
        ask('/login', { ...form(''), headers: { origin: 'https://elsewhere.example' } }),
      ],
    ];
    for (const [what, status, says, pending] of cases) {
      const answer = await pending;
      const text = await answer.text();
      assert.equal(answer.status, status, what);
      assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8', what);
      assert.equal(answer.headers.get('cache-control'), 'no-store', what);
      assert.match(answer.headers.get('content-security-policy')!, /script-src 'nonce-/, what);
      assert.match(text, says, what);
      assert.ok(text.includes(answer.headers.get('request-id')!), `${what}: names its request`);
      assert.doesNotMatch(text, STACK, what);
    }

    const program = await fetch(`${origin}/nothing`, { headers: { accept: 'application/json' } });
    assert.equal(program.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    const api = await ask('/v1/listings/nothing');
    assert.equal(api.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    const head = await ask('/nothing', { method: 'HEAD' });
    assert.equal(head.status, 404);
    assert.equal(await head.text(), '');

    await using guest = await visitor({ origin });
    const { page } = guest;
    await page.goto('/nothing-here?x=<script>');
    await assertAccessible(page);
    await page.getByLabel('Search the data').fill('x');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?q=x');

    await page.goto('/login');
    for (let tries = 0; tries < 2; tries++) await ask('/login', form(''));
    await page.getByLabel('Email').fill('a@example.org');
    await page.getByLabel('Password', { exact: true }).fill('a long enough password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'A little slower, please' }).waitFor();
    assert.match(
      await page.getByText('Come back in').innerText(),
      /Come back in (\d+ s|1 min 0 s)\./,
    );
    await assertAccessible(page);
    assert.deepEqual(guest.complaints, []);
  });

  it('A44 tells of maintenance while Postgres is down, to whoever is logged in too', {
    skip,
  }, async () => {
    const shared = process.env.TEST_POSTGRES_URL;
    await globalSetup();
    const market = await startMarket({ workers: false });
    try {
      const { url: origin } = market.server;
      await openAccount(market.deps.prisma, ACCOUNT);
      await using ada = await visitor({ origin, theme: 'dark' });
      const { page } = ada;
      await page.goto('/login');
      await page.getByLabel('Email').fill(ACCOUNT.email);
      await page.getByLabel('Password', { exact: true }).fill(ACCOUNT.password);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.waitForURL('**/desk');

      await globalTeardown();
      const cookies = await ada.context.cookies();
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      for (const path of ['/', '/desk', '/listings/x', '/shelf', '/sitemap.xml']) {
        const answer = await fetch(origin + path, { headers: { ...AS_BROWSER, cookie } });
        assert.equal(answer.status, 503, path);
        assert.ok(Number(answer.headers.get('retry-after')) > 0, path);
        const text = await answer.text();
        assert.match(text, /Back in a moment/, path);
        assert.doesNotMatch(text, STACK, path);
      }
      await page.goto('/');
      await page.getByRole('heading', { name: 'Back in a moment' }).waitFor();
      await assertAccessible(page);
      assert.equal(await page.getByRole('link', { name: 'Try again' }).getAttribute('href'), '/');
      assert.deepEqual(ada.complaints, []);
    } finally {
      // Its database is gone, and cannot be dropped.
      await market[Symbol.asyncDispose]().catch(() => {});
      if (shared) process.env.TEST_POSTGRES_URL = shared;
    }
  });
});
