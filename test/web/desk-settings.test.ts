import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Wallet } from '../server/wallet.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { atDesk, openOther, SELLER, startShop } from './desk-shop.ts';

const skip = await browserMissing();
const NEW_PASSWORD = 'another long password';

describe('settings at the desk', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startShop({ workers: false });
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });
  const account = () =>
    market.db.prisma.seller.findUniqueOrThrow({ where: { id: market.sellerId } });

  it('change what buyers see, without scripts', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    await page.goto('/desk/settings');
    await page.getByLabel('Name').fill('Weather & Sons');
    await page.getByLabel('Homepage').fill('ftp://weather.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Weather & Sons');
    await page.getByLabel('Homepage').fill('https://weather.example');
    await page.getByLabel('Contact').fill('<b>call us</b>');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('status').getByText('saved').waitFor();
    const { name, homepage, contact } = await account();
    assert.deepEqual(
      [name, homepage, contact],
      ['Weather & Sons', 'https://weather.example', '<b>call us</b>'],
    );
    await page.goto('/desk/settings?done=<script>alert(1)</script>');
    assert.equal(await page.getByRole('status').count(), 0, 'an address says nothing of its own');
  });

  it('change email and password, which ends all other sessions', async () => {
    await using elsewhere = await atDesk(market);
    await using seller = await atDesk(market, { theme: 'dark', width: 320 });
    const { page, complaints } = seller;
    await page.goto('/desk/settings');
    await page.getByText('In 3 browsers').waitFor();
    await assertAccessible(page);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
    await page.getByRole('link', { name: 'Change the email' }).press('Enter');
    await page.getByLabel('New email').fill('new@weather.example');
    await page.getByLabel('Present password', { exact: true }).fill('not this one');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    assert.match(await page.getByRole('alert').innerText(), /password is not right/);
    await assertAccessible(page);
    await page.getByLabel('Present password', { exact: true }).fill(SELLER.password);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your email is changed').waitFor();
    assert.equal((await account()).email, 'new@weather.example');

    await page.getByRole('link', { name: 'Change the password' }).click();
    await page.getByLabel('Present password', { exact: true }).fill(SELLER.password);
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your password is changed').waitFor();
    await page.getByText('In this browser only.').waitFor();
    await elsewhere.page.goto('/desk/settings');
    assert.match(elsewhere.page.url(), /\/login\?next=%2Fdesk%2Fsettings$/);
    assert.deepEqual(complaints, []);
  });

  it('log out everywhere', async () => {
    const login = { email: 'new@weather.example', password: NEW_PASSWORD };
    await using here = await atDesk(market, {}, login);
    await using there = await atDesk(market, {}, login);
    await here.page.goto('/desk/settings');
    await here.page.getByRole('button', { name: 'Log out everywhere' }).click();
    await here.page.waitForURL('**/login');
    for (const { page } of [here, there]) {
      await page.goto('/desk');
      assert.match(page.url(), /\/login/);
    }
  });

  it('give a wallet’s account an email and password, and unlink the wallet', async () => {
    await using seller = await visitor({ origin: market.server.url, javaScript: false });
    const { page } = seller;
    const wallet = new Wallet();
    await page.goto('/login/wallet?next=/desk/settings');
    await page.getByRole('button', { name: 'Show me a code' }).click();
    const lnurl = await page.locator('.qr-link').getAttribute('href');
    await wallet.answer(lnurl!.replace(/^lightning:/i, ''));
    await page.getByRole('button', { name: 'I have signed' }).click();
    await page.getByText('Only your wallet logs into this account').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Unlink the wallet' }).count(), 0);

    await page.getByRole('link', { name: 'Add an email and password' }).click();
    await page.getByLabel('New email').fill('new@weather.example');
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    assert.match(await page.getByRole('alert').innerText(), /Another account has this email/);
    await page.getByLabel('New email').fill('wallet@weather.example');
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('You can log in with email and password now').waitFor();

    await page.getByRole('link', { name: 'Unlink the wallet' }).click();
    await page.getByRole('button', { name: 'Unlink the wallet' }).click();
    await page.getByText('No Lightning wallet logs into this account.').waitFor();
    const login = { email: 'wallet@weather.example', password: NEW_PASSWORD };
    await using again = await atDesk(market, {}, login);
    assert.match(again.page.url(), /\/desk$/);
  });

  it('take no form without a token, or of a foreign page', async () => {
    await using other = await atDesk(market, {}, await openOther(market));
    const { page } = other;
    await page.goto('/desk/settings');
    const csrf = await page.locator('main input[name=csrf]').first().inputValue();
    const post = async (to: string, form: Record<string, string>, origin = market.server.url) =>
      (await page.request.post(to, { form, headers: { origin } })).status();
    for (const each of ['', '/password', '/email', '/login', '/wallet', '/sessions']) {
      assert.equal(await post(`/desk/settings${each}`, { name: 'Mallory' }), 403, each);
      const foreign = await post(`/desk/settings${each}`, { csrf }, 'https://evil.example');
      assert.equal(foreign, 403, each);
    }
    await page.goto('/desk/settings');
    assert.equal(await page.getByLabel('Name').inputValue(), 'Other seller');
  });
});
