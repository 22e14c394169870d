import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { atDesk, openOther, startShop } from './desk-shop.ts';

const skip = await browserMissing();

describe('API keys at the desk', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startShop({ workers: false });
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });
  const answerTo = async (key: string, path = '/v1/seller/balance') => {
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${market.server.url}${path}`, { headers })).status;
  };

  it('are made, shown once, work against the API, and are refused once revoked', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    await page.goto('/desk/keys');
    await page.getByLabel('What it is for').fill('books <i>');
    await page.getByLabel('Look').uncheck();
    await page.getByLabel('Write data').uncheck();
    await page.getByRole('button', { name: 'Make the key' }).click();
    assert.match(await page.getByRole('alert').innerText(), /at least one/);
    assert.equal(await page.getByLabel('What it is for').inputValue(), 'books <i>');
    await page.getByLabel('Look').check();
    const [answer] = await Promise.all([
      page.waitForResponse((one) => one.request().method() === 'POST'),
      page.getByRole('button', { name: 'Make the key' }).click(),
    ]);
    assert.equal(answer.headers()['cache-control'], 'no-store');
    const key = await page.locator('.secret code').innerText();
    assert.match(key, /^dzr_sandbox_[0-9a-f]{16}_[\w-]{43}$/);
    assert.equal(page.url().includes(key), false);
    assert.equal(await answerTo(key), 200);
    assert.equal(await answerTo(key, '/v1/seller/webhooks'), 403, 'it may only look');

    await page.goto('/desk/keys');
    assert.equal((await page.content()).includes(key.slice(-43)), false, 'shown once');
    await page.getByRole('link', { name: 'Revoke books <i>' }).click();
    assert.equal(await answerTo(key), 200, 'nobody has confirmed it yet');
    await page.getByRole('button', { name: 'Revoke the key' }).click();
    await page.getByRole('status').waitFor();
    assert.equal(await answerTo(key), 401);
  });

  it('are rotated with the keyboard, and a reload makes no other', async () => {
    await using seller = await atDesk(market, { theme: 'dark', width: 320 });
    const { page, complaints } = seller;
    await page.goto('/desk/keys');
    await assertAccessible(page);
    await page.getByRole('link', { name: 'Rotate test' }).press('Enter');
    await page.getByLabel('The old key').selectOption('Ends at once');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Make the new key' }).press('Enter');
    const key = await page.locator('.secret code').innerText();
    await assertAccessible(page);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
    assert.equal(await answerTo(key), 200);
    assert.equal(await answerTo(market.apiKey), 401);
    const count = () => market.db.prisma.apiKey.count();
    const before = await count();
    await page.reload();
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    assert.equal(await page.locator('.secret').count(), 0);
    assert.equal(await count(), before);
    assert.deepEqual(complaints, []);
  });

  it('A35 are nobody else’s, and no foreign page makes any', async () => {
    const { id } = await market.db.prisma.apiKey.findFirstOrThrow({ where: { revokedAt: null } });
    await using other = await atDesk(market, {}, await openOther(market));
    const { page, complaints } = other;
    for (const change of ['revoke', 'rotate']) {
      assert.equal((await page.goto(`/desk/keys/${id}/${change}`))?.status(), 404);
    }
    await page.goto('/desk/keys');
    await page.getByText('You have none yet.').waitFor();
    await assertAccessible(page);
    const csrf = await page.locator('main input[name=csrf]').first().inputValue();
    const post = (path: string, form: Record<string, string>, origin = market.server.url) =>
      page.request.post(path, { form, headers: { origin } });
    assert.equal((await post(`/desk/keys/${id}/revoke`, { csrf })).status(), 404);
    assert.equal((await post(`/desk/keys/${id}/rotate`, { csrf })).status(), 404);
    const wanted = { label: 'mine', scopes: 'payouts', lasts: '30' };
    assert.equal((await post('/desk/keys', wanted)).status(), 403);
    const foreign = await post('/desk/keys', { ...wanted, csrf }, 'https://evil.example');
    assert.equal(foreign.status(), 403);
    assert.equal(await market.db.prisma.apiKey.count({ where: { label: 'mine' } }), 0);
    assert.deepEqual(complaints, []);
  });
});
