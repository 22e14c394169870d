import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';

const skip = await browserMissing();
after(closeBrowser);

describe('opening an account', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  it('keeps what was typed until it is right, and leads to the first steps', async () => {
    await using ada = await visitor({ origin: market.server.url, theme: 'dark' });
    const { page } = ada;
    await page.goto('/register');
    await assertAccessible(page);
    await page.getByLabel('Your name').fill('<b>Weather</b> & Sons');
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByLabel('Password', { exact: true }).fill('four grey herons stand');
    await page.getByRole('button', { name: 'Show the password' }).click();
    assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('type'), 'text');
    await page.getByRole('button', { name: 'Open the account' }).click();
    await page.waitForURL('**/desk/listings');
    const sellers = await market.db.prisma.seller.findMany({ where: { email: 'ada@example.org' } });
    assert.equal(sellers[0]?.name, '<b>Weather</b> & Sons');
    assert.deepEqual(ada.complaints, []);
  });

  it('works without JavaScript, says what is wrong at its field, and goes where it was sent', async () => {
    await using bob = await visitor({ origin: market.server.url, javaScript: false, width: 320 });
    const { page } = bob;
    await page.goto('/register?next=/help');
    await page.getByLabel('Your name').fill('Bob');
    await page.getByLabel('Email').fill('bob@example.org');
    // The browser would stop it by itself.
    await page.evaluate('document.forms[0].noValidate = true');
    await page.getByLabel('Password').fill('short');
    await page.getByLabel('Password').press('Enter');
    assert.equal(await page.getByLabel('Your name').inputValue(), 'Bob');
    assert.equal(await page.getByLabel('Password').inputValue(), '');
    assert.match(await page.locator('#field-password-fault').innerText(), /12/);
    await page.getByLabel('Password').fill('four grey herons stand');
    await page.getByRole('button', { name: 'Open the account' }).click();
    await page.waitForURL('**/help');
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= 320'), true);
  });

  it('says at the email that there is such an account', async () => {
    await using eve = await visitor({ origin: market.server.url });
    const { page } = eve;
    const email = 'eve@example.org';
    await market.db.prisma.seller.create({ data: { name: 'Eve', email, passwordHash: 'none' } });
    await page.goto('/register');
    await page.getByLabel('Your name').fill('Eve again');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('four grey herons stand');
    await page.getByLabel('Password', { exact: true }).press('Enter');
    await page.getByRole('alert').waitFor();
    assert.match(await page.locator('#field-email-fault').innerText(), /log in/);
    await assertAccessible(page);
  });
});
